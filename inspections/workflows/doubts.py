"""Judging a doubt (数据疑点): a problem is registered for it, it joins an open one, or it is dismissed.

Raised and taken back it is by the facts alone (``registers.workflows.doubts``). Source: practice.md P8, P18.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import models

from inspections.models import Problem, RectificationTask
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.errors import Refused
from shuangjian.registers.models import Doubt

S = Doubt.State


def _t(label: str, target: str) -> Transition:
    return Transition(
        label=label, source=frozenset({S.OPEN}), target=target, permission="inspections.judge_doubt"
    )


TRANSITIONS = {
    "register": _t("登记为问题", S.REGISTERED),
    "join": _t("并入已有问题", S.JOINED),
    "dismiss": _t("认定不成立", S.DISMISSED),
}
MACHINE: Machine[Doubt] = Machine(Doubt, "inspections.doubt", TRANSITIONS)
audit.name_actions({"inspections.problem.doubt_joined": "并入数据疑点"})


def register(*, doubt_id: int, actor: User, version: int | None, make: Callable[[], Problem]) -> Doubt:
    """Register the problem that ``make`` registers (or lets relapse) for the doubt, both or neither."""
    with _judging("register", doubt_id, actor, version) as step:
        problem = make()
        problem.doubts.add(step.row)
        step.after["problem"] = problem.no
    return step.row


def join(*, doubt_id: int, actor: User, version: int | None, problem: Problem, words: str = "") -> Doubt:
    """The fact belongs to a problem that stands open at the unit. Raises Refused for another one."""
    with _judging("join", doubt_id, actor, version) as step:
        if not open_problems(step.row).filter(pk=problem.pk).exists():
            raise Refused(f"问题{problem.no}不是本单位未销号的问题，请改选")
        problem.doubts.add(step.row)
        step.row.words = words
        step.note = words
        step.after["problem"] = problem.no
        audit.record(
            action="inspections.problem.doubt_joined",
            subject=problem,
            actor=actor,
            organisation=step.row.organisation,
            role=acting_role(actor),
            after={"doubt": step.row.no},
            note=step.row.fact,
        )
    return step.row


def dismiss(*, doubt_id: int, actor: User, version: int | None, words: str) -> Doubt:
    """认定不成立, with the reason; the same fact raises no further doubt."""
    with _judging("dismiss", doubt_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明不成立的理由")
        step.row.words = step.note = words.strip()
    return step.row


def open_problems(doubt: Doubt) -> models.QuerySet[Problem]:
    """The unit's problems that aren't closed out, those of the doubt's rule first."""
    tasks = RectificationTask.objects.open().filter(problem__organisation=doubt.organisation)
    rows = Problem.objects.filter(pk__in=tasks.values("problem")).select_related("rule")
    is_other = models.Case(models.When(rule=doubt.item.rule_id, then=0), default=1)
    return rows.order_by(is_other, "-no")


@contextmanager
def _judging(key: str, doubt_id: int, actor: User, version: int | None) -> Iterator[Move[Doubt]]:
    """The move, with who judged the doubt and when."""
    rows = Doubt.objects.select_related("organisation", "item")
    with MACHINE.moving(key, row_id=doubt_id, actor=actor, version=version, queryset=rows) as step:
        step.row.judged_by, step.row.ended_at = actor, clock.now()
        yield step
