"""The portal's clock: what day it is for the county. Leases and retries use the machine's own time instead.

In demo mode the county lives on the date it was built for (``demo_county --as-of``): the shift is one row
of the database, so that web, worker and beat agree. Outside demo mode the row is never read.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

_CACHE_SECONDS = 5.0
_cached: tuple[float, timedelta] | None = None
_fixed: ContextVar[datetime | None] = ContextVar("fixed clock", default=None)


def _shift() -> timedelta:
    global _cached
    if not settings.DEMO_MODE:
        return timedelta(0)
    if _cached is not None and time.monotonic() - _cached[0] < _CACHE_SECONDS:
        return _cached[1]
    from django.apps import apps  # late: the clock is imported before the models are ready

    row = apps.get_model("journal", "DemoClock").objects.first()
    shift = timedelta(seconds=row.shift_seconds) if row else timedelta(0)
    _cached = (time.monotonic(), shift)
    return shift


def forget() -> None:
    """Drop the remembered shift, after the demo clock was set in this process."""
    global _cached
    _cached = None


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
