"""What units committed themselves to, and answers to their appeals, as cases of the reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from inspections.models import Sanction, SanctionAppeal, SanctionCommitment
from inspections.workflows.deadlines import Audience, Case
from shuangjian import clock
from shuangjian.policy.models import Rung

_ANSWERING = (
    Rung(after=0, audience=Audience.SUPERVISION, how=""),
    Rung(after=3, audience=Audience.SUPERVISION, how="请尽快答复"),
    Rung(after=5, audience=Audience.LEADER, how="请督促答复"),
)


def cases(horizon: date) -> Iterator[Case]:
    """Commitments that are not kept, the unit's; appeals that wait, the supervision office's."""
    left = SanctionCommitment.objects.filter(
        sanction__state=Sanction.State.HANDLED, done_on__isnull=True, due_on__lte=horizon
    )
    for one in left.select_related("sanction__organisation__filer").order_by("pk"):
        row = one.sanction
        yield Case(
            key=f"commitment:{one.pk}",
            subject=row,
            unit=row.organisation,
            what=f"{row.get_kind_display()}{row.no}承诺“{one.text}”",
            matter="承诺",
            since=row.handled_on or clock.today(),
            due_on=one.due_on,
            url=reverse("sanction", args=[row.no]),
        )
    waiting = SanctionAppeal.objects.filter(result=SanctionAppeal.Result.WAITING, due_on__lte=horizon)
    waiting = waiting.exclude(sanction__state=Sanction.State.REVOKED)
    for asked in waiting.select_related("sanction").order_by("pk"):
        yield Case(
            key=f"appeal:{asked.pk}",
            subject=asked.sanction,
            what=f"{asked.sanction.no}{asked.get_way_display()}答复",
            matter=f"{asked.get_way_display()}答复",
            since=asked.asked_on,
            due_on=asked.due_on,
            url=reverse("sanction", args=[asked.sanction.no]),
            keeper=Audience.SUPERVISION,
            rungs=_ANSWERING,
        )
