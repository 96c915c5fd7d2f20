"""Notices to people, written in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction

from shuangjian import clock
from shuangjian.journal.models import Notification


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
    """Give each recipient one notice, unless he has one with this key already; returns how many were new.

    The row is the person's inbox in the portal. Unique on (recipient, dedupe_key): running twice adds
    nothing.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a notice is written in the transaction of its cause")
    people = {person.pk for person in recipients}
    if not people:
        return 0
    known = set(
        Notification.objects.filter(recipient__in=people, dedupe_key=dedupe_key).values_list(
            "recipient_id", flat=True
        )
    )
    now = clock.now()
    rows = [
        Notification(
            recipient_id=pk,
            kind=kind,
            title=title[:200],
            body=body,
            url=url,
            dedupe_key=dedupe_key,
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=str(subject.pk) if subject is not None else "",
            created_at=now,
        )
        for pk in sorted(people - known)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
