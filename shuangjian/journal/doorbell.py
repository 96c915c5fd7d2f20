"""Ringing for a worker: a message with the job's id, sent after commit, quickly or not at all.

A lost ring costs one sweep, never the job; so nobody waits for a broker that is down or frozen. Measured with
Redis stopped by SIGSTOP: a publish by itself takes 6 s and more, since the client repeats its handshake;
asking for a PING first takes half a second, once in 30 s.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import redis
from celery import current_app
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
T = TypeVar("T")

QUEUES = ("fast", "pdf")
QUIET_SECONDS = 30.0  # after a failure nobody tries again for this long
_PATIENCE_SECONDS = 0.5
_quiet_until = 0.0


def broker(timeout: float = _PATIENCE_SECONDS) -> redis.Redis:
    """A plain client of the broker's Redis that gives up after ``timeout`` seconds and never repeats."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
    )


def ring(job_id: int, queue: str) -> bool:
    """Tell a worker of ``queue`` about a job; False where the broker does not answer. Never raises."""

    def send(client: redis.Redis) -> bool:
        client.ping()
        current_app.send_task("shuangjian.journal.tasks.run_job", args=[job_id], queue=queue, retry=False)
        return True

    return _ask(send) or False


def ring_all_sweeps() -> bool:
    """Ask at once for everything that beat asks for by and by; False where the broker does not answer."""

    def send(client: redis.Redis) -> bool:
        client.ping()
        for entry in current_app.conf.beat_schedule.values():
            current_app.send_task(entry["task"], args=entry["args"], retry=False, **entry["options"])
        return True

    return _ask(send) or False


def waiting() -> dict[str, int] | None:
    """How many messages lie in each queue; None where the broker does not answer. Never raises."""
    return _ask(lambda client: {queue: int(client.llen(queue)) for queue in QUEUES})


def _ask(question: Callable[[redis.Redis], T]) -> T | None:
    """The broker's answer; None, without asking, for a while after it gave none."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return None
    try:
        with broker() as client:
            return question(client)
    except Exception as reason:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning(
            "the broker does not answer (%s), nobody rings for %s s", type(reason).__name__, QUIET_SECONDS
        )
        return None


def forget_failure() -> None:
    """Try again at once: a process that just began has no reason to keep quiet."""
    global _quiet_until
    _quiet_until = 0.0
