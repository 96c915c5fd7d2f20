"""What beat asks for again and again. Every sweep reads the tables and is safe twice, in parallel and after silence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from django.db import connection
from django.utils import timezone

from shuangjian.journal import jobs
from shuangjian.journal.models import Heartbeat, IdempotencyKey

log = logging.getLogger(__name__)
P = ParamSpec("P")

KEYS_KEPT = timedelta(days=30)  # longer than anybody leaves a form open
SILENT_AFTER = timedelta(minutes=3)


def one_at_a_time(name: str) -> Callable[[Callable[P, object]], Callable[P, bool]]:
    """Decorator: let a sweep pass while the same sweep runs elsewhere, so that two beats are harmless.

    Holds a PostgreSQL advisory lock, which ends with its connection. The decorated function says whether it ran.
    """

    def decorate(sweep: Callable[P, object]) -> Callable[P, bool]:
        @wraps(sweep)
        def run(*args: P.args, **kwargs: P.kwargs) -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"sweep {name}"])
                if not cursor.fetchone()[0]:
                    log.info("sweep %s runs elsewhere", name)
                    return False
                try:
                    sweep(*args, **kwargs)
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"sweep {name}"])
            beat(f"sweep:{name}")
            return True

        return run

    return decorate


def beat(name: str) -> None:
    """Note that ``name`` works."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def silent_since() -> list[Heartbeat]:
    """What has not been heard of for three minutes: the queues' canaries and the sweep of jobs. Empty when all is well.

    Workers come and go under new names; that a queue is served at all is what its canary shows.
    """
    return list(
        Heartbeat.objects.filter(seen_at__lt=timezone.now() - SILENT_AFTER)
        .exclude(name__startswith="worker:")
        .order_by("name")
    )


@one_at_a_time("jobs")
def due_jobs() -> None:
    """Ring for due jobs that nobody holds."""
    jobs.sweep()


@one_at_a_time("keys")
def old_rows() -> None:
    """Forget the keys of forms answered long ago and workers that are gone."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT).delete()
    Heartbeat.objects.filter(
        name__startswith="worker:", seen_at__lt=timezone.now() - timedelta(days=1)
    ).delete()
