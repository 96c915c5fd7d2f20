"""Days on which schools have lessons: inside a term and outside its breaks (P20)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from shuangjian.dates import cn_short
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import Term, TermPeriod


@dataclass(frozen=True)
class Lessons:
    """When pupils are away, by the terms that were entered: vacations between terms, breaks within them.

    Before the first term and after the last one nothing is known: nothing pauses there, and a count that
    reaches beyond the last one is provisional.
    """

    away: tuple[tuple[date, date], ...]
    until: date | None  # last day of the last term; None: no term was entered

    @classmethod
    def known(cls) -> Lessons:
        """As the terms stand now; two queries."""
        terms = list(Term.objects.order_by("first_on").prefetch_related("periods"))
        day = timedelta(days=1)
        vacations = [(before.last_on + day, after.first_on - day) for before, after in pairwise(terms)]
        breaks = [(one.first_on, one.last_on) for term in terms for one in term.periods.all() if one.is_break]
        return cls(tuple(sorted(vacations + breaks)), terms[-1].last_on if terms else None)

    def are_off(self, day: date) -> bool:
        """Are pupils away on ``day``, as far as the terms say?"""
        return any(first <= day <= last for first, last in self.away)

    def add(self, start: date, days: int) -> Computed:
        """The ``days``-th working day with pupils after ``start``."""
        counted = calendar.add_working_days(start, days, away=self.away)
        past = self.until is None or counted.on > self.until
        return replace(counted, in_lessons=True, past_terms=past)


def fault_for_schools(day: date) -> str:
    """Why nothing that a school owes may fall due on ``day``, as a sentence; empty where it may.

    Of days before the first term that was entered nothing is known.
    """
    if not Term.objects.filter(first_on__lte=day).exists():
        return ""
    term = Term.objects.filter(last_on__gte=day).order_by("first_on").first()
    if term is None:
        return f"{cn_short(day)}以后的学期还没有录入，请先录入学期或改选日期"
    if day < term.first_on:
        begins = f"{term.short_title}{cn_short(term.first_on)}开学"
        return f"{cn_short(day)}在寒暑假期间，{begins}，学校自查不能在假期截止，请改选日期"
    found = _break_on(term.periods.all(), day)
    if found is None:
        return ""
    days = f"（{cn_short(found.first_on)}至{cn_short(found.last_on)}）"
    return f"{cn_short(day)}在{found.get_kind_display()}{days}期间，学校自查不能在放假期间截止，请改选日期"


def next_school_day(day: date) -> date:
    """The first working day from ``day`` on with lessons; ``day`` itself where no term follows."""
    for term in Term.objects.filter(last_on__gte=day).order_by("first_on").prefetch_related("periods"):
        found = max(day, term.first_on)
        while (found := calendar.next_working_day(found)) <= term.last_on:
            away = _break_on(term.periods.all(), found)
            if away is None:
                return found
            found = away.last_on + timedelta(days=1)
    return day


def _break_on(periods: object, day: date) -> TermPeriod | None:
    rows: list[TermPeriod] = list(periods)  # type: ignore[call-overload]
    return next((one for one in rows if one.is_break and one.first_on <= day <= one.last_on), None)
