"""情况通报 that criticises: facts, nature, decision, what all are to do. Source: documents.md §7; P12."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspections.models import Paper, Sanction
from inspections.papers import accountability as acc
from inspections.papers.findings import Addressee
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.reports.blocks import Text
from inspections.standing import Standing
from shuangjian.accounts.selectors import the_county

SECTIONS = (
    ("nature", "性质和教训", "一段一条，写明违反了什么、为什么发生、应当吸取什么教训"),
    ("demand", "工作要求", "一段一条，写明要求谁、何时、做到什么程度"),
)


@dataclass(frozen=True)
class CircularData:
    """A circular's frozen facts. ``to`` is the unit that it is about, not those who read it."""

    issuer: str
    to: Addressee
    readers: str
    grounds: acc.Grounds
    heard: str
    appeals: tuple[acc.Appeal, ...]


def fault(subject: Subject) -> str:
    """Why no circular can be drafted from it."""
    return acc.fault(subject, Sanction.Kind.CIRCULAR)


def load(subject: Subject, given: Given) -> CircularData:
    names = the_county()
    return CircularData(
        issuer=names.supervision_office_name,
        to=acc.unit_of(subject),
        readers=given["readers"],
        grounds=acc.grounds_of(acc.sanction_of(subject)),
        heard=" ".join(given["heard"].split()),
        appeals=acc.appeals_of(names, given),
    )


def text_of(data: CircularData, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.plain(f"现将{data.to.name}有关情况通报如下。")
    text.heading("基本事实")
    acc.state_grounds(text, data.grounds)
    text.plain(f"作出决定前听取了该单位的陈述：{data.heard.rstrip('。')}。")
    text.heading("性质和教训")
    text.written(sections.get("nature", ""))
    text.heading("通报决定")
    text.plain(f"{always.phrase('basis')}，决定对{data.to.line}予以通报批评。")
    text.heading("工作要求")
    text.written(sections.get("demand", ""))
    acc.state_appeals(text, data.appeals)
    text.plains(always.paragraphs("closing"))
    return text


CIRCULAR = PaperKind(
    key=Paper.Kind.CIRCULAR,
    issuer="office",
    figures=CircularData,
    fault=fault,
    load=load,
    text=text_of,
    addressee=lambda data: str(data.readers),
    sections=SECTIONS,
    slots={"basis": acc.BASIS, "closing": closing()},
    required=("nature", "demand"),
    about="sanction",
    from_unit=False,
)
