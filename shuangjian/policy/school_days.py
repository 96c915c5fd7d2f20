"""Days on which schools have lessons: inside a term and outside its breaks (P20)."""

from __future__ import annotations

from datetime import date, timedelta

from shuangjian.policy import calendar
from shuangjian.policy.models import Term, TermPeriod


def fault_for_schools(day: date) -> str:
    """Why nothing that a school owes may fall due on ``day``, as a sentence; empty where it may.

    Of days before the first term that was entered nothing is known.
    """
    if not Term.objects.filter(first_on__lte=day).exists():
        return ""
    term = Term.objects.filter(last_on__gte=day).order_by("first_on").first()
    if term is None:
        return f"{_cn(day)}以后的学期还没有录入，请先录入学期或改选日期"
    if day < term.first_on:
        begins = f"{term.short_title}{_cn(term.first_on)}开学"
        return f"{_cn(day)}在寒暑假期间，{begins}，学校自查不能在假期截止，请改选日期"
    found = _break_on(term.periods.all(), day)
    if found is None:
        return ""
    days = f"（{_cn(found.first_on)}至{_cn(found.last_on)}）"
    return f"{_cn(day)}在{found.get_kind_display()}{days}期间，学校自查不能在放假期间截止，请改选日期"


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


def _cn(day: date) -> str:
    return f"{day.month}月{day.day}日"
