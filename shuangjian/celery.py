"""The Celery app and its beat schedule. No law is a crontab: every entry asks the tables what is due."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuangjian.settings")

app = Celery("shuangjian")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # so that a beat that begins asks for everything at once


def _every(seconds: float, task: str, *args: Any, queue: str = "fast") -> dict[str, Any]:
    # A message that nobody took before the next one is due says nothing new and is dropped.
    options = {"queue": queue, "expires": max(seconds, MINUTE)}
    return {"task": task, "schedule": seconds, "args": args, "options": options, "last_run_at": LONG_AGO}


@app.on_after_configure.connect
def lay_out_the_schedule(sender: Celery, **kwargs: Any) -> None:
    """The whole schedule, kept in code and in beat's memory: no file that could go stale."""
    from django.conf import settings

    sender.conf.beat_scheduler = "celery.beat:Scheduler"
    sender.conf.beat_max_loop_interval = min(5, settings.JOB_SWEEP_SECONDS)
    sender.conf.beat_schedule = {
        # Due jobs that nobody holds: what a lost doorbell costs at most, or a killed worker beyond its lease.
        "jobs": _every(settings.JOB_SWEEP_SECONDS, "shuangjian.journal.tasks.sweep_jobs"),
        # Dates change once a day; every quarter of an hour, so that what a stop missed is made good soon.
        "phases": _every(settings.DATE_SWEEP_SECONDS, "shuangjian.policy.tasks.sweep_phases"),
        "counts": _every(settings.DATE_SWEEP_SECONDS, "shuangjian.policy.tasks.sweep_counts"),
        "deadlines": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.sweep_deadlines"),
        # Papers run out, units close: doubts that no save brings.
        "doubts": _every(settings.DATE_SWEEP_SECONDS, "shuangjian.registers.tasks.sweep_doubts"),
        # What is looked at again after its close-out: drawn once for every month that is over.
        "rechecks": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.draw_rechecks"),
        # Tables that go up: one of every period that is over.
        "returns": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.make_returns"),
        # The parents' results on their days, and how often addresses came.
        "surveys": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.sweep_surveys"),
        "rates": _every(settings.DATE_SWEEP_SECONDS, "shuangjian.accounts.tasks.sweep_rates"),
        # Which units meet the rules: those that the trail names anew.
        "attainment": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.count_attainment"),
        # The goals' figures read the whole county; a term that ended is frozen within the hour.
        "goals": _every(60 * MINUTE, "inspections.tasks.count_goals"),
        # What stands out over many units: once a day, it compares everything with everything.
        "patterns": _every(24 * 60 * MINUTE, "inspections.tasks.find_patterns"),
        # What was made public comes down on its day (P28).
        "disclosures": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.take_down_disclosures"),
        "digests": _every(settings.DATE_SWEEP_SECONDS, "inspections.tasks.sweep_digests"),
        # Half-done uploads whose rest never came.
        "uploads": _every(settings.DATE_SWEEP_SECONDS, "shuangjian.files.tasks.sweep_uploads"),
        # One small message per queue and minute: the status line shows a queue that is not served.
        "canary-fast": _every(MINUTE, "shuangjian.journal.tasks.canary", "fast"),
        "canary-pdf": _every(MINUTE, "shuangjian.journal.tasks.canary", "pdf", queue="pdf"),
        # The head of the audit chain, outside the database: once a day.
        "checkpoint": _every(24 * 60 * MINUTE, "shuangjian.journal.tasks.write_checkpoint"),
        "forget": _every(24 * 60 * MINUTE, "shuangjian.journal.tasks.forget_old_rows"),
        # Sessions end by themselves; their rows stay until somebody clears them away.
        "sessions": _every(24 * 60 * MINUTE, "shuangjian.accounts.tasks.sweep_sessions"),
    }
