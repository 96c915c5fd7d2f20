"""约谈通知书: who comes, when, where, why, what to bring; the supervision office's paper in letter form.

Source: documents.md §7; 教育督导问责办法 (约谈); practice.md P10–P12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from inspections.models import Paper, Sanction
from inspections.papers import accountability as acc
from inspections.papers.findings import Addressee, contact_of
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.reports.blocks import Text
from inspections.standing import Standing
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date_weekday

SECTIONS = (("note", "其他说明", "需要单位知道的其他事项，没有的不写"),)


@dataclass(frozen=True)
class TalkData:
    """A notice's frozen facts."""

    issuer: str
    to: Addressee
    grounds: acc.Grounds
    meeting_at: datetime
    place: str
    people: str  # who is to come
    bring: str
    appeals: tuple[acc.Appeal, ...]
    contact: str


def fault(subject: Subject) -> str:
    """Why no notice can be drafted from it."""
    return acc.fault(subject, Sanction.Kind.TALK)


def load(subject: Subject, given: Given) -> TalkData:
    names = the_county()
    return TalkData(
        issuer=names.supervision_office_name,
        to=acc.unit_of(subject),
        grounds=acc.grounds_of(acc.sanction_of(subject)),
        meeting_at=datetime.fromisoformat(given["meeting_at"]),
        place=given["place"],
        people=given["people"],
        bring=" ".join(given["bring"].split()),
        appeals=acc.appeals_of(names, given),
        contact=contact_of(names),
    )


def text_of(data: TalkData, sections: Mapping[str, str], always: Standing) -> Text:
    text, you = Text(), data.to.you
    text.plain(
        f"经查，{you}存在以下情况。{always.phrase('basis')}，决定对{you}进行约谈，现将有关事项通知如下。"
    )
    text.heading("约谈事由")
    acc.state_grounds(text, data.grounds)
    text.heading("时间和地点")
    at = localtime(data.meeting_at)
    text.plain(f"时间：{cn_date_weekday(at.date())}{at.hour}时{at.minute:02d}分。地点：{data.place}。")
    text.heading("参加人员")
    text.plain(f"{data.people}。不能到场的，提前1个工作日书面说明理由。")
    text.heading("需要准备的材料")
    text.plain(f"{data.bring.rstrip('。')}。")
    acc.state_appeals(text, data.appeals)
    acc.state_notes(text, sections.get("note", ""))
    text.plains(always.paragraphs("closing"))
    return text


TALK = PaperKind(
    key=Paper.Kind.TALK,
    issuer="office",
    figures=TalkData,
    fault=fault,
    load=load,
    text=text_of,
    sections=SECTIONS,
    slots={"basis": acc.BASIS, "closing": closing("{联系方式}")},
    about="sanction",
    from_unit=False,
)
