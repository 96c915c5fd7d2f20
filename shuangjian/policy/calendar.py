"""Working days with 调休: the one way to count, by the county's calendar (``CalendarEdition``).

A year without data is counted by weekdays and marked 「暂定」, never a crash and never a silent guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shuangjian.dates import cn_weekday
from shuangjian.policy.models import CalendarEdition, CountedDate

OFFICE_HOURS = (time(8, 30), time(17, 30))  # in which people are told and messages leave (P20)
_ONE = timedelta(days=1)

Spans = Sequence[tuple[date, date]]  # first and last day of each


@dataclass(frozen=True)
class Days:
    """The days of some years as the county works them."""

    works: dict[date, bool]  # those that are not what their weekday says
    complete: frozenset[int]  # years of which the whole arrangement is there

    def is_working(self, day: date) -> bool:
        return self.works.get(day, day.weekday() < 5)


_loaded: ContextVar[Days | None] = ContextVar("the county's calendar", default=None)


@dataclass(frozen=True)
class Computed:
    """A date counted in working days, with how it was counted."""

    start_on: date
    on: date
    days: int
    swapped: int  # Saturdays and Sundays among them that are working days by 调休
    missing_years: tuple[int, ...] = ()  # counted by weekdays: nothing is published for them yet
    paused: int = 0  # working days passed over because no pupils were there
    in_lessons: bool = False  # counted on days with pupils alone
    past_terms: bool = False  # reaches beyond the last term that was entered

    @property
    def is_provisional(self) -> bool:
        return bool(self.missing_years) or self.past_terms

    def explain(self) -> str:
        """「15个工作日，含调休上班2天，假期停计20天，至10月22日（星期四）」, and （暂定） before a year is
        published.
        """
        return _words(self)


def explain(counted: CountedDate) -> str:
    """The same of a date that was counted earlier, from what was written then."""
    return _words(counted)


def _words(counted: Computed | CountedDate) -> str:
    swaps = f"，含调休上班{counted.swapped}天" if counted.swapped else ""
    pause = f"，假期停计{counted.paused}天" if counted.paused else ""
    end = "（暂定）" if counted.is_provisional else ""
    return f"{counted.days}个工作日{swaps}{pause}，至{cn_weekday(counted.on)}{end}"


def editions_in_force(first: int | None = None, last: int | None = None) -> list[CalendarEdition]:
    """The newest edition of each year, or of the years from ``first`` to ``last``, in order; one query."""
    rows = CalendarEdition.objects.order_by("year", "-ordinal").distinct("year")
    if first is not None and last is not None:
        rows = rows.filter(year__range=(first, last))
    return list(rows)


@contextmanager
def loaded() -> Iterator[None]:
    """Read the calendar once for all that is counted inside: lists and sweeps count many dates."""
    if _loaded.get() is not None:  # inside another such block
        yield
        return
    token = _loaded.set(_read(None, None))
    try:
        yield
    finally:
        _loaded.reset(token)


def _read(first: int | None, last: int | None) -> Days:
    works: dict[date, bool] = {}
    complete = set()
    for edition in editions_in_force(first, last):
        works |= {date.fromisoformat(on): day["works"] for on, day in edition.days.items()}
        if edition.is_complete:
            complete.add(edition.year)
    return Days(works, frozenset(complete))


def _days(first: date, last: date) -> Days:
    return _loaded.get() or _read(first.year, last.year)


def is_published(day: date) -> bool:
    """Is the arrangement of the year of ``day`` there?"""
    return day.year in _days(day, day).complete


def is_working_day(day: date) -> bool:
    """Is ``day`` a working day in this county? Weekdays alone decide in a year that is not published."""
    return _days(day, day).is_working(day)


def add_working_days(start: date, days: int, *, away: Spans = ()) -> Computed:
    """The ``days``-th working day after ``start`` (the day itself does not count); 0 gives ``start``.

    The count pauses in the spans ``away`` (P20: what needs pupils, while they are on vacation).
    """
    if days < 0:
        raise ValueError("working days are added, not taken away")
    ahead = sum((last - first).days + 1 for first, last in away if last > start)
    known = _days(start, start + timedelta(days=days * 3 + 30 + ahead))
    day, left, swapped, paused = start, days, 0, 0
    missing: dict[int, None] = {}
    while left:
        day += _ONE
        if day.year not in known.complete:
            missing[day.year] = None
        if not known.is_working(day):
            continue
        if _within(away, day):
            paused += 1
            continue
        left -= 1
        swapped += day.weekday() >= 5
    return Computed(start, day, days, swapped, tuple(missing), paused)


def working_days_between(start: date, end: date, *, away: Spans = ()) -> int:
    """How many working days lie after ``start`` up to and including ``end``, those in ``away`` left out; 0
    where ``end`` is not later.
    """
    if end <= start:
        return 0
    known = _days(start, end)
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(known.is_working(day) and not _within(away, day) for day in days)


def _within(spans: Spans, day: date) -> bool:
    return any(first <= day <= last for first, last in spans)


def next_working_day(day: date) -> date:
    """``day`` itself if it is a working day, else the next one: when something falls due on a rest day."""
    known = _days(day, day + timedelta(days=60))
    while not known.is_working(day):
        day += _ONE
    return day


def is_office_hour(moment: datetime) -> bool:
    """May people be told at this moment (of the county's clock)? On working days, 8:30–17:30 (P20)."""
    begin, end = OFFICE_HOURS
    return begin <= moment.time() <= end and is_working_day(moment.date())


def office_hour_from(moment: datetime) -> datetime:
    """``moment`` itself if it is an office hour, else the next opening: until then nothing leaves."""
    if is_office_hour(moment):
        return moment
    begin, _ = OFFICE_HOURS
    day = moment.date() if moment.time() < begin else moment.date() + _ONE
    return datetime.combine(next_working_day(day), begin, tzinfo=moment.tzinfo)
