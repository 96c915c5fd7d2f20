"""When tables have to be up: the day of a period's table, and the days that lie ahead (practice.md P23)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from inspections.models import ReturnTemplate, UpwardReturn
from inspections.reports.periods import Period, period_of
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar


def due_day(template: ReturnTemplate, period: Period) -> date:
    """The office's day, or the last working day before it: late upwards is worse than early [d]."""
    day = period.last + timedelta(days=template.due_after)
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day


@dataclass(frozen=True)
class DueDay:
    """A day by which a table is to be up: one that is being filled in, or (``made_after``) is made then."""

    on: date
    title: str
    url: str
    made_after: date | None = None


def ahead(user: User) -> list[DueDay]:
    """What is being filled in and what comes due next, earliest first."""
    rows = UpwardReturn.objects.visible_to(user).filter(state__in=UpwardReturn.OPEN)
    found = [DueDay(row.due_on, row.title, row.get_absolute_url()) for row in rows.select_related("template")]
    in_use = ReturnTemplate.objects.visible_to(user).filter(state=ReturnTemplate.State.IN_USE)
    templates = list(in_use.defer("sheets"))
    if not templates:
        return sorted(found, key=lambda one: (one.on, one.title))
    with calendar.loaded():
        for template in templates:
            with suppress(Refused):  # between two terms no term's table runs
                period = period_of(template.span, clock.today())
                title = f"{template.name}（{period.words}）"
                url = template.get_absolute_url()
                found.append(DueDay(due_day(template, period), title, url, made_after=period.last))
    return sorted(found, key=lambda one: (one.on, one.title))
