"""Whether a unit may still object to what was registered (异议), and until when.

Source: the county objects within 5 working days of 签收 (workflow.md §3 and §12, "objection 5 days").
"""

from __future__ import annotations

from inspections.models import Problem, RectificationTask
from shuangjian import clock
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed

WITHIN_DAYS = 5  # working days of 签收


def counted(task: RectificationTask) -> Computed | None:
    """The last day on which the unit may object, inclusive, with its arithmetic; None before 签收."""
    if task.acknowledged_at is None:
        return None
    return calendar.add_working_days(clock.local_day(task.acknowledged_at), WITHIN_DAYS)


def why_not(task: RectificationTask) -> str:
    """Why the unit cannot object now, in words; empty where it can."""
    if task.problem.origin == Problem.Origin.SELF_CHECK:
        return "自查发现的问题由本单位自己认定，不用提出异议"
    until = counted(task)
    if until is None:
        return "先签收，再提出异议"
    if clock.today() > until.on:
        return f"签收后{WITHIN_DAYS}个工作日内提出异议，已过期限"
    if task.objections.exists():
        return "已经提出过异议"
    return ""
