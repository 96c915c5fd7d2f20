"""The portal's clock: what day it is for the county. Leases and retries use the machine's own time instead.

In demo mode the county lives on the date it was built for (``demo_county --as-of``) or was moved to
(``journal.demo_clock``): the shift is one row of the database, so that web, worker and beat agree. A request,
a task or a command reads it once and keeps it to its end. Outside demo mode the row is never read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

_read: ContextVar[timedelta | None] = ContextVar("shift that was read", default=None)
_fixed: ContextVar[datetime | None] = ContextVar("fixed clock", default=None)


def _shift() -> timedelta:
    if not settings.DEMO_MODE:
        return timedelta(0)
    shift = _read.get()
    if shift is None:
        from django.apps import apps  # late: the clock is imported before the models are ready

        row = apps.get_model("journal", "DemoClock").objects.first()
        shift = timedelta(seconds=row.shift_seconds) if row else timedelta(0)
        _read.set(shift)
    return shift


def forget(**kwargs: object) -> None:
    """Read the shift again when it is next asked for: at the beginning of a request or a task, after a move.

    Also a receiver of the signals of both.
    """
    _read.set(None)


def now() -> datetime:
    """The county's time, aware, in Asia/Shanghai."""
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    return timezone.localtime(timezone.now() + _shift())


def local_day(moment: datetime) -> date:
    """The county's calendar day of an instant, which the database keeps in UTC."""
    return timezone.localtime(moment).date()


def today() -> date:
    """The county's calendar day (Asia/Shanghai)."""
    return now().date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let this context believe that it is ``moment`` (aware): for building the demo county and for tests."""
    token = _fixed.set(timezone.localtime(moment))
    try:
        yield
    finally:
        _fixed.reset(token)
