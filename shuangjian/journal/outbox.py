"""Notices to people, written in the transaction of their cause.

The row is the outbox and the person's inbox in one. Unique on (recipient, dedupe_key): running twice adds
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from shuangjian import clock
from shuangjian.journal.models import Notification

BATCH = 500  # notices of one transaction when many are sent


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice to be given, unless its recipient has one with this key already."""

    recipient_id: int
    kind: str
    title: str
    dedupe_key: str
    body: str = ""
    url: str = ""
    subject: models.Model | None = None


def notify(
    *,
    recipients: Iterable[Any],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    dedupe_key: str,
    subject: models.Model | None = None,
) -> int:
    """Give each recipient one notice, unless he has one with this key already; returns how many were new."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a notice is written in the transaction of its cause")
    return _insert(
        [
            Notice(
                recipient_id=pk,
                kind=kind,
                title=title,
                body=body,
                url=url,
                dedupe_key=dedupe_key,
                subject=subject,
            )
            for pk in {person.pk for person in recipients}
        ]
    )


def send(notices: Iterable[Notice]) -> int:
    """Give many notices that time itself is the cause of; returns how many were new. Two queries a batch."""
    ordered = sorted(notices, key=_order)
    sent = 0
    for start in range(0, len(ordered), BATCH):
        with transaction.atomic():
            sent += _insert(ordered[start : start + BATCH])
    return sent


def _order(notice: Notice) -> tuple[int, str]:
    return notice.recipient_id, notice.dedupe_key


def _insert(notices: list[Notice]) -> int:
    if not notices:
        return 0
    known = set(
        Notification.objects.filter(
            recipient__in={notice.recipient_id for notice in notices},
            dedupe_key__in={notice.dedupe_key for notice in notices},
        ).values_list("recipient_id", "dedupe_key")
    )
    now = clock.now()
    rows = [
        Notification(
            recipient_id=notice.recipient_id,
            kind=notice.kind,
            title=notice.title[:200],
            body=notice.body,
            url=notice.url,
            dedupe_key=notice.dedupe_key,
            subject_type=notice.subject._meta.label_lower if notice.subject is not None else "",
            subject_id=str(notice.subject.pk) if notice.subject is not None else "",
            created_at=now,
        )
        # In one order everywhere: two transactions that give the same notices wait, they don't deadlock.
        for notice in sorted(notices, key=_order)
        if _order(notice) not in known
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
