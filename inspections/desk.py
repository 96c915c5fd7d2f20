"""待办: what each person has to do next, one list from every noun, most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from inspections.models import Problem, RectificationTask, SelfCheck, SupervisionReport, Visit
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import UNIT_HEADS, UNIT_ROLES, Role
from shuangjian.accounts.selectors import county

MOST_ROWS = 50  # of one source; the rest is a link to the full list


@dataclass(frozen=True)
class DeskRow:
    """One thing to do: the verb and what, whose, by when, where."""

    what: str
    about: str
    due_on: date | None
    url: str


@dataclass(frozen=True)
class DeskGroup:
    """Rows of one urgency: 已逾期, 今天, 7天内 or 其他."""

    title: str
    rows: list[DeskRow]
    is_late: bool = False


def groups_for(user: User) -> list[DeskGroup]:
    """Everything the person has to do, grouped by urgency, earliest date first; empty groups are left out."""
    today = clock.today()
    rows = sorted(rows_for(user), key=lambda row: (row.due_on is None, row.due_on or today, row.about))
    soon = today + timedelta(days=7)
    groups = [
        DeskGroup("已逾期", [row for row in rows if row.due_on and row.due_on < today], is_late=True),
        DeskGroup("今天", [row for row in rows if row.due_on == today]),
        DeskGroup("7天内", [row for row in rows if row.due_on and today < row.due_on <= soon]),
        DeskGroup("其他", [row for row in rows if row.due_on is None or row.due_on > soon]),
    ]
    return [group for group in groups if group.rows]


def rows_for(user: User) -> Iterator[DeskRow]:
    """The rows of every source that concerns one of the person's roles."""
    for roles, source in _SOURCES:
        if user.has_role(*roles):
            yield from source(user)


def _own(user: User, roles: frozenset[str], prefix: str = "") -> Q:
    ids = user.unit_ids(roles)
    return Q(**{f"{prefix}organisation__in": ids}) | Q(**{f"{prefix}organisation__filer__in": ids})


def _task_row(what: str, task: RectificationTask, due_on: date | None) -> DeskRow:
    problem = task.problem
    about = f"{problem.no} {problem.organisation.name} 第{problem.rule.number}条"
    return DeskRow(what, about, due_on, reverse("problem", args=[problem.no]))


def _tasks(user: User) -> QuerySet[RectificationTask]:
    visible = RectificationTask.objects.visible_to(user)
    return visible.select_related("problem__organisation", "problem__rule").order_by("due_on")


def _unit_rows(user: User) -> Iterator[DeskRow]:
    checks = SelfCheck.objects.filter(_own(user, UNIT_ROLES)).open().select_related("round", "organisation")
    is_head = user.has_role(*UNIT_HEADS)
    for check in checks.order_by("due_on")[:MOST_ROWS]:
        if check.state == SelfCheck.State.CONFIRMING:
            what = "确认自查" if is_head else "等待负责人确认自查"
        else:
            what = "按退回意见修改自查" if check.state == SelfCheck.State.RETURNED else "填写自查"
        about = f"{check.organisation.name} {check.round.title}"
        yield DeskRow(what, about, check.due_on, reverse("check", args=[check.no]))
    mine = _tasks(user).filter(_own(user, UNIT_ROLES, "problem__"))
    for task in mine.filter(state="planning")[:MOST_ROWS]:
        yield _task_row("提交整改计划", task, task.plan_due_on)
    for task in mine.filter(state="rectifying")[:MOST_ROWS]:
        yield _task_row("整改并销号" if task.problem.light_track else "整改并申请销号", task, task.due_on)


def _review_rows(user: User) -> Iterator[DeskRow]:
    checks = (
        SelfCheck.objects.visible_to(user).filter(state="submitted").select_related("organisation", "round")
    )
    settings_row = county()
    days = settings_row.check_review_days if settings_row else 5
    for check in checks.order_by("submitted_at")[:MOST_ROWS]:
        due_on = _working_days_after(check.submitted_at.date(), days) if check.submitted_at else None
        about = f"{check.organisation.name} {check.round.title}"
        yield DeskRow("审核自查", about, due_on, reverse("check", args=[check.no]))


def _working_days_after(day: date, days: int) -> date:
    from shuangjian.policy import calendar

    return calendar.add_working_days(day, days).on


def _judging_rows(user: User) -> Iterator[DeskRow]:
    tasks = _tasks(user)
    settings_row = county()
    plan_days = settings_row.plan_review_days if settings_row else 3
    verify_days = settings_row.verify_days if settings_row else 10
    for task in tasks.filter(state="plan_review")[:MOST_ROWS]:
        yield _task_row(
            "审核整改计划",
            task,
            None if task.plan_due_on is None else _working_days_after(task.plan_due_on, plan_days),
        )
    for task in tasks.filter(state="verifying")[:MOST_ROWS]:
        due_on = _working_days_after(task.applied_at.date(), verify_days) if task.applied_at else None
        yield _task_row("核查销号申请", task, due_on)


def _closing_rows(user: User) -> Iterator[DeskRow]:
    tasks = _tasks(user).filter(state="verified")
    critical = Q(problem__severity=Problem.Severity.CRITICAL)
    government = Q(problem__origin=Problem.Origin.GOVERNMENT_SUPERVISION)
    mine = Q(pk__in=[])
    if user.has_role(Role.LEADER):
        mine |= critical
    if user.has_role(Role.SUPERVISION_OFFICE):
        mine |= ~critical & government
    if user.has_role(Role.TASK_FORCE):
        mine |= ~critical & ~government
    for task in tasks.filter(mine)[:MOST_ROWS]:
        yield _task_row("同意销号", task, task.due_on)


def _visit_rows(user: User) -> Iterator[DeskRow]:
    words = {"planned": "到现场督导", "ongoing": "继续督导", "summing_up": "双方确认现场检查记录"}
    visits = Visit.objects.filter(members__user=user, state__in=list(words)).select_related("organisation")
    for visit in visits.order_by("planned_on")[:MOST_ROWS]:
        about = f"{visit.no} {visit.organisation.name}"
        yield DeskRow(words[visit.state], about, visit.planned_on, reverse("visit", args=[visit.no]))


def _report_rows(user: User) -> Iterator[DeskRow]:
    reports = SupervisionReport.objects.visible_to(user)
    if user.has_role(Role.SUPERVISION_OFFICE):
        for report in reports.filter(state="draft")[:MOST_ROWS]:
            what = "按退回意见修改报告" if report.return_words else "写完并送签报告"
            yield DeskRow(what, report.title, None, reverse("report", args=[report.no]))
    if user.has_role(Role.LEADER):
        for report in reports.filter(state="review")[:MOST_ROWS]:
            yield DeskRow("签发报告", report.title, clock.today(), reverse("report", args=[report.no]))


_SOURCES: list[tuple[frozenset[str], Callable[[User], Iterator[DeskRow]]]] = [
    (UNIT_ROLES, _unit_rows),
    (frozenset({Role.TASK_FORCE}), _review_rows),
    (frozenset({Role.TASK_FORCE, Role.AREA_INSPECTOR}), _judging_rows),
    (frozenset({Role.TASK_FORCE, Role.SUPERVISION_OFFICE, Role.LEADER}), _closing_rows),
    (frozenset({Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR}), _visit_rows),
    (frozenset({Role.SUPERVISION_OFFICE, Role.LEADER}), _report_rows),
]
