"""Entrances for Celery. A message carries an id; what is done, and whether, the rows decide."""

from __future__ import annotations

from celery import shared_task

from shuangjian.journal import jobs, sweeps
from shuangjian.journal import worker as worker  # connects what a worker does besides its tasks


@shared_task(ignore_result=True)
def run_job(job_id: int) -> None:
    """Run one job if it is still to be run."""
    jobs.run_now(job_id)


@shared_task(ignore_result=True)
def sweep_jobs() -> None:
    """Ring again for due jobs that nobody holds."""
    sweeps.due_jobs()


@shared_task(ignore_result=True)
def canary(queue: str) -> None:
    """Prove that messages to ``queue`` are taken up and that its worker can write."""
    sweeps.beat(f"canary:{queue}")


@shared_task(ignore_result=True)
def write_checkpoint() -> None:
    """Append the head of the audit chain to the file outside the database."""
    sweeps.checkpoint()


@shared_task(ignore_result=True)
def forget_old_rows() -> None:
    """Drop keys of forms and names of workers that nobody asks for any more."""
    sweeps.old_rows()
