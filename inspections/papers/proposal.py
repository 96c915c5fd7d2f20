"""问责建议书: to the body that may discipline, which decides; the proposal itself decides nothing (P12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from inspections.models import Paper, Sanction
from inspections.papers import accountability as acc
from inspections.papers.findings import Addressee
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.reports.blocks import Text
from inspections.standing import Standing
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date_weekday

_NO_DECISION = "本建议不是处理决定。对组织处理、处分不服的，向作出决定的机关提出复核、申诉。"
SECTIONS = (("proposal", "问责建议", "一段一条，写明建议对哪些责任人员、依据哪一条、给予什么问责"),)


@dataclass(frozen=True)
class ProposalData:
    """A proposal's frozen facts. ``to`` is the unit that it is about, ``body`` who decides."""

    issuer: str
    to: Addressee
    body: str
    grounds: acc.Grounds
    heard: str
    answer_by: date


def fault(subject: Subject) -> str:
    """Why no proposal can be drafted from it."""
    return acc.fault(subject, Sanction.Kind.PROPOSAL)


def load(subject: Subject, given: Given) -> ProposalData:
    return ProposalData(
        issuer=the_county().supervision_office_name,
        to=acc.unit_of(subject),
        body=given["body"],
        grounds=acc.grounds_of(acc.sanction_of(subject)),
        heard=" ".join(given["heard"].split()),
        answer_by=date.fromisoformat(given["answer_by"]),
    )


def text_of(data: ProposalData, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(f"经查，{data.to.line}存在需要问责的情况，现提出问责建议。")
    text.heading("查明的事实")
    acc.state_grounds(text, data.grounds)
    text.heading("听取陈述的情况")
    text.plain(f"{data.heard.rstrip('。')}。")
    text.heading("问责建议")
    text.plain(f"{always.phrase('basis')}，建议按管理权限对有关责任人员予以问责：")
    text.written(sections.get("proposal", ""))
    text.heading("反馈和说明")
    text.plain(f"请于{cn_date_weekday(data.answer_by)}前将处理结果书面反馈我办。")
    text.plains(always.paragraphs("closing"))
    return text


PROPOSAL = PaperKind(
    key=Paper.Kind.PROPOSAL,
    issuer="office",
    figures=ProposalData,
    fault=fault,
    load=load,
    text=text_of,
    addressee=lambda data: str(data.body),
    sections=SECTIONS,
    slots={"basis": acc.BASIS, "closing": closing(_NO_DECISION)},
    required=("proposal",),
    about="sanction",
    from_unit=False,
    has_receipt=False,
)
