"""Entrances for Celery: ids and dates in, one workflow call, no rule inside. The beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from inspections.workflows import deadlines


@shared_task(name="inspections.tasks.sweep_deadlines", ignore_result=True, acks_late=False)
def sweep_deadlines() -> None:
    """Send due reminders and mark what became overdue; safe at any time, twice and in parallel."""
    deadlines.sweep()
