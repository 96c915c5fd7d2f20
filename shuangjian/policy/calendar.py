"""Working days with 调休: the national calendar from chinesecalendar, the county's own days before it.

A year the library does not know is computed by weekdays and marked 「暂定」, never a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from shuangjian.policy.models import DayOverride

_WEEKDAYS = "一二三四五六日"
_ONE = timedelta(days=1)
_loaded: ContextVar[Mapping[date, bool] | None] = ContextVar("county's own days", default=None)


@dataclass(frozen=True)
class Computed:
    """A date counted in working days, with how it was counted."""

    on: date
    days: int
    swapped: int  # Saturdays and Sundays among them that are working days by 调休
    is_provisional: bool  # a year without published data was counted by weekdays

    def explain(self) -> str:
        """「15个工作日，含调休上班2天，至10月22日（星期四）」, and （暂定） before a year is published."""
        swapped = f"，含调休上班{self.swapped}天" if self.swapped else ""
        return f"{self.days}个工作日{swapped}，至{day_words(self.on)}" + (
            "（暂定）" if self.is_provisional else ""
        )


def day_words(day: date) -> str:
    """10月22日（星期四）"""
    return f"{day.month}月{day.day}日（星期{_WEEKDAYS[day.weekday()]}）"


@contextmanager
def loaded() -> Iterator[None]:
    """Read the county's own days once for all that is counted inside: lists and sweeps count many dates."""
    if _loaded.get() is not None:  # inside another such block
        yield
        return
    token = _loaded.set(dict(DayOverride.objects.values_list("on", "is_working")))
    try:
        yield
    finally:
        _loaded.reset(token)


def _overrides(start: date, end: date) -> Mapping[date, bool]:
    known = _loaded.get()
    if known is not None:
        return known
    return dict(DayOverride.objects.filter(on__range=(start, end)).values_list("on", "is_working"))


@lru_cache(maxsize=4096)
def _national(day: date) -> bool | None:
    """Is ``day`` a working day of the country? None in a year that the library does not know.

    A queue counts its dates day by day, the same days for every row.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def is_published(day: date) -> bool:
    """Does the library know the year of ``day``?"""
    return _national(day) is not None


def is_working_day(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """Is ``day`` a working day in this county? Weekdays alone decide in a year that is not published."""
    known = overrides if overrides is not None else _overrides(day, day)
    if day in known:
        return known[day]
    national = _national(day)
    return day.weekday() < 5 if national is None else national


def add_working_days(start: date, days: int) -> Computed:
    """The ``days``-th working day after ``start`` (the day itself does not count); 0 gives ``start``."""
    if days < 0:
        raise ValueError("working days are added, not taken away")
    known = _overrides(start, start + timedelta(days=days * 3 + 30))
    day, left, swapped, provisional = start, days, 0, False
    while left:
        day += _ONE
        provisional = provisional or not is_published(day)
        if is_working_day(day, known):
            left -= 1
            swapped += day.weekday() >= 5
    return Computed(day, days, swapped, provisional)


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after ``start`` up to and including ``end``; 0 where ``end`` is not later."""
    if end <= start:
        return 0
    known = _overrides(start, end)
    span = (end - start).days
    return sum(is_working_day(start + timedelta(days=offset), known) for offset in range(1, span + 1))


def next_working_day(day: date) -> date:
    """``day`` itself if it is a working day, else the next one: when something falls due on a rest day."""
    known = _overrides(day, day + timedelta(days=60))
    while not is_working_day(day, known):
        day += _ONE
    return day
