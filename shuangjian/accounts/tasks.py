"""Entrances for Celery; the beat schedule is in shuangjian/celery.py."""

from __future__ import annotations

from celery import shared_task

from shuangjian.accounts import rate_limits, sessions, sign_in_limits
from shuangjian.journal.sweeps import AN_HOUR, one_at_a_time


@shared_task(name="shuangjian.accounts.tasks.sweep_sessions", ignore_result=True)
@one_at_a_time("accounts.sweep_sessions", "清理已结束的登录")
def sweep_sessions() -> None:
    """Forget the sessions that have ended and the log of signing in of half a year ago."""
    sessions.forget_ended()
    sign_in_limits.forget_old_rows()


@shared_task(name="shuangjian.accounts.tasks.sweep_rates", ignore_result=True)
@one_at_a_time("accounts.sweep_rates", "清理访问次数的计数", AN_HOUR)
def sweep_rates() -> None:
    """Forget how often an address came in times that are over."""
    rate_limits.forget()
