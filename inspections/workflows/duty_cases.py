"""What units still have to file by the plan, as cases of the reminders (see ``deadlines``).

Self-checks and visits are chased by themselves, whether or not they fulfil a duty; what the county owes
stands in its staff's 待办.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from inspections.workflows.deadlines import Case
from shuangjian import clock
from shuangjian.policy.models import Duty, Obligation


def cases(horizon: date) -> Iterator[Case]:
    """The records that are missing and due by ``horizon``; of a reopened one the new date counts."""
    rows = Duty.objects.owed().filter(
        done_on__isnull=True, obligation__fulfilled_by=Obligation.Fulfilled.RECORD, due_on__lte=horizon
    )
    for duty in rows.select_related("organisation", "obligation__phase", "term").order_by("pk"):
        yield Case(
            key=f"duty:{duty.pk}",
            subject=duty,
            unit=duty.organisation,
            what=f"{duty.obligation.phase.title}：{duty.what}（{duty.organisation.name}）",
            since=clock.local_day(duty.created_at),
            due_on=duty.reopened_until or duty.due_on,
            url=reverse("duty", args=[duty.pk]),
            ceiling=duty.obligation.phase.ladder_ceiling,
        )
