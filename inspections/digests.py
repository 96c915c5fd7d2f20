"""What the digest of a day says of supervision: how many things fall due today, how many are overdue.

Counts alone: the digest leaves the county's network.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, Count, F, Q, When

from inspections.desk import desk_of
from inspections.models import RectificationTask, SelfCheck
from shuangjian import clock
from shuangjian.journal import deliveries
from shuangjian.policy import calendar

DUE, LATE = "今日到期", "逾期"


def counts_for(person: Any) -> deliveries.Counts:
    """Of a person what his desk shows; of the county (None) what its units have to do."""
    today = clock.today()
    if person is None:
        return _of_county(today)
    groups = desk_of(person).groups
    late = sum(len(group.rows) for group in groups if group.is_late)
    due = sum(row.due_on == today for group in groups for row in group.rows)
    return [(DUE, due), (LATE, late)]


def _of_county(today: date) -> deliveries.Counts:
    checks = SelfCheck.objects.open().aggregate(due=_count("due_on", today), late=_before("due_on", today))
    waiting = RectificationTask.objects.filter(state__in=["planning", "rectifying"]).annotate(
        next_on=Case(
            When(state="planning", plan_due_on__isnull=False, then=F("plan_due_on")), default=F("due_on")
        )
    )
    tasks = waiting.aggregate(due=_count("next_on", today), late=_before("next_on", today))
    return [(DUE, checks["due"] + tasks["due"]), (LATE, checks["late"] + tasks["late"])]


def _count(column: str, day: date) -> Count:
    return Count("pk", filter=Q(**{column: day}))


def _before(column: str, day: date) -> Count:
    return Count("pk", filter=Q(**{f"{column}__lt": day}))


def sweep() -> int:
    """Order the digests of today once office hours have begun; returns how many were new."""
    now = clock.now()
    return deliveries.order_digests(now.date()) if calendar.is_office_hour(now) else 0
