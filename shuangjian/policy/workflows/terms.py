"""The county's terms: rolled over into the next school year, changed while they still lie ahead (校历)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import SchoolYear, Term, TermPeriod
from shuangjian.policy.school_days import Lessons
from shuangjian.policy.workflows import counting, term_effects

KEEPERS = frozenset({Role.TASK_FORCE})
LONGEST_DAYS = 200  # a term of lessons is some twenty weeks; more is a slip of the year
SHORTEST_DAYS = 60
_SEASONS = (("autumn", "第一学期（秋季）"), ("spring", "第二学期（春季）"))


@dataclass(frozen=True, kw_only=True)
class Days:
    """First and last day of lessons."""

    first_on: date
    last_on: date


@dataclass(frozen=True, kw_only=True)
class Period:
    """An examination week or a break of a term, as it is entered."""

    kind: str
    first_on: date
    last_on: date
    reason: str = ""


def next_start_year() -> int:
    """The school year that is to be entered next, by the calendar year it begins in."""
    last = SchoolYear.objects.order_by("-start_year").first()
    return last.start_year + 1 if last is not None else clock.today().year


def proposed(start_year: int) -> list[Days]:
    """The days of the two terms of a year as the year before had them; none where there is no such year.

    A first day that falls on a weekend goes to the Monday after it, a last day to the Friday before.
    """
    before = Term.objects.filter(school_year__start_year=start_year - 1).order_by("first_on")
    return [
        Days(first_on=_begin(_year_later(term.first_on)), last_on=_end(_year_later(term.last_on)))
        for term in before
    ]


def _year_later(day: date) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap_day else day.day)


def _begin(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def _end(day: date) -> date:
    return day - timedelta(days=day.weekday() - 4) if day.weekday() >= 5 else day


def roll_over(*, start_year: int, autumn: Days, spring: Days, actor: User) -> tuple[SchoolYear, bool]:
    """结转: create the school year ``start_year`` with its two terms; False where it is there already.

    Run twice it creates once. Raises NotAllowed, Refused.
    """
    _require_keeper(actor)
    with transaction.atomic():
        # Whoever rolls over at the same time waits here for the newest year.
        list(SchoolYear.objects.select_for_update().order_by("-start_year")[:1])
        known = SchoolYear.objects.filter(start_year=start_year).first()
        if known is not None:
            return known, False
        if start_year != next_start_year():
            raise Refused(f"接下来要结转的是{SchoolYear(start_year=next_start_year())}，请返回学期页重新打开")
        if autumn.first_on.year != start_year or spring.first_on.year != start_year + 1:
            raise Refused(f"秋季学期应在{start_year}年开学，春季学期应在{start_year + 1}年开学，请核对日期")
        year = SchoolYear.objects.create(start_year=start_year)
        for (season, title), days in zip(_SEASONS, (autumn, spring), strict=True):
            term = Term(
                school_year=year,
                code=f"{days.first_on.year}-{season}",
                title=f"{year}{title}",
                first_on=days.first_on,
                last_on=days.last_on,
            )
            _require_order(term)
            term.save()
            audit.record(
                action="policy.term.entered",
                subject=term,
                actor=actor,
                role=Role.TASK_FORCE,
                after={"first_on": str(term.first_on), "last_on": str(term.last_on)},
            )
        counting.ask_for_pauses(term, actor)
    return year, True


def change(
    *,
    term_id: int,
    days: Days,
    periods: Sequence[Period],
    actor: User,
    version: int | None,
    moves_covered: bool | None = None,
) -> Term:
    """Move the first or last day of a term, say its examination weeks and breaks. What has passed stays: the
    first day of one that has begun, and every day of one that is over, since records and signed reports rest
    on it.

    ``moves_covered``: whether what schools owe on a day that has no lessons any more moves behind the break.
    Raises StaleRow, NotAllowed, Refused; Touches with the list where something does and that was left open.
    """
    _require_keeper(actor)
    with transaction.atomic():
        term = Term.objects.select_for_update().select_related("school_year").get(pk=term_id)
        check_version(term, version)
        today = clock.today()
        if term.last_on < today:
            raise Refused("这个学期已经结束，日期不能再改")
        if term.first_on <= today and days.first_on != term.first_on:
            raise Refused("这个学期已经开学，开学日期不能再改")
        if days.last_on < today:
            raise Refused("放假日期不能早于今天")
        had, wanted = periods_of(term), sorted(periods, key=lambda one: one.first_on)
        if wanted == had and days == Days(first_on=term.first_on, last_on=term.last_on):
            return term
        before, lessons = _facts(term, had), Lessons.known()
        term.first_on, term.last_on = days.first_on, days.last_on
        _require_order(term)
        _require_inside(term, wanted)
        if any(one.last_on < today and one not in wanted for one in had):
            raise Refused("已经过去的考试周和放假不能再改，请恢复原来的日期")
        term.periods.all().delete()
        TermPeriod.objects.bulk_create(TermPeriod(term=term, **asdict(one)) for one in wanted)
        term.version += 1
        term.save()
        effects = term_effects.effects_of(lessons)
        if effects and moves_covered is None:
            raise term_effects.Touches(effects)
        if moves_covered:
            for effect in effects:
                effect.touched.move(effect.to_on, actor)
        audit.record(
            action="policy.term.changed",
            subject=term,
            actor=actor,
            role=Role.TASK_FORCE,
            before=before,
            after=_facts(term, wanted) | ({"moves_covered": moves_covered} if effects else {}),
            note="；".join(one.reason for one in wanted if one.reason),
        )
        counting.ask_for_pauses(term, actor)
    return term


def periods_of(term: Term) -> list[Period]:
    """The term's periods as values, in order of time."""
    return [
        Period(kind=row.kind, first_on=row.first_on, last_on=row.last_on, reason=row.reason)
        for row in term.periods.all()
    ]


def _facts(term: Term, periods: Sequence[Period]) -> dict[str, Any]:
    return {
        "first_on": str(term.first_on),
        "last_on": str(term.last_on),
        "periods": [f"{one.kind} {one.first_on} {one.last_on}" for one in periods],
    }


def _require_keeper(actor: User) -> None:
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("学期由双减专班录入和修改")


def _require_order(term: Term) -> None:
    """A term has a plausible length and lies between its neighbours."""
    length = (term.last_on - term.first_on).days
    if not SHORTEST_DAYS <= length <= LONGEST_DAYS:
        usual = f"一般在{SHORTEST_DAYS}到{LONGEST_DAYS}天之间"
        raise Refused(f"{term.short_title}从开学到放假有{length}天，{usual}，请核对日期")
    others = Term.objects.exclude(pk=term.pk)
    crossed = others.filter(first_on__lte=term.last_on, last_on__gte=term.first_on).first()
    if crossed is not None:
        raise Refused(f"{term.short_title}与{crossed.short_title}的日期重叠，请核对")


def _require_inside(term: Term, periods: Sequence[Period]) -> None:
    """Periods lie in their term, none overlaps the one before it. ``periods`` in order of time."""
    last: Period | None = None
    for one in periods:
        words = TermPeriod.Kind(one.kind).label
        if one.first_on < term.first_on or one.last_on > term.last_on:
            raise Refused(f"{words}要在{term.short_title}的开学日期和放假日期之间，请核对")
        if last is not None and one.first_on <= last.last_on:
            raise Refused(f"{words}与{TermPeriod.Kind(last.kind).label}的日期重叠，请核对")
        last = one
