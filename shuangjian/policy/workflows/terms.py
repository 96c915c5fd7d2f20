"""The county's terms: entered when the calendar (校历) is published, changed while they still lie ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import SchoolYear, Term

KEEPERS = frozenset({Role.TASK_FORCE})
LONGEST_DAYS = 200  # a term of lessons is some twenty weeks; more is a slip of the year
SHORTEST_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class Days:
    """First and last day of lessons."""

    first_on: date
    last_on: date


def next_start_year() -> int:
    """The school year that is to be entered next, by the calendar year it begins in."""
    last = SchoolYear.objects.order_by("-start_year").first()
    return last.start_year + 1 if last is not None else clock.today().year


def add_year(*, autumn: Days, spring: Days, actor: User) -> SchoolYear:
    """Enter the next school year with its two terms. Raises NotAllowed, Refused."""
    _require_keeper(actor)
    with transaction.atomic():
        # Whoever enters a year at the same time waits here for the newest of them.
        list(SchoolYear.objects.select_for_update().order_by("-start_year")[:1])
        start = next_start_year()
        if autumn.first_on.year != start or spring.first_on.year != start + 1:
            raise Refused(f"秋季学期应在{start}年开学，春季学期应在{start + 1}年开学，请核对日期")
        year, _ = SchoolYear.objects.get_or_create(start_year=start)
        named = (("autumn", "第一学期（秋季）", autumn), ("spring", "第二学期（春季）", spring))
        for season, title, days in named:
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
    return year


def change_days(*, term_id: int, days: Days, actor: User, version: int | None) -> Term:
    """Move the first or last day of a term. What has passed stays: the first day of one that has begun, and
    every day of one that is over, since records and signed reports rest on it.

    Raises StaleRow, NotAllowed, Refused.
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
        before = {"first_on": str(term.first_on), "last_on": str(term.last_on)}
        term.first_on, term.last_on = days.first_on, days.last_on
        after = {"first_on": str(term.first_on), "last_on": str(term.last_on)}
        if after == before:
            return term
        _require_order(term)
        term.version += 1
        term.save()
        audit.record(
            action="policy.term.changed",
            subject=term,
            actor=actor,
            role=Role.TASK_FORCE,
            before=before,
            after=after,
        )
    return term


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
