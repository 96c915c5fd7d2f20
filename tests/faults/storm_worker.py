"""A Celery worker that knows one more kind of job, cheap enough for thousands.

Begun as ``python -m tests.faults.storm_worker NAME``.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from typing import Any

import django
from django.apps import apps
from django.utils import timezone

if not apps.ready:
    django.setup()

from shuangjian.celery import app
from shuangjian.journal import audit, jobs
from shuangjian.journal.models import Job, Notification

KIND = "tests.storm"


@jobs.register(KIND)
class Storm:
    """Works for a moment; its effect is one notice that names job and attempt, so that a second one shows."""

    def work(self, claim: jobs.Claim) -> int:
        for step in range(4):
            claim.progress("风暴", step, 4)
            time.sleep(random.uniform(0, 0.03))
        return claim.attempt

    def finish(self, claim: jobs.Claim, outcome: int) -> dict[str, Any]:
        Notification.objects.create(
            recipient_id=claim.owner_id,
            kind="storm",
            title="已完成",
            dedupe_key=f"storm:{claim.payload['number']}:{outcome}",
            created_at=timezone.now(),
        )
        job = Job.objects.get(pk=claim.job_id)
        audit.record(action="tests.storm", subject=job, actor=None, after={"number": claim.payload["number"]})
        return {"number": claim.payload["number"]}


def _end_with(parent: int) -> None:
    """A test that is killed leaves no worker behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    options = [
        "--queues",
        "fast",
        "--pool",
        "solo",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "WARNING",
    ]
    app.worker_main(["worker", "--hostname", sys.argv[1], *options])
