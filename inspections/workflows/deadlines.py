"""Chasing dates: reminders before a date, on the day and after it, and the day a task becomes overdue.

A sweep asks which rungs each open case has passed; the outbox's unique key makes sure that each is sent once,
whatever is run twice, in parallel or missed for days. Nothing here relies on being run on a certain day.

Source: phases.yaml ``escalation_default`` (0, 3, 5, 10, 20 working days); decisions.md, "Ladder" (7, 3, 1
before); practice.md P8 (a light self-reported problem never climbs above +5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from inspections.models import RectificationTask, SelfCheck
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import UNIT_HEADS, UNIT_ROLES, Role
from shuangjian.accounts.selectors import holders, people_of
from shuangjian.journal import audit, outbox
from shuangjian.policy import calendar

REMIND_BEFORE = (7, 3, 1)  # working days
LIGHT_TRACK_CEILING = 5  # working days after the date
_HORIZON = timedelta(days=20)  # calendar days that surely hold the longest reminder's working days


@dataclass(frozen=True)
class Rung:
    """One rung after a missed date: how many working days after, and whom it tells."""

    after: int
    audience: str  # unit, heads, task_force, leader, supervision


RUNGS = (
    Rung(0, "unit"),
    Rung(3, "heads"),
    Rung(5, "task_force"),
    Rung(10, "leader"),
    Rung(20, "supervision"),
)


@dataclass(frozen=True)
class Case:
    """Something with a date that somebody must keep, whatever noun it is."""

    key: str  # unique over nouns: "check:12"
    subject: SelfCheck | RectificationTask
    organisation: Organisation
    what: str
    due_on: date
    url: str
    ceiling: int


def sweep() -> int:
    """Send every reminder whose time has come and mark what became overdue; returns the number of notices inserted."""
    today = clock.today()
    sent = sum(_chase(case, today) for case in _cases(today))
    _note_overdue(today)
    return sent


def _cases(today: date) -> Iterator[Case]:
    horizon = today + _HORIZON
    checks = SelfCheck.objects.open().filter(due_on__lte=horizon).select_related("organisation", "round")
    for check in checks.iterator():
        yield Case(
            f"check:{check.pk}",
            check,
            check.organisation,
            f"{check.round.title}（{check.organisation.name}）",
            check.due_on,
            reverse("check", args=[check.no]),
            RUNGS[-1].after,
        )
    tasks = RectificationTask.objects.select_related("problem__organisation")
    for task in tasks.filter(state="planning", plan_due_on__lte=horizon).iterator():
        yield _task_case(task, "提交整改计划", task.plan_due_on or task.due_on, "plan")
    for task in tasks.filter(state="rectifying", due_on__lte=horizon).iterator():
        yield _task_case(task, "完成整改", task.due_on, "task")


def _task_case(task: RectificationTask, what: str, due_on: date, prefix: str) -> Case:
    problem = task.problem
    ceiling = LIGHT_TRACK_CEILING if problem.light_track else RUNGS[-1].after
    url = reverse("problem", args=[problem.no])
    return Case(
        f"{prefix}:{task.pk}", task, problem.organisation, f"问题{problem.no}{what}", due_on, url, ceiling
    )


def _chase(case: Case, today: date) -> int:
    """Send what this case's passed rungs lack. Before the date only the nearest rung: a late one would repeat it."""
    if today < case.due_on:
        left = calendar.working_days_between(today, case.due_on)
        passed = [days for days in REMIND_BEFORE if left <= days]
        if not passed:
            return 0
        title = (
            f"{case.what}：{case.due_on.month}月{case.due_on.day}日截止，还剩{(case.due_on - today).days}天"
        )
        return _send(case, people_of(case.organisation), f"before-{min(passed)}", title)
    sent = 0
    late = calendar.working_days_between(case.due_on, today)
    for rung in RUNGS:
        if rung.after > case.ceiling or rung.after > late:
            break
        overdue = (today - case.due_on).days
        state = f"逾期{overdue}天" if overdue else "今天截止"
        title = f"{case.what}：{state}（应于{case.due_on.month}月{case.due_on.day}日完成）"
        sent += _send(case, _audience(rung, case.organisation), f"after-{rung.after}", title)
    return sent


def _audience(rung: Rung, organisation: Organisation) -> Iterable[User]:
    if rung.audience == "unit":
        return people_of(organisation, UNIT_ROLES)
    if rung.audience == "heads":
        return people_of(organisation, UNIT_HEADS)
    role = {"task_force": Role.TASK_FORCE, "leader": Role.LEADER, "supervision": Role.SUPERVISION_OFFICE}
    return holders(role[rung.audience])


def _send(case: Case, recipients: Iterable[User], rung: str, title: str) -> int:
    with transaction.atomic():
        return outbox.notify(
            recipients=recipients,
            kind="deadline",
            title=title,
            url=case.url,
            # The date is part of the key: a postponed date has rungs of its own.
            dedupe_key=f"deadline:{case.key}:{case.due_on}:{rung}",
            subject=case.subject,
        )


def _note_overdue(today: date) -> None:
    """Journal once that a task passed its date; being overdue itself is computed, never stored as a state."""
    late = RectificationTask.objects.overdue().filter(overdue_noted_on__isnull=True)
    for pk in list(late.values_list("pk", flat=True)):
        with transaction.atomic():
            if not RectificationTask.objects.filter(pk=pk, overdue_noted_on__isnull=True).update(
                overdue_noted_on=today
            ):
                continue  # a sweep beside this one was first
            task = RectificationTask.objects.select_related("problem__organisation").get(pk=pk)
            audit.record(
                action="inspections.task.overdue",
                subject=task,
                actor=None,
                organisation=task.problem.organisation,
                after={"due_on": str(task.due_on)},
            )
