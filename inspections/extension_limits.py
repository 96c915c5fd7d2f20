"""How often and how far the date of a rectification may be moved (延期), and who decides it.

Source: workflow.md §1 and §3: asked for before the date; a red line is never extended; terms of at most 90
calendar days (立行立改: 10), what goes beyond is the leader's. How often: twice by the task force, then by
the leader alone.
"""

from __future__ import annotations

from datetime import date, timedelta

from inspections.models import Problem, RectificationTask
from inspections.models.problem import AT_ONCE_MOST_DAYS
from shuangjian import clock
from shuangjian.accounts.roles import Role
from shuangjian.dates import cn_date

MOST_BY_STAFF = 2
USUAL_TERM_DAYS = 90  # building, staffing, money; counted from the beginning of the round
MOST_DAYS_AT_A_TIME = 90


def latest_date(task: RectificationTask) -> date:
    """The furthest date to which the task may be moved now, inclusive; not after its own date if none."""
    furthest = task.due_on + timedelta(days=MOST_DAYS_AT_A_TIME)
    if task.problem.rectifying == Problem.Rectifying.AT_ONCE:
        return min(furthest, task.begun_on + timedelta(days=AT_ONCE_MOST_DAYS))
    return furthest


def deciding_role(task: RectificationTask, to_on: date) -> Role:
    """Who moves the date to ``to_on``: the task force twice within the usual term, then the leader."""
    beyond = to_on > task.begun_on + timedelta(days=USUAL_TERM_DAYS)
    return Role.LEADER if beyond or is_leaders(task) else Role.TASK_FORCE


def is_leaders(task: RectificationTask) -> bool:
    """Has the task force moved the date as often as it may?"""
    return len(task.granted_extensions) >= MOST_BY_STAFF


def why_not(task: RectificationTask) -> str:
    """Why the task's date cannot be moved at all now, in words; empty where it can."""
    if task.problem.is_red_line:
        return "红线问题不能延期"
    if task.due_on < clock.today():
        return "已过整改期限，延期要在期限以前提出"
    if task.pending_extension is not None:
        return "已有一份延期申请待批复"
    if latest_date(task) <= task.due_on:
        return f"立行立改的整改期限最长{AT_ONCE_MOST_DAYS}天，不能延期"
    return ""


def fault_of_date(task: RectificationTask, to_on: date) -> str:
    """What is wrong with ``to_on`` as the new date, in words; empty where it will do."""
    if to_on <= task.due_on:
        return f"新的期限要晚于现在的整改期限（{cn_date(task.due_on)}）"
    latest = latest_date(task)
    if to_on > latest:
        return f"新的期限最晚到{cn_date(latest)}"
    return ""
