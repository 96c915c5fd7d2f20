"""Opening and closing the plan's steps by date: each once, however often and however late it is asked."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import holders
from shuangjian.journal import audit, outbox
from shuangjian.policy.models import Phase


def sweep() -> int:
    """Open and close what is due today; returns how many steps moved."""
    today = clock.today()
    return open_due(today) + close_due(today)


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
            body=f"{_words(phase.starts_on)}至{_words(phase.ends_on)}",
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


def _words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
