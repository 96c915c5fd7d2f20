"""Papers for the tests of their PDFs, not saved: a notice, an order, an opinion, each short or long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from inspections.models import Paper
from inspections.papers.findings import Addressee, Fact, Occasion
from inspections.papers.notice import NoticeData
from inspections.papers.opinion import OpinionData
from inspections.reports.data import dump
from shuangjian.accounts.models import User

BUREAU, OFFICE = "云溪县教育局", "云溪县人民政府教育督导委员会办公室"
SCHOOL = Addressee("云溪县第二初级中学", "云溪县第二初级中学（学校标识码3136000219）", "你校", True)
INSTITUTION = Addressee(
    "启明教育培训中心",
    "启明教育培训中心（统一社会信用代码91350100M000100Y43，办学许可证号教民136000070001号，地址城关镇新华路8号）",
    "你单位",
    False,
)
OCCASION = Occasion(
    "专项督导", date(2026, 5, 12), "现2026-05-0007", ("王某（证号云督0021）", "李某（证号云督0034）"), True
)
RED = Fact(
    "2026-0139",
    3,
    "均衡编班配置师资",
    "《中小学生减负措施》（教基〔2018〕26号）第3条",
    "严禁以任何名义设重点班、快慢班、实验班",
    True,
    "八年级以“实验班”名义单独编班1个，学生42人，任课教师7人中有5人只任该班课程",
    "限期整改",
    date(2026, 7, 10),
    "没有以任何名义设重点班、快慢班、实验班",
    True,
    4,
    ("现场核查记录", "制度文件"),
)
ORDINARY = Fact(
    "2026-0151",
    4,
    "严控书面作业总量",
    "《中小学生减负措施》（教基〔2018〕26号）第4条",
    "",
    False,
    "八年级书面作业没有公示，抽查5个班均无公示记录（0/5）",
    "立行立改",
    date(2026, 5, 22),
    "每天的公示可查",
    False,
    0,
    ("应用记录",),
)
CONTACT = "整改情况在云溪县双减工作平台填报，联系电话0000-6120012（工作日8:30—17:30）。"
OPINION_TEXTS = {
    "good": "作业公示做得细。每天由年级组长汇总，超过标准的当天调减。\n课后服务每周5天，384名学生自愿参加。",
    "advice": "请学校把均衡编班列入本学期重点工作，由校长负责。",
}


def notice_data(**changed: Any) -> NoticeData:
    data = NoticeData(BUREAU, OFFICE, SCHOOL, OCCASION, (RED, ORDINARY), (), CONTACT)
    return replace(data, **changed)


def order_data(**changed: Any) -> NoticeData:
    officers = ("张某（执法证号执0101）", "李某（执法证号执0102）")
    return replace(notice_data(to=INSTITUTION, occasion=None, officers=officers), **changed)


def opinion_data(**changed: Any) -> OpinionData:
    data = OpinionData(
        OFFICE, BUREAU, SCHOOL, OCCASION, (RED, ORDINARY), "情况属实，立即整改。", date(2026, 7, 15), CONTACT
    )
    return replace(data, **changed)


def paper(
    kind: str = "notice",
    data: NoticeData | OpinionData | None = None,
    *,
    signed: bool = True,
    sections: dict[str, str] | None = None,
) -> Paper:
    """A paper with its number, date and code, or as the leader reads it."""
    chosen = data or {"notice": notice_data, "order": order_data, "opinion": opinion_data}[kind]()
    texts = sections if sections is not None else OPINION_TEXTS if kind == "opinion" else {}
    label = Paper.Kind(kind).label
    row = Paper(
        no="2026-W0001",
        as_of=datetime(2026, 5, 14, 1, 0, tzinfo=UTC),
        kind=kind,
        title=f"{label}（{chosen.to.name}）"[:120],
        data=dump(chosen),
        sections=dict(texts),
    )
    if signed:
        row.document_no = "云教督〔2026〕7号" if kind == "opinion" else "云教函〔2026〕15号"
        row.signed_on = date(2026, 5, 15)
        row.signed_by = User(pk=1, name="陈志远")
        row.check_code = "7K3M-Q0ZX"
    return row


def said_everywhere(kind: str, words: str, text: str) -> Paper:
    """A paper with these words in every place that people fill, ``text`` where the most of it is written."""
    fact = replace(RED, fact=words, demand=words, rule_title=words, prohibition=words)
    to = Addressee(words, words, "你校", kind != "order")
    make: Any = {"notice": notice_data, "order": order_data, "opinion": opinion_data}[kind]
    data = make(to=to, facts=(fact,), contact=words)
    return paper(kind, data, sections=dict.fromkeys(("demand", "note", "good", "advice"), text))
