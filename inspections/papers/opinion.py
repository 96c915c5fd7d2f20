"""督导意见书: a fair judgement after the unit could answer, with a term and a return report demanded.

The supervision office's paper, in letter form. Source: 教育督导条例 articles
20–22 (the unit answers the first findings, the opinion sets a term, the office verifies); documents.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inspections.models import Paper, Visit
from inspections.objection_limits import WITHIN_DAYS
from inspections.papers.findings import (
    Addressee,
    Fact,
    Occasion,
    addressee_of,
    contact_of,
    demand_of,
    facts_of,
    occasion_of,
    opening_of,
    state_facts,
)
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.reports.blocks import Text
from inspections.standing import Slot, Standing
from shuangjian import clock
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date_weekday, cn_short
from shuangjian.policy import calendar

SECTIONS = (
    ("good", "做得好的方面", "公正写明做得好的地方，一段一条，写具体做法和数字"),
    ("advice", "督导意见", "一段一条，写明做什么、由谁、做到什么程度"),
)

BASIS = Slot("依据", "印在正文第一句前，不写句末标点", "根据《教育督导条例》", is_required=True)


@dataclass(frozen=True)
class OpinionData:
    """An opinion's frozen facts. ``report_by``: the day by which the unit sends its report."""

    issuer: str
    bureau: str  # which held the visit where it was a check of its own
    to: Addressee
    occasion: Occasion
    facts: tuple[Fact, ...]
    remark: str  # what the unit said to the first findings
    report_by: date
    contact: str


def fault(subject: Subject) -> str:
    """Why no opinion can be drafted from it: not before the unit could answer."""
    visit = subject.visit
    if visit is None or visit.state != Visit.State.CONFIRMED or visit.confirmed_at is None:
        return "督导意见书从双方已确认的督导起草"
    if not visit.unit_remark:
        until = calendar.add_working_days(clock.local_day(visit.confirmed_at), WITHIN_DAYS).on
        if clock.today() <= until:
            return f"单位在{cn_short(until)}前可以陈述意见，之后再起草督导意见书"
    return ""


def load(subject: Subject, given: Given) -> OpinionData:
    names = the_county()
    occasion = occasion_of(subject.visit)
    if occasion is None or subject.visit is None:
        raise ValueError("an opinion rests on a visit")  # fault() said so to the person
    return OpinionData(
        issuer=names.supervision_office_name,
        bureau=names.bureau_name,
        to=addressee_of(subject.organisation),
        occasion=occasion,
        facts=facts_of(subject.tasks),
        remark=" ".join(subject.visit.unit_remark.split()),
        report_by=date.fromisoformat(given["report_by"]),
        contact=contact_of(names),
    )


def text_of(data: OpinionData, sections: Mapping[str, str], always: Standing) -> Text:
    text, you = Text(), data.to.you
    we = data.bureau if data.occasion.by_bureau else "我办"
    text.plain(
        f"{always.phrase('basis')}，{opening_of(data.occasion, we, you)}。在听取{you}意见的基础上，"
        "提出督导意见如下。"
    )
    text.heading("做得好的方面")
    text.written(sections.get("good", ""))
    text.heading("存在的问题")
    if data.facts:
        state_facts(text, data.facts)
    else:
        text.plain("本次督导没有发现需要整改的问题。没有查到的检查项不等于没有问题。")
    text.heading(f"{you}的陈述")
    text.plain(data.remark or f"{you}在规定的{WITHIN_DAYS}个工作日内没有提出意见。")
    text.heading("督导意见")
    for place, one in enumerate(data.facts, 1):
        text.point("", demand_of(one, place, len(data.facts)))
    text.written(sections.get("advice", ""))
    text.heading("整改报告和核查")
    text.plain(
        f"请{you}于{cn_date_weekday(data.report_by)}前完成整改，将整改报告书面报送我办。{always.phrase('checking')}。"
    )
    text.plains(always.paragraphs("closing"))
    return text


OPINION = PaperKind(
    key=Paper.Kind.OPINION,
    issuer="office",
    figures=OpinionData,
    fault=fault,
    load=load,
    text=text_of,
    sections=SECTIONS,
    required=("good", "advice"),
    slots={
        "basis": BASIS,
        "checking": Slot(
            "核查和后果",
            "接在报送整改报告的期限之后",
            "我办收到报告后对整改情况进行核查；拒不整改或者虚假整改的，依据《教育督导条例》《教育督导问责办法》处理。",
            is_required=True,
        ),
        "closing": closing("{联系方式}"),
    },
    from_unit=False,
)
