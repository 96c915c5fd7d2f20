"""Entrance for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from shuangjian.journal.sweeps import AN_HOUR, one_at_a_time
from shuangjian.registers.workflows import doubts


@shared_task(name="shuangjian.registers.tasks.sweep_doubts", ignore_result=True)
@one_at_a_time("registers.sweep_doubts", "数据疑点", AN_HOUR)
def sweep_doubts() -> None:
    """Raise and take back the doubts that a passing date or a closed unit brings."""
    doubts.sweep()
