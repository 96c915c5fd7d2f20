"""Opening and closing the plan's steps by date: each once, however often and however late it is asked.

Between the two every unit is given what it owes in the open steps (``duties.open_due``).
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import holders
from shuangjian.dates import cn_date
from shuangjian.journal import audit, outbox
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import CountedDate, Obligation, Phase
from shuangjian.policy.workflows import duties


def sweep() -> int:
    """Open and close what is due today; returns how many steps moved."""
    today = clock.today()
    opened = open_due(today)
    with transaction.atomic():
        duties.open_due(today)
    return opened + close_due(today)


def open_due(today: date) -> int:
    """Open every step whose first day has come; returns how many this call opened."""
    due = Phase.objects.filter(opened_at__isnull=True, starts_on__lte=today).order_by("starts_on", "code")
    return _move_each(due, "opened_at", "opened", "开始")


def close_due(today: date) -> int:
    """Close every open step whose last day is past; returns how many this call closed."""
    due = Phase.objects.filter(opened_at__isnull=False, closed_at__isnull=True, ends_on__lt=today)
    return _move_each(due.order_by("ends_on", "code"), "closed_at", "closed", "结束")


def _move_each(due: QuerySet[Phase], column: str, action: str, word: str) -> int:
    return sum(_move(pk, column, action, word) for pk in list(due.values_list("pk", flat=True)))


def _move(phase_id: int, column: str, action: str, word: str) -> bool:
    """One step once: of several sweeps the conditional update lets one through, which journals it."""
    with transaction.atomic():
        waiting = Phase.objects.filter(pk=phase_id, **{f"{column}__isnull": True})
        if not waiting.update(**{column: clock.now()}):
            return False
        phase = Phase.objects.get(pk=phase_id)
        dates = {"starts_on": phase.starts_on.isoformat(), "ends_on": phase.ends_on.isoformat()}
        outbox.notify(
            recipients=holders(*COUNTY_ROLES),
            kind=f"phase.{action}",
            title=f"实施方案“{phase.title}”{word}",
            body=f"{cn_date(phase.starts_on)}至{cn_date(phase.ends_on)}",
            url=reverse("plan"),
            dedupe_key=f"phase:{phase.pk}:{action}",
            subject=phase,
        )
        audit.record(
            action=f"policy.phase.{action}",
            subject=phase,
            actor=None,
            organisation=Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first(),
            after=dates,
        )
    return True


def adopt_due_date(counted: CountedDate, computed: Computed) -> date | None:
    """The date of an obligation once the days of its year are there; what was changed by hand stays."""
    rows = Obligation.objects.select_related("phase").select_for_update(of=("self",))
    duty = rows.filter(pk=counted.subject_id, due_on=counted.on, phase__closed_at__isnull=True).first()
    if duty is None:
        return None
    if duty.due_on != computed.on:
        before, printed = duty.due_on, counted.start_on + timedelta(days=1)
        duty.due_on = computed.on
        duty.printed_due_on = printed if printed != computed.on else None
        duty.save(update_fields=["due_on", "printed_due_on"])
        if before is not None:
            duties.put_on(duties.on_date(duty, before), computed.on)
        outbox.notify(
            recipients=holders(*COUNTY_ROLES),
            kind="obligation.recounted",
            title=f"方案任务“{duty.what}”的期限定为{cn_date(computed.on)}",
            body="按公布的放假安排重算，休息日顺延",
            url=reverse("plan"),
            dedupe_key=f"obligation.recounted:{duty.pk}:{computed.on}",
            subject=duty,
        )
        audit.record(
            action="policy.obligation.recounted",
            subject=duty,
            actor=None,
            before={"due_on": str(before)},
            after={"due_on": str(computed.on)},
        )
    return computed.on
