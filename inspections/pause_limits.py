"""假期停计: a school's limit pauses while its pupils are away, where a measure of the plan needs them (P20).

Red lines never pause. A date that an extension set is the date that was meant. Chasing pauses with the limit
(``workflows.deadlines``); a later change of the terms counts it again (``workflows.recounts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from inspections.models import RectificationTask
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.dates import cn_date, cn_short
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.school_days import Lessons


def may_pause(task: RectificationTask) -> bool:
    """May a measure of its plan be marked as one that needs pupils?"""
    is_school = task.organisation.kind == Organisation.Kind.SCHOOL
    return is_school and not task.problem.is_red_line and not task.granted_extensions


def pauses(task: RectificationTask) -> bool:
    """Does its date pause now: is a measure that needs pupils to be done yet? Lists prefetch ``measures``."""
    waits = any(one.needs_pupils and one.done_on is None for one in task.measures_in_force)
    return waits and may_pause(task)


def paused_limit(task: RectificationTask, lessons: Lessons) -> Computed:
    """The task's date again, counted on days with pupils alone from the day its round began."""
    days = calendar.working_days_between(task.begun_on, task.due_on)
    return lessons.add(task.begun_on, days)


@dataclass(frozen=True)
class PlanLimits:
    """By when the measures of a plan are done."""

    due_on: date
    lessons: Lessons
    paused: Computed | None  # None: no measure may pause

    @property
    def with_pupils(self) -> date:
        """The last day for a measure that needs pupils."""
        return max(self.due_on, self.paused.on) if self.paused else self.due_on

    def fault(self, on: date, *, needs_pupils: bool) -> str:
        """Why a measure cannot be due on ``on``, as the end of a sentence; empty where it can."""
        if on < clock.today():
            return "完成时限不能早于今天"
        latest = self.with_pupils if needs_pupils else self.due_on
        if on > latest:
            return f"完成时限要在整改期限（{cn_date(latest)}）以内"
        if needs_pupils and self.lessons.are_off(on):
            return f"完成时限{cn_short(on)}学生不在校，请改选上课的日期"
        return ""


def plan_limits(task: RectificationTask) -> PlanLimits:
    """The limits of the plan that the unit writes now."""
    lessons = Lessons.known()
    return PlanLimits(task.due_on, lessons, paused_limit(task, lessons) if may_pause(task) else None)
