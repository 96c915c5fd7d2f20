"""约谈纪要: who was there, what was put, what was answered, what was promised by when; signed by hand.

A record, no 公文: it carries the case's number. Source: documents.md §7 (minutes form).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.timezone import localtime

from inspections.models import Paper, Sanction
from inspections.papers import accountability as acc
from inspections.papers.findings import Addressee
from inspections.papers.kinds import Given, PaperKind, Subject, closing
from inspections.papers.record import HeadRow, SignLine
from inspections.reports.blocks import Column, Table, Text
from inspections.standing import Standing
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date


@dataclass(frozen=True)
class TalkRecordData:
    """The talk's frozen facts. ``said`` one paragraph a line, as it was taken down."""

    issuer: str
    to: Addressee
    head: tuple[HeadRow, ...]
    grounds: acc.Grounds
    people: tuple[str, ...]
    said: tuple[str, ...]
    promises: tuple[tuple[str, ...], ...]  # what, who, by when
    signs: tuple[SignLine, ...]


def fault(subject: Subject) -> str:
    """Why there is nothing to record."""
    sanction = subject.sanction
    held = (Sanction.State.HANDLED, Sanction.State.CLOSED)
    if sanction is None or sanction.kind != Sanction.Kind.TALK or sanction.state not in held:
        return "约谈登记办理情况后才能生成约谈纪要"
    return ""


def load(subject: Subject, given: Given) -> TalkRecordData:
    sanction = acc.sanction_of(subject)
    to, grounds = acc.unit_of(subject), acc.grounds_of(sanction)
    on = cn_date(sanction.handled_on) if sanction.handled_on else ""
    at = localtime(sanction.meeting_at) if sanction.meeting_at else None
    planned = at is not None and at.date() == sanction.handled_on
    hour = f"{at.hour}时{at.minute:02d}分" if at is not None and planned else ""
    return TalkRecordData(
        issuer=the_county().supervision_office_name,
        to=to,
        head=(
            HeadRow("被约谈单位", to.line),
            HeadRow("约谈时间", f"{on}{hour}", "约谈地点", sanction.place),
            HeadRow("约谈事由", grounds.ground or "见指出的问题", "约谈通知", sanction.document_no),
        ),
        grounds=grounds,
        people=tuple(sanction.attendance.splitlines()),
        said=tuple(line.strip() for line in sanction.outcome.splitlines() if line.strip()),
        promises=tuple((one.text, one.person, cn_date(one.due_on)) for one in sanction.commitments.all()),
        signs=(
            SignLine("约谈人（签字）"),
            SignLine("被约谈人（签字）"),
            SignLine("记录人（签字）"),
            SignLine("日期"),
        ),
    )


def text_of(data: TalkRecordData, sections: Mapping[str, str], always: Standing) -> Text:
    text = Text()
    text.heading("参加人员")
    text.plain(f"{'；'.join(data.people)}。")
    text.heading("指出的问题")
    acc.state_grounds(text, data.grounds)
    text.heading("约谈记录")
    for line in data.said:
        text.plain(line)
    text.heading("承诺事项")
    columns = (Column("承诺事项", 58, is_text=True), Column("责任人", 18), Column("完成时限", 24))
    text.put(Table("", columns, data.promises))
    text.plains(always.paragraphs("closing"))
    return text


TALK_RECORD = PaperKind(
    key=Paper.Kind.TALK_RECORD,
    issuer="office",
    figures=TalkRecordData,
    fault=fault,
    load=load,
    text=text_of,
    slots={
        "closing": closing(
            "被约谈单位按上述时限落实承诺，并在平台登记完成情况。本纪要一式两份，双方签字后各存一份。"
        )
    },
    template="papers/record.html",
    about="sanction",
    from_unit=False,
    has_receipt=False,
)
