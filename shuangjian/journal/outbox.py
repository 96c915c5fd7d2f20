"""Notices to people, written in the transaction of their cause.

The row is the outbox and the person's inbox in one. Unique on (recipient, dedupe_key): running twice adds
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from shuangjian import clock
from shuangjian.journal.models import Notification


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
    is_urgent: bool = False  # leaves the portal at once, not with the digest of the day


_ways_out: list[Callable[[list[Notice]], None]] = []


def carry_urgent(way_out: Callable[[list[Notice]], None]) -> None:
    """Let what brings messages out of the portal hear of each urgent notice, in its transaction."""
    _ways_out.append(way_out)


def notify(
    *,
    recipients: Iterable[Any],
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    dedupe_key: str,
    subject: models.Model | None = None,
    is_urgent: bool = False,
) -> int:
    """Give each recipient one notice, unless he has one with this key already; returns how many were new."""
    return give(
        [
            Notice(
                recipient_id=pk,
                kind=kind,
                title=title,
                body=body,
                url=url,
                dedupe_key=dedupe_key,
                subject=subject,
                is_urgent=is_urgent,
            )
            for pk in {person.pk for person in recipients}
        ]
    )


def _order(notice: Notice) -> tuple[int, str]:
    return notice.recipient_id, notice.dedupe_key


def give(notices: list[Notice]) -> int:
    """Give many notices in the caller's transaction; returns how many were new. Two queries."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a notice is written in the transaction of its cause")
    if not notices:
        return 0
    known = set(
        Notification.objects.filter(
            recipient__in={notice.recipient_id for notice in notices},
            dedupe_key__in={notice.dedupe_key for notice in notices},
        ).values_list("recipient_id", "dedupe_key")
    )
    now = clock.now()
    # In one order everywhere: two transactions that give the same notices wait, they don't deadlock.
    new = [notice for notice in sorted(notices, key=_order) if _order(notice) not in known]
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
        for notice in new
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    urgent = [notice for notice in new if notice.is_urgent]
    for way_out in _ways_out if urgent else ():
        way_out(urgent)
    return len(rows)
