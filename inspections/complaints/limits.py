"""The clocks that run on a matter; the earliest rules and is named (P22).

The county's own limits are working days and data (``ComplaintLimits``); those of 信访工作条例 are calendar
days for what asks for something (求决): 15 to accept, 60 to answer, at most 30 more (workflow.md §9); what
12345 or an office above hands down brings its own dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from inspections.models import Complaint, ComplaintLimits
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed

K = Complaint.Kind
# Working days for acceptance, answer, extension, before the county decides otherwise. 12345 orders are
# answered in 3 to 10 by class, refund disputes in 7 to 15 in most places (workflow.md §9, there as usual).
DEFAULT_DAYS: dict[str, tuple[int, int, int]] = {
    K.INQUIRY: (1, 3, 2),
    K.REQUEST: (5, 20, 10),
    K.BREACH: (5, 30, 15),
    K.DISCIPLINE: (2, 5, 5),
    K.REFUND: (3, 10, 5),
}
PETITION_ACCEPT, PETITION_ANSWER, PETITION_MORE = 15, 60, 30  # calendar days
OWN, PETITION, ORDER, SIGN = "本县办理时限", "信访工作条例", "来件办结期限", "来件签收期限"


@dataclass(frozen=True)
class Days:
    """Working days of a kind."""

    accept: int
    answer: int
    extend: int


@dataclass(frozen=True)
class Clock:
    """One running clock: by when, by what rule; ``counted`` where it was counted in working days."""

    on: date
    name: str
    counted: Computed | None = None


def in_force() -> ComplaintLimits | None:
    return ComplaintLimits.objects.first()


def days_of(kind: str) -> Days:
    """The limits in force for a kind."""
    row = in_force()
    told = row.days.get(kind) if row else None
    return Days(*(told or DEFAULT_DAYS[kind]))


def clocks_of(row: Complaint) -> list[Clock]:
    """Every clock that runs on the matter now, the earliest first; none once it is answered or ended."""
    S = Complaint.State
    if row.state not in (S.RECEIVED, S.ACCEPTED, S.REVERIFYING):
        return []  # a pause stops the county's own clock; what others set is named again when it ends
    days, clocks = days_of(row.kind), []
    is_new = row.state == S.RECEIVED
    start = row.reverify_asked_on if row.state == S.REVERIFYING and row.reverify_asked_on else row.received_on
    own = days.accept if is_new else days.answer + row.extended_days
    counted = calendar.add_working_days(start, own + row.paused_days)
    clocks.append(Clock(counted.on, OWN, counted))
    if row.kind == K.REQUEST and row.state != S.REVERIFYING:
        more = PETITION_MORE if row.extended_days else 0
        span = PETITION_ACCEPT if is_new else PETITION_ANSWER + more
        clocks.append(Clock(row.received_on + timedelta(days=span), PETITION))
    if row.state != S.REVERIFYING:
        if is_new and row.sign_by:
            clocks.append(Clock(row.sign_by, SIGN))
        if row.finish_by:
            clocks.append(Clock(row.finish_by, ORDER))
    return sorted(clocks, key=lambda clock: clock.on)
