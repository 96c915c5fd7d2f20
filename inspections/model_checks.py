"""What speaks against a model case by the records: asked when it is decided on, and shown on its page.

Source: workflow.md §6 (no open red line, penalty, relapse or verified complaint in 12 months), plan.yaml
P2-3 ``caution``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from inspections.models import Complaint, ModelCase, Problem, RectificationTask, Sanction
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.registers import records
from shuangjian.registers.models import Doubt

LOOKS_BACK = timedelta(days=365)
PENALTIES = "penalties"  # the register of 行政处罚


@dataclass(frozen=True)
class Speaks:
    """One line against a case. ``blocks``: it can be neither put on notice nor published meanwhile."""

    words: str
    blocks: bool


def against(case: ModelCase) -> list[Speaks]:
    """Everything that the records say against the unit now, what blocks first.

    A family answers for nothing that its school did.
    """
    if case.kind == ModelCase.Kind.FAMILY:
        return []
    since = clock.today() - LOOKS_BACK
    found = [line for check in _CHECKS for line in check(case.organisation, since)]
    return sorted(found, key=lambda line: not line.blocks)


def _problems(unit: Organisation, since: date) -> Iterator[Speaks]:
    """Red lines and relapses of a year, prohibitions and overdue ones that are open; other open ones."""
    open_tasks = list(
        RectificationTask.objects.open()
        .filter(problem__organisation=unit)
        .values_list("problem__severity", "due_on")
    )
    red = Problem.objects.filter(organisation=unit, severity=Problem.Severity.CRITICAL, found_on__gte=since)
    mistaken = RectificationTask.objects.filter(state=RectificationTask.State.WITHDRAWN)
    red_count = red.exclude(pk__in=mistaken.values("problem")).count()
    if red_count:
        yield Speaks(f"一年内有红线问题{red_count}个", blocks=True)
    relapses = RectificationTask.objects.filter(
        problem__organisation=unit, ordinal__gt=1, created_at__date__gte=since
    ).count()
    if relapses:
        yield Speaks(f"一年内有反弹的问题{relapses}个", blocks=True)
    grave = sum(severity != Problem.Severity.ORDINARY for severity, _ in open_tasks)
    if grave:
        yield Speaks(f"触碰严禁或不得、没有销号的问题{grave}个", blocks=True)
    late = sum(due_on < clock.today() for _, due_on in open_tasks)
    if late:
        yield Speaks(f"逾期没有销号的问题{late}个", blocks=True)
    others = len(open_tasks) - grave
    if others:
        yield Speaks(f"没有销号的一般问题{others}个", blocks=False)


def _sanctions(unit: Organisation, since: date) -> Iterator[Speaks]:
    issued = Sanction.objects.filter(organisation=unit, issued_on__gte=since)
    count = issued.exclude(state=Sanction.State.REVOKED).count()
    if count:
        yield Speaks(f"一年内被约谈、通报或建议问责{count}次", blocks=True)


def _penalties(unit: Organisation, since: date) -> Iterator[Speaks]:
    if unit.kind != Organisation.Kind.INSTITUTION:
        return
    (own,) = records.load([Organisation.objects.select_related(*records.WITH_FACTS).get(pk=unit.pk)], None)
    dates = [line.answers.get("decided_on") or "" for line in own.lines(PENALTIES)]
    count = sum(day >= since.isoformat() for day in dates)
    if count:
        yield Speaks(f"一年内受行政处罚{count}次", blocks=True)


def _doubts(unit: Organisation, since: date) -> Iterator[Speaks]:
    count = Doubt.objects.open().filter(organisation=unit).count()
    if count:
        yield Speaks(f"待核实的数据疑点{count}个", blocks=False)


def _complaints(unit: Organisation, since: date) -> Iterator[Speaks]:
    """Those found true in a year; those partly so and those under way are for the readers to weigh."""
    rows = Complaint.objects.counted().filter(organisation=unit)
    answered = rows.filter(answered_on__gte=since)
    verified = answered.filter(finding=Complaint.Finding.TRUE).count()
    if verified:
        yield Speaks(f"一年内核实属实的反映{verified}件", blocks=True)
    partly = answered.filter(finding=Complaint.Finding.PARTLY).count()
    if partly:
        yield Speaks(f"一年内部分属实的反映{partly}件", blocks=False)
    waiting = rows.running().count()
    if waiting:
        yield Speaks(f"正在办理的反映{waiting}件", blocks=False)


_CHECKS = (_problems, _sanctions, _penalties, _doubts, _complaints)
