"""Entrances for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from inspections import digests
from inspections.workflows import (
    attainment,
    deadlines,
    disclosures,
    goals,
    patterns,
    rechecks,
    returns,
    surveys,
)
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


@shared_task(name="inspections.tasks.count_attainment", ignore_result=True)
@one_at_a_time("inspections.count_attainment", "统计达标情况", AN_HOUR)
def count_attainment() -> None:
    """Count the units of the present term about which something was recorded; twice it finds nothing new."""
    attainment.sweep()


@shared_task(name="inspections.tasks.count_goals", ignore_result=True)
@one_at_a_time("inspections.count_goals", "统计和固定学期指标", timedelta(hours=2))
def count_goals() -> None:
    """Freeze the goals' figures of terms that are over, each once, and count those of the present term."""
    goals.sweep()


@shared_task(name="inspections.tasks.find_patterns", ignore_result=True)
@one_at_a_time("inspections.find_patterns", "研判提示")
def find_patterns() -> None:
    """Search the present term for what stands out over many units; the same rows twice raise nothing new."""
    patterns.sweep()


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


@shared_task(name="inspections.tasks.take_down_disclosures", ignore_result=True)
@one_at_a_time("inspections.take_down_disclosures", "到期下线", AN_HOUR)
def take_down_disclosures() -> None:
    """Take down what reached its day; each once."""
    disclosures.sweep()
