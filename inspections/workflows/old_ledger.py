"""历史台账: a problem that the county kept in a list of its own before the portal, taken over from a file.

What is still open becomes a problem with its first round in the state in which it stands, and goes on by the
portal's own moves. What was put right is known as 历史已销号: a unit's history and what relapses are told by
it, no figure of work, no draw and nobody's name (docs/decisions/0087).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from inspections import notices
from inspections.models import ImportRow, Measure, Problem, RectificationTask
from inspections.models.problem import LIGHT_TRACK_DAYS
from inspections.workflows.problems import PlannedMeasure, enter, open_task, severity_of
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import CheckItem, Prohibition, Rule

audit.name_actions({"inspections.problem.taken_over": "历史台账导入"})


@dataclass(frozen=True, kw_only=True)
class OldProblem:
    """A problem as the old ledger tells it. ``closed_on`` None: it is still open, and ``due_on`` is known."""

    organisation: Organisation
    rule: Rule
    fact: str
    origin: str
    found_on: date
    item: CheckItem | None = None
    prohibition: Prohibition | None = None
    superior_no: str = ""
    old_no: str = ""
    due_on: date | None = None
    closed_on: date | None = None
    measure: str = ""
    person: str = ""

    @property
    def is_light(self) -> bool:
        """On the light track (P8): open, reported by the unit itself, without a prohibition.

        With measure and person, for at most 30 days from the finding on, and not overdue.
        """
        return (
            self.closed_on is None
            and self.origin == Problem.Origin.SELF_CHECK
            and self.prohibition is None
            and bool(self.measure)
            and self.due_on is not None
            and clock.today() <= self.due_on <= self.found_on + timedelta(days=LIGHT_TRACK_DAYS)
        )

    @property
    def fault(self) -> tuple[str, str]:
        """(field, words) of what keeps it from being taken over; both empty where nothing does."""
        today = clock.today()
        if self.found_on > today:
            return "found_on", "发现日期不能晚于今天"
        if self.origin == Problem.Origin.SUPERIOR and not self.superior_no:
            return "superior_no", "上级交办的问题请填写交办文号"
        if bool(self.measure) != bool(self.person):
            return ("person", "填了整改措施，请同时填写责任人") if self.measure else (
                "measure", "填了责任人，请同时填写整改措施"
            )  # fmt: skip
        if self.due_on is not None and self.due_on < self.found_on:
            return "due_on", "整改期限不能早于发现日期"
        if self.closed_on is not None:
            if not self.found_on <= self.closed_on <= today:
                return "closed_on", "销号日期要在发现日期和今天之间"
            return "", ""
        return self._fault_of_open(today)

    def _fault_of_open(self, today: date) -> tuple[str, str]:
        if not self.organisation.is_active:
            unit = self.organisation
            return "code", f"“{unit.name}”{unit.get_status_display()}，未销号的问题请填接办单位的代码"
        if self.due_on is None:
            return "due_on", "未销号的问题请填写整改期限"
        if self.due_on < today and not self.measure:  # its plan could end on no day: the unit would be stuck
            return "measure", "已过整改期限：请填写已定的整改措施和责任人，或填与单位重新约定的期限"
        return "", ""


def take_over(*, old: OldProblem, row: ImportRow, actor: User) -> Problem:
    """Enter one problem of the old ledger, by the ``row`` of the import that tells it.

    Its number is of the year in which it was found. Raises NotAllowed, Refused.
    Source: practice.md P7 (the origin decides the closer), P8 (the light track).
    """
    if not actor.has_role(Role.TASK_FORCE):
        raise NotAllowed("历史台账由双减专班导入")
    field, words = old.fault
    if field:
        raise Refused(words)
    with transaction.atomic():
        problem = enter(
            old.found_on.year,
            organisation=old.organisation,
            rule=old.rule,
            item=old.item,
            prohibition=old.prohibition,
            fact=old.fact,
            origin=old.origin,
            superior_no=old.superior_no,
            severity=severity_of(old.prohibition),
            light_track=old.is_light,
            found_on=old.found_on,
            found_by=actor,
            import_row=row,
            old_no=old.old_no,
        )
        task = _open(problem, old) if old.closed_on is None else _past(problem, old, old.closed_on)
        audit.record(
            action="inspections.problem.taken_over",
            subject=problem,
            actor=actor,
            organisation=old.organisation,
            role=acting_role(actor),
            after={
                "no": problem.no,
                "rule": old.rule.code,
                "origin": old.origin,
                "severity": problem.severity,
                "state": task.state,
                "found_on": old.found_on,
                "due_on": task.due_on,
                "import": row.batch_id,
            },
            note=old.fact,
        )
        if old.closed_on is None:
            notices.taken_over(problem, task)
    return problem


def _open(problem: Problem, old: OldProblem) -> RectificationTask:
    """整改中 with the measure that was agreed on paper, else 待定计划; planned by nobody of the portal."""
    assert old.due_on is not None  # noqa: S101  (``fault`` asks for it)
    agreed = None
    if old.measure:
        agreed = PlannedMeasure(text=old.measure, person=old.person, due_on=old.due_on)
    return open_task(problem, ordinal=1, due_on=old.due_on, measure=agreed, actor=None)


def _past(problem: Problem, old: OldProblem, closed_on: date) -> RectificationTask:
    task = RectificationTask.objects.create(
        problem=problem,
        state=RectificationTask.State.PAST,
        due_on=old.due_on or closed_on,
        plan_version=1 if old.measure else 0,
        closed_at=timezone.make_aware(datetime.combine(closed_on, time(12))),
        created_at=clock.now(),
    )
    if old.measure:
        Measure.objects.create(
            task=task,
            plan_version=1,
            text=old.measure,
            person=old.person,
            due_on=task.due_on,
            done_on=closed_on,
        )
    return task
