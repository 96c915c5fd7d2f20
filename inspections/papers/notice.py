"""整改通知书 to a school, 责令整改通知书 to an institution: what was found, what must be true by when.

Both are the bureau's sealed paper in letter form. To an institution it is a paper of law enforcement: two
officers with their 行政执法证 stand in it (P6). Contents: documents.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from inspections.papers.kinds import EXAMPLES, Given, PaperKind, Subject, closing, values_of
from inspections.reports.blocks import Text, joined
from inspections.standing import Slot, Standing
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.selectors import the_county

MOST_PROBLEMS = 20  # of one paper
_COPIES = "{联系方式}本通知书一式三份：送达单位、发文机关、存档各一份。"
_HEARD = (
    "对事实有异议的，可在收到本通知书之日起{异议期限}个工作日内书面提出。本通知书不是行政处罚决定。"
    "逾期不改或者虚假整改的，"
)
_TO_SCHOOL = f"{_HEARD}依据《教育督导条例》《教育督导问责办法》约谈、通报或者建议问责。"
_TO_INSTITUTION = (
    f"{_HEARD}依法约谈、通报；涉嫌违法的，另按《校外培训行政处罚暂行办法》立案查处，"
    "整改不代替处罚，处罚不代替整改。"
)
SECTIONS = (
    ("demand", "其他整改要求", "平台已按问题写明期限和佐证；有其他要求的写在这里，一段一条"),
    ("note", "其他说明", "需要单位知道的其他事项，没有的不写"),
)


@dataclass(frozen=True)
class NoticeData:
    """A notice's frozen facts."""

    issuer: str
    office: str  # the supervision office, which held the visit unless the bureau did
    to: Addressee
    occasion: Occasion | None
    facts: tuple[Fact, ...]
    officers: tuple[str, ...]  # 张某（执法证号…）
    contact: str


def fault(subject: Subject) -> str:
    """Why no notice can be drafted from it."""
    if subject.visit is not None and subject.visit.state != Visit.State.CONFIRMED:
        return "督导双方确认后才能起草通知书"
    if not subject.tasks:
        return "没有可以写进通知书的问题：已销号的、自查轻办的和已在其他通知书里的不再写"
    if len(subject.tasks) > MOST_PROBLEMS:
        return f"一份通知书最多写{MOST_PROBLEMS}个问题，请分开起草"
    return ""


def fault_of_notice(subject: Subject) -> str:
    if subject.organisation.kind != Organisation.Kind.SCHOOL:
        return "整改通知书发给学校；对校外培训机构用责令整改通知书"
    return fault(subject)


def fault_of_order(subject: Subject) -> str:
    if subject.organisation.kind != Organisation.Kind.INSTITUTION:
        return "责令整改通知书发给校外培训机构；对学校用整改通知书"
    return fault(subject)


def load(subject: Subject, given: Given) -> NoticeData:
    names = the_county()
    officers = given.get("officers", [])
    return NoticeData(
        issuer=names.bureau_name,
        office=names.supervision_office_name,
        to=addressee_of(subject.organisation),
        occasion=occasion_of(subject.visit),
        facts=facts_of(subject.tasks),
        officers=tuple(f"{one['name']}（执法证号{one['card']}）" for one in officers),
        contact=contact_of(names),
    )


def text_of(data: NoticeData, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(_opening(data))
    text.heading("查明的事实")
    state_facts(text, data.facts)
    text.heading("依据")
    text.plain(f"{'、'.join(dict.fromkeys(one.basis for one in data.facts))}；《教育督导条例》。")
    text.heading("整改要求")
    for place, one in enumerate(data.facts, 1):
        text.point("", demand_of(one, place, len(data.facts)))
    text.written(sections.get("demand", ""))
    text.heading(f"{data.to.you}的权利和责任")
    text.plains(always.paragraphs("rights"))
    text.plains(sections.get("note", "").splitlines())
    text.plains(always.paragraphs("closing"))
    return text


def _opening(data: NoticeData) -> str:
    you = data.to.you
    if data.occasion is not None:
        we = "我局" if data.occasion.by_bureau else data.office
        found = f"{opening_of(data.occasion, we, you)}。"
    else:
        found = "根据日常检查和核查的情况，"
    checked = ""
    if data.officers:
        checked = f"行政执法人员{joined(data.officers)}核实了有关事实。"
    return f"{found}{checked}经查，{you}存在以下问题："


def _kind(key: Paper.Kind, why_not: Any, rights: str) -> PaperKind:
    slot = Slot("权利和责任", "单位怎样提出异议、不改的后果", rights, needs=("异议期限",), is_required=True)
    return PaperKind(
        key=key,
        issuer="bureau",
        figures=NoticeData,
        fault=why_not,
        load=load,
        text=text_of,
        sections=SECTIONS,
        slots={"rights": slot, "closing": closing(_COPIES)},
        examples={**EXAMPLES, "异议期限": str(WITHIN_DAYS)},
        values=lambda data: {**values_of(data), "异议期限": str(WITHIN_DAYS)},
    )


NOTICE = _kind(Paper.Kind.NOTICE, fault_of_notice, _TO_SCHOOL)
ORDER = _kind(Paper.Kind.ORDER, fault_of_order, _TO_INSTITUTION)
