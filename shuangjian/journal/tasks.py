"""Entrances for Celery. A message carries an id; what is done, and whether, the rows decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task
from django.db import connection
from django.utils import timezone

from shuangjian.journal import jobs
from shuangjian.journal.models import Heartbeat


def one_at_a_time(name: str) -> Callable[[Callable[[], Any]], Callable[[], None]]:
    """Let a sweep pass when the same sweep runs elsewhere: two beats are harmless. A PostgreSQL advisory lock."""

    def decorate(sweep: Callable[[], Any]) -> Callable[[], None]:
        @wraps(sweep)
        def run() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
                if not cursor.fetchone()[0]:
                    return
            try:
                sweep()
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])

        return run

    return decorate


@shared_task(ignore_result=True)
def run_job(job_id: int) -> None:
    """Run one job if it is still to be run."""
    jobs.run_now(job_id)


@shared_task(ignore_result=True)
@one_at_a_time("journal.sweep_jobs")
def sweep_jobs() -> None:
    """Ring again for due jobs that nobody holds, and note that beat and worker are alive."""
    jobs.sweep()
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": timezone.now()})
