"""挂账: what the unit cannot solve by itself rests, and is looked at each quarter until it can go on.

Moves of the task's machine (table in ``rectification``). Source: workflow.md §3 (Parking).
"""

from __future__ import annotations

from datetime import date, timedelta

from inspections import notices
from inspections.models import Decision, RectificationTask
from inspections.workflows.rectification import decide, drop_request, move_date, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move
from shuangjian.accounts.models import User
from shuangjian.journal.errors import Refused

MOST_DAYS = 92  # a quarter


def park(*, task_id: int, actor: User, version: int | None, words: str, review_on: date) -> RectificationTask:
    """挂账 with its reason and the day on which it is looked at again, at most a quarter ahead."""
    with moving("park", task_id, actor, version) as step:
        drop_request(step)
        _until(step, Decision.Kind.PARKED, words, review_on)
        notices.parked(step.row, review_on, words.strip())
    return step.row


def keep(*, task_id: int, actor: User, version: int | None, words: str, review_on: date) -> RectificationTask:
    """复核后继续挂账: still so, why, and when it is looked at again."""
    with moving("keep-parked", task_id, actor, version) as step:
        _until(step, Decision.Kind.PARKED_AGAIN, words, review_on)
    return step.row


def resume(*, task_id: int, actor: User, version: int | None, words: str, due_on: date) -> RectificationTask:
    """恢复整改: the unit can go on, with a new date."""
    with moving("resume", task_id, actor, version) as step:
        check_new_date(due_on)
        decide(step, Decision.Kind.RESUMED, words=words.strip())
        step.row.review_on = None
        move_date(step, due_on)
        notices.resumed(step.row, words.strip())
    return step.row


def check_new_date(due_on: date) -> None:
    """Raises Refused where work that goes on again would be due today or earlier."""
    if due_on <= clock.today():
        raise Refused("新的整改期限要晚于今天")


def _until(step: Move[RectificationTask], kind: str, words: str, review_on: date) -> None:
    if not words.strip():
        raise Refused("请写明挂账的理由")
    today = clock.today()
    if not today < review_on <= today + timedelta(days=MOST_DAYS):
        raise Refused(f"复核日期要晚于今天，最长{MOST_DAYS}天（每季度复核一次）")
    decide(step, kind, words=words.strip())
    step.row.review_on = review_on
    step.after["review_on"] = str(review_on)
