"""On which day a duty of the plan was fulfilled, by what other apps know of it.

What is filed or marked stands on the duty itself (``done_on``). What follows from a self-check or a visit is
never copied: the app that has those says how the day is found (``fulfil_by``), and it is read each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case, DateField, F, Value, When

_days: dict[str, Callable[[], Any]] = {}


def fulfil_by(kind: str, day: Callable[[], Any]) -> None:
    """Say how a duty of ``kind`` (Obligation.Fulfilled) is fulfilled. Call in ready().

    ``day()`` gives an expression of the day, or of null, which names fields of the duty by ``OuterRef``.
    """
    _days[kind] = day


def day() -> Case:
    """The expression of the day for a query on duties; null while it is owed."""
    found = [When(obligation__fulfilled_by=kind, then=day()) for kind, day in sorted(_days.items())]
    # One that ended with its unit is not fulfilled by what the unit did elsewhere.
    ended = When(ended_on__isnull=False, then=Value(None, output_field=DateField()))
    return Case(ended, *found, default=F("done_on"), output_field=DateField())
