"""What a Celery worker does besides its tasks: refuse a forgetful broker, ring what waited, be heard of."""

from __future__ import annotations

import logging
import threading
from typing import Any

import redis
from celery.signals import task_prerun, worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import connection

from shuangjian import clock
from shuangjian.journal import doorbell, jobs, sweeps

log = logging.getLogger(__name__)
_stop = threading.Event()
task_prerun.connect(clock.forget)  # each task sees the demo clock as it stands


@worker_init.connect
def refuse_a_forgetful_broker(**kwargs: Any) -> None:
    """A Redis that may evict keys would drop doorbells silently when memory is short: do not start with it.

    Where Redis does not answer yet, Celery itself waits for it.
    """
    try:
        with doorbell.broker(timeout=5) as client:
            policy = client.info("memory").get("maxmemory_policy", "noeviction")
            appends = client.info("persistence").get("aof_enabled", 1)
    except redis.RedisError:
        log.warning("the broker does not answer yet")
        return
    if policy != "noeviction":
        raise SystemExit(f"Redis的maxmemory-policy现在是{policy}，请改为noeviction后再启动")
    if not appends:
        log.warning("the broker keeps no append-only file; after its restart the sweep rings again")


@worker_ready.connect
def begin(sender: Any, **kwargs: Any) -> None:
    """Ring what waited while no worker was there, then say every sweep that this one lives."""
    name = f"worker:{sender.hostname}"[:80]
    threading.Thread(target=_live, args=[name], daemon=True, name="heartbeat").start()


def _live(name: str) -> None:
    first = True
    while True:
        try:
            sweeps.beat(name)
            if first:
                jobs.sweep()
            first = False
        except Exception:
            log.warning("the heartbeat was not written")
        finally:
            connection.close()  # not kept open: child processes are forked beside this thread
        if _stop.wait(settings.JOB_SWEEP_SECONDS):
            return


@worker_shutdown.connect
def end(**kwargs: Any) -> None:
    _stop.set()
