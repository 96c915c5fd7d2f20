"""移交函 and 商请函 to another department, each with its 回执 (P10).

A 移交函 hands a case over: its signature makes the transfer, which carries its number. A 商请函 asks for help
and the case stays. Both are the bureau's. Source: practice.md P10; documents.md §7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inspections.models import Paper
from inspections.papers.accountability import state_notes
from inspections.papers.findings import Addressee, Fact, addressee_of, facts_of, state_facts
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.reports.blocks import Text
from inspections.standing import Standing
from inspections.workflows.rectification import TRANSITIONS
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date_weekday

ANSWER_DAYS = 5  # working days for the 回执; the county's own usage
NOTE = ("note", "其他说明", "需要对方知道的其他事项，没有的不写")


@dataclass(frozen=True)
class Letter:
    """A letter's frozen facts: ``to`` the department, ``unit`` whom the case is about."""

    issuer: str
    to: str
    unit: Addressee
    facts: tuple[Fact, ...]
    reason: str
    report_by: date
    contact: str


def fault_of_case(subject: Subject) -> str:
    if subject.organisation.kind not in (Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION):
        return "函件从学校或校外培训机构的问题起草"
    if len(subject.tasks) != 1 or not subject.tasks[0].is_open:
        return "函件从一个没有销号的问题起草"
    return ""


def fault_of_transfer(subject: Subject) -> str:
    """Why no 移交函 can be drafted: the case must be one that can be handed over now."""
    fault = fault_of_case(subject)
    if fault:
        return fault
    task = subject.tasks[0]
    if not TRANSITIONS["transfer"].allowed_from(task.state):
        return f"问题{task.no}现在是“{task.get_state_display()}”，不能移交"
    return ""


def load(subject: Subject, given: Given) -> Letter:
    if subject.department is None:
        raise ValueError("a letter goes to a department")  # the form asked for it
    names = the_county()
    hours = f"（{names.hotline_hours}）" if names.hotline_hours else ""
    return Letter(
        issuer=names.bureau_name,
        to=subject.department.name,
        unit=addressee_of(subject.organisation),
        facts=facts_of(subject.tasks),
        reason=" ".join(given["reason"].split()),
        report_by=date.fromisoformat(given["report_by"]),
        contact=f"联系电话{names.hotline}{hours}。" if names.hotline else "",
    )


def text_of_transfer(data: Letter, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(f"我局在双减工作中发现{data.unit.line}存在以下问题，需要你单位依照职责办理，现予以移交。")
    text.heading("移交的问题")
    state_facts(text, data.facts)
    text.heading("移交的理由")
    text.plain(f"{data.reason.rstrip('。')}。")
    text.heading("办理和反馈")
    text.plain(
        f"请在收到本函之日起{ANSWER_DAYS}个工作日内填写回执，告知是否接收；接收的，请于{cn_date_weekday(data.report_by)}前"
        "书面反馈办理结果。佐证材料由我局随函移送。"
    )
    state_notes(text, sections.get("note", ""))
    text.plains(always.paragraphs("closing"))
    return text


def text_of_consultation(data: Letter, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(f"我局正在办理{data.unit.line}的问题，需要你单位协助，现商请如下。")
    text.heading("有关情况")
    state_facts(text, data.facts)
    text.heading("商请事项")
    text.written(sections.get("ask", ""))
    text.plain(f"商请的理由：{data.reason.rstrip('。')}。")
    text.heading("回复")
    text.plain(f"请于{cn_date_weekday(data.report_by)}前填写回执书面回复我局。问题的整改和销号仍由我局负责。")
    state_notes(text, sections.get("note", ""))
    text.plains(always.paragraphs("closing"))
    return text


TRANSFER = PaperKind(
    key=Paper.Kind.TRANSFER,
    issuer="bureau",
    figures=Letter,
    fault=fault_of_transfer,
    load=load,
    text=text_of_transfer,
    addressee=lambda data: str(data.to),
    sections=(NOTE,),
    slots={"closing": closing("{联系方式}")},
    about="case",
    from_unit=False,
    has_receipt=False,
    reply="papers/_reply_transfer.html",
)
CONSULT = PaperKind(
    key=Paper.Kind.CONSULT,
    issuer="bureau",
    figures=Letter,
    fault=fault_of_case,
    load=load,
    text=text_of_consultation,
    addressee=lambda data: str(data.to),
    sections=(("ask", "商请事项", "一段一条，写明请对方做什么、何时、由谁联系"), NOTE),
    required=("ask",),
    slots={"closing": closing("{联系方式}")},
    about="case",
    from_unit=False,
    has_receipt=False,
    reply="papers/_reply_consult.html",
)
