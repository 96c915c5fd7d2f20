"""What a paper of accountability must say before it goes out, typed in from elsewhere or drafted here.

Source: workflow.md §4 (DD12: a talk is announced three working days ahead); practice.md P11, P12.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from inspections.models import Sanction
from shuangjian import clock
from shuangjian.accounts.selectors import county
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar

NOTICE_DAYS = 3  # working days at least between the notice of a talk and the talk
MOST_AHEAD = 90  # calendar days: a talk is held soon after its grounds, and a mistyped year is caught


@dataclass(frozen=True)
class Issue:
    """What a paper says besides its number: the hearing, or when and where of a talk; where to appeal."""

    heard: str = ""
    meeting_at: datetime | None = None
    place: str = ""
    review_address: str = ""
    complaint_address: str = ""


def issuers() -> list[str]:
    """Who may issue the paper: the bureau or its supervision office, never the task force (P11)."""
    names = county()
    return [names.bureau_name, names.supervision_office_name] if names is not None else []


def check(sanction: Sanction, said: Issue) -> None:
    """Raises Refused (why) where a paper that says this cannot go out today."""
    names = county()
    if sanction.kind == Sanction.Kind.TALK:
        _check_meeting(said.meeting_at, said.place)
    elif not said.heard.strip():
        raise Refused("作出决定前先听取单位陈述，请写明情况")
    if sanction.is_decision:
        if names is None or not names.superior_office_name:
            raise Refused("设置里还没有上一级教育督导机构的名称，申诉途径不完整")
        if not said.review_address.strip() or not said.complaint_address.strip():
            raise Refused("请填写复核和申诉的地址")


def _check_meeting(meeting_at: datetime | None, place: str) -> None:
    if meeting_at is None or not place.strip():
        raise Refused("请填写约谈的时间和地点")
    day = clock.local_day(meeting_at)
    if day > clock.today() + timedelta(days=MOST_AHEAD):
        raise Refused(f"约谈日期太远，最迟在{MOST_AHEAD}天内")
    if calendar.working_days_between(clock.today(), day) < NOTICE_DAYS:
        raise Refused(f"约谈要提前{NOTICE_DAYS}个工作日通知")
    if not calendar.is_working_day(day):
        raise Refused("约谈要安排在工作日")
