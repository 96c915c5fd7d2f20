"""The ledger of fired rungs: which steps of a reminder ladder each case has passed, each written once.

What a ladder is and whom it reaches the app above decides; here stands only what has happened. One sweep
fires at a time, so that of two in parallel the second finds what the first wrote; the unique key stands
behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models.functions import Cast

from shuangjian import clock
from shuangjian.journal import locks
from shuangjian.journal.locks import Lock
from shuangjian.journal.models import FiredRung


class Fired(NamedTuple):
    """A rung that fires now: of which case and date, what it is in words, how many people it told."""

    case: str
    due_on: date
    rung: str
    what: str
    told: int
    subject: models.Model


@contextmanager
def firing(cases: Collection[str]) -> Iterator[set[tuple[str, date, str]]]:
    """A transaction in which nobody else fires; gives what the ledger has: (case, date, rung)."""
    with transaction.atomic():
        locks.hold(Lock.LADDER)
        yield set(FiredRung.objects.filter(case__in=cases).values_list("case", "due_on", "rung"))


def enter(rungs: Iterable[Fired]) -> None:
    """Write rungs into the ledger, in their order; only inside ``firing``."""
    now = clock.now()
    FiredRung.objects.bulk_create(
        FiredRung(
            case=one.case,
            due_on=one.due_on,
            rung=one.rung,
            what=one.what,
            told=one.told,
            subject_type=one.subject._meta.label_lower,
            subject_id=str(one.subject.pk),
            fired_at=now,
        )
        for one in rungs
    )


def fired_for(subjects: models.QuerySet[Any]) -> models.QuerySet[FiredRung]:
    """The rungs that told somebody about one of ``subjects``, oldest first."""
    ids = subjects.annotate(key=Cast("pk", models.CharField())).values("key")
    return FiredRung.objects.filter(
        subject_type=subjects.model._meta.label_lower, subject_id__in=ids, told__gt=0
    )
