"""Entrances for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from shuangjian.journal.sweeps import AN_HOUR, one_at_a_time
from shuangjian.policy.workflows import counting, phases


@shared_task(name="shuangjian.policy.tasks.sweep_phases", ignore_result=True)
@one_at_a_time("policy.sweep_phases", "实施方案步骤的开始和结束", AN_HOUR)
def sweep_phases() -> None:
    """Open and close the plan's steps that are due."""
    phases.sweep()


@shared_task(name="shuangjian.policy.tasks.sweep_counts", ignore_result=True)
@one_at_a_time("policy.sweep_counts", "重算暂定日期", AN_HOUR)
def sweep_counts() -> None:
    """Count provisional dates again whose year has come in meanwhile."""
    counting.sweep()
