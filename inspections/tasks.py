"""Entrances for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from inspections import digests
from inspections.workflows import deadlines, rechecks, returns, surveys
from shuangjian.journal.sweeps import AN_HOUR, one_at_a_time


@shared_task(name="inspections.tasks.sweep_deadlines", ignore_result=True)
@one_at_a_time("inspections.sweep_deadlines", "期限提醒和逾期", AN_HOUR)
def sweep_deadlines() -> None:
    """Send due reminders and mark what became overdue; safe at any time, twice and in parallel."""
    deadlines.sweep()


@shared_task(name="inspections.tasks.draw_rechecks", ignore_result=True)
@one_at_a_time("inspections.draw_rechecks", "抽取回头看", AN_HOUR)
def draw_rechecks() -> None:
    """Draw what is looked at again of every month that is over; each month once."""
    rechecks.sweep()


@shared_task(name="inspections.tasks.make_returns", ignore_result=True)
@one_at_a_time("inspections.make_returns", "建立到期的上报表", AN_HOUR)
def make_returns() -> None:
    """Make the tables that go up of every period that is over; each period once."""
    returns.sweep()


@shared_task(name="inspections.tasks.sweep_digests", ignore_result=True)
@one_at_a_time("inspections.sweep_digests", "每日汇总", AN_HOUR)
def sweep_digests() -> None:
    """Order the day's digests to mailboxes and groups; safe at any time, twice and in parallel."""
    digests.sweep()


@shared_task(name="inspections.tasks.sweep_surveys", ignore_result=True)
@one_at_a_time("inspections.sweep_surveys", "更新家长问卷汇总", AN_HOUR)
def sweep_surveys() -> None:
    """Renew the parents' results on their fixed days and end windows that are over; each day once."""
    surveys.sweep()
