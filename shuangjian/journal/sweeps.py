"""What beat asks for again and again. Sweeps read the tables: safe twice, in parallel, after silence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
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

    Holds a PostgreSQL advisory lock, which ends with its connection. The decorated function tells whether it
    ran.
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


@dataclass(frozen=True)
class Health:
    """Whether the background works: what is silent, in words, for how many minutes (None: never heard)."""

    silent: tuple[str, ...] = ()
    minutes: int | None = None

    @property
    def is_good(self) -> bool:
        return not self.silent


# Workers come and go under new names; that a queue is served at all is what its canary shows.
_HEARD_EACH_MINUTE = {"sweep:jobs": "定时任务", "canary:fast": "一般任务", "canary:pdf": "生成PDF"}
_HEARD_EACH_DAY = timedelta(hours=25)  # every other sweep: a day, and an hour for its turn


def health() -> Health:
    """What has been silent for three minutes, or for a day where a sweep runs more rarely. One query."""
    now = timezone.now()
    seen = dict(Heartbeat.objects.exclude(name__startswith="worker:").values_list("name", "seen_at"))
    allowed = {name: SILENT_AFTER if name in _HEARD_EACH_MINUTE else _HEARD_EACH_DAY for name in seen}
    late = [name for name in sorted(seen) if now - seen[name] > allowed[name]]
    unheard = [name for name in _HEARD_EACH_MINUTE if name not in seen]
    if not late and not unheard:
        return Health()
    longest = max((now - seen[name] for name in late), default=None)
    words = tuple(dict.fromkeys(_HEARD_EACH_MINUTE.get(name, "定时任务") for name in [*late, *unheard]))
    return Health(words, int(longest.total_seconds() // 60) if longest else None)


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
