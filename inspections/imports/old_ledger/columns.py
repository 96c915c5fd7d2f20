"""The columns of the workbook of old problems: one row is one problem, open or put right.

A county's own ledger has most of them under one heading or another; each spelling that was met is understood.
"""

from __future__ import annotations

from inspections.imports.sheets import Column, Sheet, titled
from inspections.models import Problem

OPEN, CLOSED = "open", "closed"
_FROM = Problem.Origin


def _spelled(words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(value, word) of each of the words, which stand in a row for each value."""
    return tuple((value, word) for value, row in words.items() for word in row.split())


_ORIGINS = _spelled(
    {
        _FROM.SELF_CHECK: "自检自查 学校自查 单位自查",
        _FROM.COUNTY_INSPECTION: "县级督查 专班检查 检查 督查",
        _FROM.REGULAR_SUPERVISION: "责任督学 督学",
        _FROM.GOVERNMENT_SUPERVISION: "督导 专项督导",
        _FROM.COMPLAINT: "信访 信访举报 群众举报 投诉 12345 12345热线",
        _FROM.MEDIA: "媒体曝光 舆情",
        _FROM.SUPERIOR: "上级",
    }
)
_STATES = _spelled(
    {
        OPEN: "整改中 正在整改 未整改 待整改 未完成 未办结 已整改待核查 待核查 待销号 挂账 否",
        CLOSED: "销号 已整改 整改完成 已完成 完成 已办结 办结 已完成整改 整改到位 已整改到位 是",
    }
)

SHEET = titled(
    Sheet(
        "历史台账",
        "problems",
        (
            Column("old_no", "原编号", width=14, example="2025-12", also=("台账编号", "问题编号", "编号"),
                   hint="县里台账的编号，导入后仍可按它查找；同一单位不重复"),
            Column("code", "单位代码", "code", width=22, example="3152000099",
                   hint="文本格式；空着的按单位名称核对",
                   also=("学校标识码", "统一社会信用代码", "信用代码", "学校代码", "机构代码", "代码")),
            Column("unit_name", "单位名称", width=24, hint="与平台里的名称一样；填了单位代码的只供核对",
                   also=("单位", "学校", "机构", "学校名称", "机构名称", "被查单位", "责任单位", "整改单位")),
            Column("item", "条目或检查项", required=True, example="4-1", width=14,
                   hint="填“减负三十条”的条号或检查项编号，例如4或4-1",
                   also=("条目", "检查项", "条款", "对应条目", "减负条目", "对照条目")),
            Column("fact", "发现情况", required=True, width=40, example="三年级数学作业日均75分钟",
                   also=("问题", "存在问题", "发现的问题", "问题描述", "问题内容", "具体问题", "主要问题")),
            Column("breaks", "触碰严禁或不得", "yes_no", hint="是或否，空着的按否", example="否",
                   also=("严禁或不得", "是否触碰严禁或不得", "是否红线", "禁止事项")),
            Column("found_on", "发现日期", "date", required=True, example="2025-11-05",
                   also=("发现时间", "检查日期", "检查时间", "立账日期", "登记日期")),
            Column("origin", "来源", "choice", required=True, choices=_FROM.choices, example="县级检查",
                   spellings=_ORIGINS,
                   also=("问题来源", "来源渠道", "发现方式", "发现渠道")),
            Column("superior_no", "交办文号", hint="来源是上级交办的必填", width=18,
                   also=("文号", "来文文号"), example="市教督〔2025〕6号"),
            Column("state", "状态", "choice", required=True, example="已销号",
                   choices=[(OPEN, "未销号"), (CLOSED, "已销号")],
                   spellings=_STATES,
                   also=("整改状态", "办理状态", "整改情况", "是否销号", "销号情况", "完成情况", "整改进展")),
            Column("due_on", "整改期限", "date", example="2025-12-05", hint="未销号的必填",
                   also=("整改时限", "完成时限", "期限", "限期", "时限", "计划完成时间")),
            Column("closed_on", "销号日期", "date", example="2025-12-01", hint="已销号的必填",
                   also=("销号时间", "完成日期", "完成时间", "整改完成时间", "办结日期")),
            Column("measure", "整改措施", width=36, example="调整作业设计，年级组统筹总量", also=("措施",)),
            Column("person", "责任人", example="张明", also=("整改责任人", "负责人")),
        ),
        ignored=("序号", "备注"),
        needed=("item", "fact", "found_on", "origin", "state"),
    ),
    "历史台账",
)  # fmt: skip
