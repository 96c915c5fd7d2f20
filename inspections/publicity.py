"""集中宣传: what units did in the plan's step of publicity, as counts (practice.md P4: no rates)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from inspections.models import Experience
from shuangjian.policy.models import Duty, DutyRecord, Obligation, Phase
from shuangjian.policy.selectors import current_plan

STEP = "P1-2"  # 集中宣传 of plan.yaml
MOST_LATELY = 20


@dataclass(frozen=True)
class FormCount:
    """One form of activity: how many records, in how many units."""

    form: str
    records: int
    units: int


@dataclass(frozen=True)
class Publicity:
    """The step, and what was done in it. ``units`` of ``owed`` filed at least one activity."""

    phase: Phase
    owed: int
    units: int
    records: int
    forms: list[FormCount]


def publicity_of() -> Publicity | None:
    """Of the plan in force; None before there is one. Four queries."""
    plan = current_plan()
    phase = Phase.objects.filter(stage__plan=plan, code=STEP).first() if plan is not None else None
    if phase is None:
        return None
    duties = Duty.objects.owed().filter(
        obligation__phase=phase, obligation__fulfilled_by=Obligation.Fulfilled.RECORD
    )
    records = DutyRecord.objects.filter(duty__in=duties)
    by_form = (
        records.order_by()
        .values("form")
        .annotate(records=Count("pk"), units=Count("duty__organisation", distinct=True))
        .order_by("-records", "form")
    )
    counted = duties.aggregate(owed=Count("pk"), units=Count("pk", filter=Q(done_on__isnull=False)))
    forms = [FormCount(**row) for row in by_form]
    return Publicity(phase, counted["owed"], counted["units"], sum(row.records for row in forms), forms)


def lately(phase: Phase) -> QuerySet[DutyRecord]:
    """The activities filed last, for the county's staff."""
    rows = DutyRecord.objects.filter(duty__obligation__phase=phase).select_related("duty__organisation")
    return rows.order_by("-held_on", "-pk")[:MOST_LATELY]


def reports_in(phase: Phase) -> Iterable[Experience]:
    """What the media wrote during the step, as it was published."""
    return Experience.objects.published().filter(
        kind=Experience.Kind.MEDIA, on__range=(phase.starts_on, phase.ends_on)
    )
