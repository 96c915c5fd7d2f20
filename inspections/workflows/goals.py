"""The goals' figures: counted as the term goes on, frozen when it is over, corrected only beside that.

A term is frozen once, as at the end of its last day, by whichever sweep comes first after it. Nothing that is
recorded later changes it; what was recorded too late is counted into a next version, with a reason.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from inspections.goals import measures
from inspections.goals.measures import Counted, Measure
from inspections.models import GoalFigure, GoalSnapshot, Round, Visit
from inspections.workflows import attainment
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term

CORRECTORS = frozenset({Role.TASK_FORCE})

audit.name_actions(
    {
        "inspections.goals.frozen": "固定学期指标",
        "inspections.goalsnapshot.corrected": "更正学期指标",
    }
)


def sweep() -> int:
    """Freeze the terms that are over, count the one under way; returns how many were frozen. Safe twice."""
    frozen = sum(freeze(term) for term in _to_be_frozen())
    term = current_term()
    if term is not None and clock.today() >= term.first_on:
        count(term)
    return frozen


def _to_be_frozen() -> QuerySet[Term]:
    """Terms that are over, in which the portal was at work, without snapshots."""
    return Term.objects.filter(
        Exists(Round.objects.filter(term=OuterRef("pk"))) | Exists(Visit.objects.filter(term=OuterRef("pk"))),
        ~Exists(GoalSnapshot.objects.filter(term=OuterRef("pk"))),
        last_on__lt=clock.today(),
    ).order_by("first_on")


def end_of(term: Term) -> datetime:
    """The instant as at which a term is counted: the end of its last day."""
    return timezone.make_aware(datetime.combine(term.last_on + timedelta(days=1), time())) - timedelta(
        seconds=1
    )


def freeze(term: Term) -> bool:
    """Keep every measure of a term that is over; was there anything to keep? Of two at once one does it."""
    if term.last_on >= clock.today():
        raise WrongState(f"{term.short_title}还没有结束，不能固定指标")
    as_of = end_of(term)
    with transaction.atomic():
        Term.objects.select_for_update(of=("self",)).get(pk=term.pk)
        if GoalSnapshot.objects.filter(term=term).exists():
            return False
        attainment.count_for_good(term, as_of)
        made = [
            _snapshot(term, measure, measure.count(term, as_of), as_of) for measure in measures.counted_ones()
        ]
        GoalSnapshot.objects.bulk_create(made)
        GoalFigure.objects.filter(term=term).delete()
        audit.record(
            action="inspections.goals.frozen",
            subject=term,
            actor=None,
            organisation=_county(),
            after={one.measure: [one.count, one.base] for one in made},
        )
    return True


def count(term: Term) -> None:
    """Count every measure of the term under way anew, as of now."""
    now = clock.now()
    for measure in measures.counted_ones():
        found = measure.count(term, now)
        GoalFigure.objects.update_or_create(
            measure=measure.key,
            defaults={
                "term": term,
                "counted_at": now,
                "count": found.count,
                "base": found.base,
                "rows": [row.kept() for row in found.rows],
            },
        )


def correct(*, snapshot_id: int, actor: User, reason: str) -> GoalSnapshot:
    """Count a frozen measure again, as at the same instant, from what is on record now: the next version.

    Raises Refused where the count is the same, or a newer version is there already.
    """
    if not actor.has_role(*CORRECTORS):
        raise NotAllowed("学期指标由双减专班更正")
    reason = reason.strip()
    if not reason:
        raise Refused("请写明更正的理由")
    with transaction.atomic():
        old = GoalSnapshot.objects.select_related("term").get(pk=snapshot_id)
        Term.objects.select_for_update(of=("self",)).get(pk=old.term_id)
        measure = measures.find(old.measure)
        newer = GoalSnapshot.objects.filter(term=old.term, measure=old.measure, version__gt=old.version)
        if measure is None or newer.exists():
            raise Refused("这项指标已有更新的版本，请打开最新版本再更正")
        new = _snapshot(old.term, measure, measure.count(old.term, old.as_of), old.as_of)
        if (new.count, new.base, new.rows) == (old.count, old.base, old.rows):
            raise Refused("按现有记录重新统计，数值和名单没有变化，不用更正")
        new.version, new.reason, new.made_by = old.version + 1, reason, actor
        new.save(force_insert=True)
        audit.record(
            action="inspections.goalsnapshot.corrected",
            subject=new,
            actor=actor,
            organisation=_county(),
            role=acting_role(actor),
            before={"version": old.version, "count": old.count, "base": old.base},
            after={"version": new.version, "count": new.count, "base": new.base},
            note=reason,
        )
    return new


def _snapshot(term: Term, measure: Measure, found: Counted, as_of: datetime) -> GoalSnapshot:
    return GoalSnapshot(
        term=term,
        measure=measure.key,
        as_of=as_of,
        count=found.count,
        base=found.base,
        rows=[row.kept() for row in found.rows],
        made_at=clock.now(),
    )


def _county() -> Organisation | None:
    return Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first()
