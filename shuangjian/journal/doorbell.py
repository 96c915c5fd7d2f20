"""Ringing for a worker: a message with the job's id, sent after commit, quickly or not at all.

A lost ring costs one sweep, never the job; so nobody waits for a broker that is down or frozen. Measured with
Redis stopped by SIGSTOP: a publish by itself takes 6 s and more, since the client repeats its handshake;
asking for a PING first takes half a second, once in 30 s.
"""

from __future__ import annotations

import logging
import time

import redis
from celery import current_app
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

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
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        with broker() as client:
            client.ping()
        current_app.send_task("shuangjian.journal.tasks.run_job", args=[job_id], queue=queue, retry=False)
    except Exception as reason:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        log.warning(
            "the broker does not answer (%s), nobody rings for %s s", type(reason).__name__, QUIET_SECONDS
        )
        return False
    return True


def forget_failure() -> None:
    """Try again at once: a process that just began has no reason to keep quiet."""
    global _quiet_until
    _quiet_until = 0.0
