"""The Celery app and the beat schedule. No law is written as a crontab: every entry asks the tables what is due."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuangjian.settings")

app = Celery("shuangjian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def schedule(sender: Celery, **kwargs: Any) -> None:
    from django.conf import settings

    sender.conf.beat_schedule = {
        # Due jobs nobody holds: the longest a lost doorbell can cost.
        "sweep-jobs": {"task": "shuangjian.journal.tasks.sweep_jobs", "schedule": settings.JOB_SWEEP_SECONDS},
        # Dates change once a day; every 15 minutes so that a day is never waited for after a stop.
        "sweep-phases": {"task": "shuangjian.policy.tasks.sweep_phases", "schedule": settings.DATE_SWEEP_SECONDS},
        "sweep-deadlines": {"task": "inspections.tasks.sweep_deadlines", "schedule": settings.DATE_SWEEP_SECONDS},
    }


@worker_init.connect
def refuse_a_forgetful_broker(**kwargs: Any) -> None:
    """A Redis that may evict keys would drop doorbells silently under memory pressure: refuse to start with it."""
    import redis
    from django.conf import settings

    url = settings.REDIS_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    policy = redis.Redis.from_url(url, socket_timeout=5).config_get("maxmemory-policy")
    if policy.get("maxmemory-policy") != "noeviction":
        raise SystemExit("Redis的maxmemory-policy必须是noeviction，请改好后再启动")
