"""Dates that were provisional enter their rows again once the days of the year are there; dates that pause
while pupils are away, when the terms change.

Each on the locked row, only while somebody still has to keep the date and nobody has moved it since; with one
audit entry and a notice to whoever must keep it. A date never moves into the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from inspections import notices, pause_limits
from inspections.complaints import limits
from inspections.models import Complaint, RectificationTask, SelfCheck, Suggestion
from inspections.workflows import complaints
from inspections.workflows.self_check import due_after_return
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders, people_of
from shuangjian.dates import cn_short
from shuangjian.journal import audit
from shuangjian.journal.models import Versioned
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import CountedDate
from shuangjian.policy.school_days import Lessons, next_school_day
from shuangjian.policy.workflows import counting

audit.name_actions(
    {
        "inspections.task.recounted": "按公布的放假安排重算计划期限",
        "inspections.task.limit_recounted": "按校历重算整改期限",
        "inspections.check.recounted": "按公布的放假安排重算自查期限",
        "inspections.suggestion.recounted": "按公布的放假安排重算答复期限",
    }
)


def register() -> None:
    """Tell the calendar how its dates enter the rows of this app."""
    counting.adopt_by(RectificationTask, "plan_due_on", adopt_plan_date)
    counting.adopt_by(RectificationTask, "due_on", adopt_limit)
    counting.adopt_by(SelfCheck, "due_on", adopt_check_date)
    counting.adopt_by(Suggestion, "due_on", adopt_answer_date)
    counting.adopt_by(Complaint, "due_on", adopt_complaint_date)


def adopt_plan_date(counted: CountedDate, computed: Computed) -> date | None:
    """By when a plan is submitted or judged: the unit's at the latest by the task's own date."""
    states = RectificationTask.State
    rows = RectificationTask.objects.filter(state__in=[states.PLANNING, states.PLAN_REVIEW])
    task = _waiting(rows.select_related("problem__organisation"), counted, "plan_due_on")
    if task is None:
        return None
    problem, is_units_turn = task.problem, task.state == states.PLANNING
    what = "提交整改计划" if is_units_turn else "审核整改计划"
    return _enter(
        task,
        "plan_due_on",
        min(task.due_on, computed.on) if is_units_turn else computed.on,
        computed,
        action="inspections.task.recounted",
        unit=problem.organisation,
        people=lambda: people_of(problem.organisation) if is_units_turn else notices.reviewers_of(problem),
        what=f"问题{problem.no}{what}",
        url=reverse("problem", args=[problem.no]),
    )


def adopt_limit(counted: CountedDate, computed: Computed) -> date | None:
    """By when a problem is put right whose measures need pupils; those due on a day without go along."""
    rows = RectificationTask.objects.filter(state=RectificationTask.State.RECTIFYING)
    task = _waiting(rows.select_related("problem__organisation"), counted, "due_on")
    if task is None or not pause_limits.pauses(task):
        return None
    lessons = Lessons.known()
    for measure in task.plan.filter(needs_pupils=True, done_on=None):
        if lessons.are_off(measure.due_on):
            measure.due_on = next_school_day(measure.due_on)
            measure.save(update_fields=["due_on"])
    return _enter(
        task,
        "due_on",
        computed.on,
        computed,
        action="inspections.task.limit_recounted",
        unit=task.problem.organisation,
        people=lambda: people_of(task.problem.organisation),
        what=f"问题{task.problem.no}整改",
        url=reverse("problem", args=[task.problem.no]),
    )


def adopt_check_date(counted: CountedDate, computed: Computed) -> date | None:
    """By when a returned check is submitted again."""
    rows = SelfCheck.objects.open().select_related("organisation", "round")
    check = _waiting(rows, counted, "due_on")
    if check is None:
        return None
    return _enter(
        check,
        "due_on",
        due_after_return(check, computed),
        computed,
        action="inspections.check.recounted",
        unit=check.organisation,
        people=lambda: people_of(check.organisation),
        what=f"{check.round.title}（{check.organisation.name}）",
        url=reverse("check", args=[check.no]),
    )


def adopt_answer_date(counted: CountedDate, computed: Computed) -> date | None:
    """By when a suggestion is answered."""
    row = _waiting(Suggestion.objects.waiting(), counted, "due_on")
    if row is None:
        return None
    return _enter(
        row,
        "due_on",
        computed.on,
        computed,
        action="inspections.suggestion.recounted",
        unit=row.organisation,
        people=lambda: holders(Role.TASK_FORCE),
        what=f"答复意见建议{row.no}",
        url=reverse("suggestion", args=[row.no]),
    )


def adopt_complaint_date(counted: CountedDate, computed: Computed) -> date | None:
    """By when a matter is taken up or answered: the earliest of its clocks, counted again."""
    row = _waiting(Complaint.objects.running().select_related("organisation"), counted, "due_on")
    if row is None:
        return None
    first = limits.clocks_of(row)[0]
    Complaint.objects.filter(pk=row.pk).update(due_by=first.name)
    return _enter(
        row,
        "due_on",
        first.on,
        computed,
        action="inspections.complaint.recounted",
        unit=None,
        people=lambda: complaints.officers_of(row),
        what=f"办理反映{row.no}",
        url=row.get_absolute_url(),
    )


def _waiting(rows: QuerySet[Any], counted: CountedDate, field: str) -> Any:
    """The locked row while it waits with the date that was counted; None where it went on or was moved."""
    return rows.select_for_update(of=("self",)).filter(pk=counted.subject_id, **{field: counted.on}).first()


def _enter(
    row: Versioned,
    field: str,
    on: date,
    computed: Computed,
    *,
    action: str,
    unit: Organisation | None,
    people: Callable[[], Iterable[User]],
    what: str,
    url: str,
) -> date:
    """Write the date, tell of it, journal it; a date that stays is told nobody."""
    before: date = getattr(row, field)
    if on == before or on < clock.today():
        return before
    setattr(row, field, on)
    row.version += 1
    row.save(update_fields=[field, "version"])
    title = f"{what}的期限由{cn_short(before)}改为{cn_short(on)}"
    reason = (
        "学期和放假停课变了，按上课日重算" if computed.in_lessons else "放假安排公布后重算，原期限是暂定的"
    )
    words = f"{computed.explain()}。{reason}" if on == computed.on else reason
    notices.tell(people(), "deadline.recounted", row, url, title, words)
    audit.record(
        action=action,
        subject=row,
        actor=None,
        organisation=unit,
        before={field: str(before)},
        after={field: str(on), "days": computed.days, "from": str(computed.start_on)},
    )
    return on
