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

from shuangjian.journal import audit, jobs
from shuangjian.journal.models import Heartbeat, IdempotencyKey

log = logging.getLogger(__name__)
P = ParamSpec("P")

KEYS_KEPT = timedelta(days=30)  # longer than anybody leaves a form open
SILENT_AFTER = timedelta(minutes=3)  # of what is to be heard each minute
AN_HOUR = timedelta(hours=1)  # of what comes four times an hour
A_DAY = timedelta(hours=25)  # of what comes once a day: a day, and an hour for its turn


@dataclass(frozen=True)
class Expected:
    """What is to be heard of again and again: its name for people, and after what silence it is missed."""

    words: str
    silent_after: timedelta = SILENT_AFTER


# By the name of the heartbeat. Workers come and go under new names; that a queue is served at all is what its
# canary shows.
EXPECTED = {"canary:fast": Expected("一般任务"), "canary:pdf": Expected("生成PDF")}


def one_at_a_time(
    name: str, words: str = "", silent_after: timedelta = A_DAY
) -> Callable[[Callable[P, object]], Callable[P, bool]]:
    """Decorator: let a sweep pass while the same sweep runs elsewhere, so that two beats are harmless.

    Holds a PostgreSQL advisory lock, which ends with its connection. The decorated function tells whether it
    ran. ``words`` is what the status page calls it.
    """
    if words:
        EXPECTED[f"sweep:{name}"] = Expected(words, silent_after)

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


_EACH_MINUTE = ("sweep:jobs", "canary:fast", "canary:pdf")
_ANY_SWEEP = Expected("定时任务", A_DAY)


def health() -> Health:
    """What has been silent for three minutes, or for longer where it comes more rarely. One query."""
    now = timezone.now()
    seen = dict(Heartbeat.objects.exclude(name__startswith="worker:").values_list("name", "seen_at"))
    late = [name for name in sorted(seen) if now - seen[name] > EXPECTED.get(name, _ANY_SWEEP).silent_after]
    unheard = [name for name in _EACH_MINUTE if name not in seen]
    if not late and not unheard:
        return Health()
    longest = max((now - seen[name] for name in late), default=None)
    words = dict.fromkeys(
        _ANY_SWEEP.words if name.startswith("sweep:") else EXPECTED.get(name, _ANY_SWEEP).words
        for name in [*late, *unheard]
    )
    return Health(tuple(words), int(longest.total_seconds() // 60) if longest else None)


@one_at_a_time("jobs", "补办到时的后台任务", SILENT_AFTER)
def due_jobs() -> None:
    """Ring for due jobs that nobody holds."""
    jobs.sweep()


@one_at_a_time("checkpoint", "写审计日志校验点")
def checkpoint() -> None:
    """Append the head of the audit chain to the file outside the database."""
    audit.write_checkpoint()


@one_at_a_time("keys", "清理防重复提交的编号")
def old_rows() -> None:
    """Forget the keys of forms answered long ago and workers that are gone."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT).delete()
    Heartbeat.objects.filter(
        name__startswith="worker:", seen_at__lt=timezone.now() - timedelta(days=1)
    ).delete()
