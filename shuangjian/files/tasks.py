"""Entrances for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from shuangjian.files import blobs, resumable
from shuangjian.journal.sweeps import AN_HOUR, one_at_a_time


@shared_task(name="shuangjian.files.tasks.sweep_uploads", ignore_result=True)
@one_at_a_time("files.sweep_uploads", "清理没有传完的文件", AN_HOUR)
def sweep_uploads() -> None:
    """Forget uploads whose rest never came, and what killed processes left in the workshop."""
    resumable.sweep()
    blobs.sweep()
