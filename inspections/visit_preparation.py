"""A visit's preparation as its page shows it: each item with the unit's answer, open problems, doubts.

Doubts (数据疑点) are computed from what is on record; they lead the eye and prove nothing (P8, P18).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from inspections.models import Answer, RectificationTask, Visit, VisitNote
from inspections.querysets import PUT_RIGHT_STATES
from inspections.visit_sheet import SheetLine, sheet_of
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.registers.models import Doubt

LATELY = timedelta(days=365)  # a problem found again within a year relapsed (workflows.problems)


@dataclass
class PreparedLine:
    """One item: what the unit said, what stands open, what speaks against it, what somebody wants to know."""

    line: SheetLine
    tasks: list[RectificationTask] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[VisitNote] = field(default_factory=list)

    @property
    def is_marked(self) -> bool:
        answer = self.line.answer
        has_said = answer is not None and answer.value in ("partly", "fails")
        return bool(self.tasks or self.doubts or self.notes or has_said)


@dataclass(frozen=True)
class Preparation:
    """The whole visit. ``other_tasks``: open problems of no item of the checklist; ``notes``: of no item."""

    lines: list[PreparedLine]
    other_tasks: list[RectificationTask]
    notes: list[VisitNote]
    doubts: list[str]

    @property
    def marked(self) -> list[PreparedLine]:
        return [line for line in self.lines if line.is_marked]


def preparation_of(visit: Visit, user: User) -> Preparation:
    sheet = sheet_of(visit)
    lines = {line.item.code: PreparedLine(line) for line in sheet.lines}  # whatever version found it
    other: list[RectificationTask] = []
    for task in _open_tasks(visit, user):
        found = lines.get(task.problem.item.code) if task.problem.item else None
        (found.tasks if found is not None else other).append(task)
    general: list[VisitNote] = []
    for note in visit.notes.select_related("author", "item"):
        prepared = lines.get(note.item.code) if note.item else None
        (prepared.notes if prepared is not None else general).append(note)
    closed = _closed_lately(visit)
    for code, prepared in lines.items():
        prepared.doubts = _doubts_of(prepared, closed.get(code))
    of_no_line: list[str] = []
    for doubt in _raised(visit, user):
        found_line = lines.get(doubt.item.code)
        (found_line.doubts if found_line is not None else of_no_line).append(f"{doubt.fact}（{doubt.no}）")
    return Preparation(list(lines.values()), other, general, [*_doubts_of_unit(sheet.lines), *of_no_line])


def _raised(visit: Visit, user: User) -> list[Doubt]:
    """The doubts that the unit's registers raised and nobody has judged yet."""
    return list(
        Doubt.objects.visible_to(user)
        .open()
        .filter(organisation=visit.organisation)
        .select_related("item")
        .order_by("pk")
    )


def _open_tasks(visit: Visit, user: User) -> list[RectificationTask]:
    rows = RectificationTask.objects.visible_to(user).open().filter(problem__organisation=visit.organisation)
    return list(
        rows.select_related("problem__rule", "problem__prohibition", "problem__item").order_by("due_on", "pk")
    )


def _closed_lately(visit: Visit) -> dict[str, str]:
    """By the item's code the problem closed within a year: found again, it would be a relapse."""
    rows = RectificationTask.objects.filter(
        state__in=PUT_RIGHT_STATES,
        problem__organisation=visit.organisation,
        problem__item__isnull=False,
        closed_at__gte=clock.now() - LATELY,
    ).order_by("closed_at")
    return dict(rows.values_list("problem__item__code", "problem__no"))


def _doubts_of(prepared: PreparedLine, closed_no: str | None) -> list[str]:
    found = []
    answer = prepared.line.answer
    if answer is not None and answer.value == "meets" and prepared.tasks:
        found.append("自查填“符合”，但有未销号的问题")
    for task in prepared.tasks:
        if task.is_late:
            found.append(f"问题{task.problem.no}已过整改期限{task.due_on:%Y-%m-%d}")
    if closed_no and not prepared.tasks:
        found.append(f"问题{closed_no}一年内销号，看是否反弹")
    return found


def _doubts_of_unit(lines: list[SheetLine]) -> list[str]:
    answers: list[Answer] = [line.answer for line in lines if line.answer is not None]
    if not answers:
        return ["单位还没有提交过自查"]
    if all(answer.value in ("meets", "na") for answer in answers):
        return ["单位自查没有报一个问题，“零问题”不能说明没有问题"]
    return []
