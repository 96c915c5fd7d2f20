"""One unit's 督导报告 of a term as blocks. Pure, like the county's; sections 1–5 and 9 of documents.md §3."""

from __future__ import annotations

from collections.abc import Mapping

from inspections.reports import tables
from inspections.reports.blocks import Annex, Column, Table, Text
from inspections.reports.counting import aside, rectification, share_of_marks
from inspections.reports.data import GROUP_TITLES, ProblemLine, Share, UnitReportData
from inspections.standing import Standing
from shuangjian.dates import cn_date, cn_short

SECTIONS = [
    ("practice", "主要做法和成效", "公正写明做得好的地方，一段一条，写具体做法和数字"),
    ("advice", "整改要求和建议", "一段一条，写明做什么、由谁、何时完成"),
]
REQUIRED = ("practice", "advice")
# The report as it is written: counted parts (figures.py) and the office's texts, in their order.
OUTLINE = (
    ("figures", "situation"),
    ("text", "practice"),
    ("figures", "problems"),
    ("figures", "rectification"),
    ("figures", "parents"),
    ("text", "advice"),
)


def text_of(
    data: UnitReportData, sections: Mapping[str, str], standing: Mapping[str, str] | None = None
) -> Text:
    """The report's text from the opening to the closing. ``standing``: the report's own standing texts, where
    it has some."""
    text = Text()
    always = Standing("unit_report", standing or {}, _values(data))
    text.plain(_opening(data, always))
    text.heading("总体情况", "situation")
    text.point("条目落实情况。", _marks_sentence(data))
    if data.figures:
        text.point("单位填报的数值。", _figures_sentence(data))
        text.put(_figures_table(data))
    text.heading("主要做法和成效")
    text.written(sections.get("practice", ""))
    _problems(text, data)
    text.heading("整改情况", "rectification")
    text.plain(_rectified(data))
    _parents(text, data)
    text.heading("整改要求和建议")
    text.written(sections.get("advice", ""))
    text.plains((*always.paragraphs("demands"), *always.paragraphs("closing")))
    return text


def annexes_of(data: UnitReportData) -> list[Annex]:
    """The annexes in the order of the list under the text."""
    annexes = [Annex("条目落实情况表", (tables.rules_of_unit(data.rules, data.marks, data.problems),))]
    if data.problems:
        annexes.append(Annex("问题清单", (tables.ledger(data.problems, data.until_on),)))
    return annexes


def _values(data: UnitReportData) -> dict[str, str]:
    """What the placeholders of the standing texts stand for."""
    return {
        "县": data.county_name,
        "单位": data.unit_name,
        "单位类别": data.unit_kind,
        "单位代码": data.unit_code,
        "学期": data.term_title,
        "督导机构": data.office_name,
        "开始日期": cn_date(data.from_on),
        "截止日期": cn_date(data.until_on),
        "联系电话": data.hotline,
    }


def _opening(data: UnitReportData, always: Standing) -> str:
    held = "；".join(f"{cn_short(visit.on)}{visit.kind}" for visit in data.visits)
    visits = f"实地督导{len(data.visits)}次（{held}）" if held else "本学期没有实地督导"
    check = {
        "submitted": f"自查{data.self_check_no}已提交" if data.self_check_no else "自查已提交",
        "missing": "应提交的自查没有提交",
        "not_due": "本学期没有自查任务",
    }[data.self_check]
    return (
        f"{always.phrase('basis')}，{''.join(always.paragraphs('opening'))}"
        f"{visits}，{check}。"
        f"数据截至{cn_date(data.as_of)}。现将督导情况反馈如下。"
    )


def _marks_sentence(data: UnitReportData) -> str:
    share = share_of_marks(data.marks)
    concerned = [mark for mark in data.marks if mark != "out"]
    change = ""
    if data.before is not None and data.before.of and share.of:
        change = f"上学期为{data.before}。"
    return (
        f"涉及{GROUP_TITLES[data.group]}条目{len(concerned)}条，查清{share.of}条，符合{share.count}条（{share}）；"
        f"部分符合{concerned.count('partial')}条，不符合{concerned.count('bad')}条，"
        f"没有查清{concerned.count('none')}条。{change}逐条见附件1。"
    )


def _figures_sentence(data: UnitReportData) -> str:
    judged = [figure for figure in data.figures if figure.within is not None]
    outside = [figure for figure in judged if not figure.within]
    within = Share(len(judged) - len(outside), len(judged))
    return f"共{len(data.figures)}项，有限值的{len(judged)}项，符合限值{within.count}项（{within}），见表1。"


def _figures_table(data: UnitReportData) -> Table:
    verdicts = {True: "符合", False: "不符合", None: "—"}
    return Table(
        title="表1　单位填报的数值和限值",
        columns=(
            Column("条目", 13),
            Column("指标", 35, is_text=True),
            Column("填报", 16),
            Column("限值", 22),
            Column("对照", 14),
        ),
        rows=tuple(
            (f"第{figure.rule}条", figure.name, figure.value, figure.limit or "—", verdicts[figure.within])
            for figure in data.figures
        ),
    )


def _problems(text: Text, data: UnitReportData) -> None:
    text.heading("存在问题", "problems")
    if not data.problems:
        text.plain("本学期没有登记问题。没有查清的条目不等于没有问题。")
        return
    forbidden = [problem for problem in data.problems if problem.prohibition]
    ordinary = [problem for problem in data.problems if not problem.prohibition]
    red = sum(problem.red_line for problem in data.problems)
    text.plain(
        f"共发现问题{len(data.problems)}个，其中“严禁”和“不得”事项{len(forbidden)}个"
        f"（红线{red}个）、其他{len(ordinary)}个。逐项见附件2。"
    )
    for title, rows in (("“严禁”和“不得”事项。", forbidden), ("其他问题。", ordinary)):
        if rows:
            text.point(title)
            for problem in sorted(rows, key=lambda row: (not row.red_line, row.rule, row.no)):
                text.item(_case(problem))


def _case(problem: ProblemLine) -> str:
    fact = problem.fact.strip().rstrip("。；，、,;.")
    breach = (
        f"触碰“{problem.phrase}”{'，属于红线' if problem.red_line else ''}。" if problem.prohibition else ""
    )
    return f"第{problem.rule}条 {problem.rule_title}：{fact}。{breach}"


def _parents(text: Text, data: UnitReportData) -> None:
    """家长问卷, as published; no heading where there is none."""
    if not data.voices:
        return
    text.heading("家长和社会评价", "parents")
    text.plain(
        "家长问卷自愿、匿名填写，满10份才有汇总，小规模学校与中心校合并；是家长的感受，不作为认定事实的依据。"
    )
    text.put(tables.voices(data.voices, f"表{2 if data.figures else 1}　家长问卷"))


def _rectified(data: UnitReportData) -> str:
    done = rectification(data.problems, data.until_on)
    carried = rectification(data.carried, data.until_on)
    aside_words = aside(data.problems, done, data.withdrawn)
    moved = f"{aside_words}。" if aside_words else ""
    earlier = f"上学期结转{carried.found}个，已销号{carried.closed}个。" if data.carried else ""
    return (
        f"到期应整改{done.due}个，凭佐证销号{done.rate.count}个（{done.rate}），逾期未销号{done.overdue}个；"
        f"未到期{done.closed_early + done.running}个，其中提前销号{done.closed_early}个。"
        f"{moved}{earlier}"
    )


def summary(data: UnitReportData) -> list[tuple[str, str]]:
    """The main figures for the report's page."""
    done = rectification(data.problems, data.until_on)
    return [
        ("条目符合", str(share_of_marks(data.marks))),
        ("实地督导", f"{len(data.visits)}次"),
        ("问题", f"{len(data.problems)}个"),
        ("其中严禁和不得", f"{sum(bool(problem.prohibition) for problem in data.problems)}个"),
        ("到期整改销号", str(done.rate)),
        ("逾期未销号", f"{done.overdue}个"),
    ]
