"""A visit's checklist as page and paper show it: item, the unit's own answer, what was seen, pictures."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from inspections.models import (
    Answer,
    FindingPhoto,
    Problem,
    Recheck,
    RectificationTask,
    SelfCheck,
    Visit,
    VisitFinding,
    VisitNote,
)
from inspections.permissions import one_page
from inspections.workflows import rectification
from inspections.workflows.visit_findings import DEFAULT_DUE_DAYS
from inspections.workflows.visits import checklist, lacks_photo
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem


@dataclass(frozen=True)
class SheetLine:
    """One item. ``finding`` is None before the visit began; ``answer`` where no self-check was submitted."""

    item: CheckItem
    finding: VisitFinding | None
    answer: Answer | None
    notes: tuple[VisitNote, ...] = ()  # what to look into, for who conducts the visit

    @property
    def value(self) -> str:
        """meets, problem, na or empty; what is not yet described is shown as the problem that was tapped."""
        if self.finding is None:
            return ""
        return "problem" if self.finding.is_undescribed else self.finding.value

    @property
    def due_days(self) -> int:
        return (self.finding.due_days if self.finding else None) or DEFAULT_DUE_DAYS

    @property
    def is_seen(self) -> bool:
        return self.finding is not None and bool(self.finding.value)

    @property
    def is_problem(self) -> bool:
        return self.finding is not None and self.finding.value == VisitFinding.Value.PROBLEM

    @property
    def lacks_photo(self) -> bool:
        """A red line that a phone reported and whose photo has not come yet."""
        return self.finding is not None and lacks_photo(self.finding, self.item)

    @property
    def prohibition_kind(self) -> str:
        """严禁 or 不得, of the gravest prohibition that a breach of the item would touch."""
        gravest = self.item.gravest_prohibition()
        return gravest.kind if gravest else ""


@dataclass(frozen=True)
class VisitSheet:
    """All items of one visit in the order of the rules."""

    lines: list[SheetLine]
    notes: tuple[VisitNote, ...] = ()  # of the whole unit

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def seen_count(self) -> int:
        return sum(line.is_seen for line in self.lines)

    @property
    def unseen_count(self) -> int:
        return self.total - self.seen_count

    @property
    def problems(self) -> list[SheetLine]:
        return [line for line in self.lines if line.is_problem]

    @property
    def problem_count(self) -> int:
        return len(self.problems)

    def shown(self, show: str) -> list[SheetLine]:
        """The lines of one of the chips: unseen, problem, or all for any other word."""
        if show == "unseen":
            return [line for line in self.lines if not line.is_seen]
        return self.problems if show == "problem" else self.lines


def sheet_of(visit: Visit, *, with_notes: bool = False) -> VisitSheet:
    """The checklist: frozen in the findings once the visit began, else by the unit's facts of today.

    ``with_notes`` reads what was prepared for it, which the unit never sees.
    """
    answers = _self_check_answers(visit)
    pictures = Prefetch("photos", FindingPhoto.objects.select_related("stored_file").order_by("pk"))
    rows = visit.findings.order_by().prefetch_related("updated_by", pictures)
    findings = {row.item_id: row for row in rows}
    if findings:
        asked = [item for item in items_of(visit.rulebook_id) if item.pk in findings]
    else:
        asked = checklist(visit)
    notes: dict[int | None, tuple[VisitNote, ...]] = {}
    for note in visit.notes.select_related("author") if with_notes else []:
        notes[note.item_id] = (*notes.get(note.item_id, ()), note)
    return VisitSheet(
        [
            SheetLine(item, findings.get(item.pk), answers.get(item.code), notes.get(item.pk, ()))
            for item in asked
        ],
        notes.get(None, ()),
    )


def _self_check_answers(visit: Visit) -> dict[str, Answer]:
    """The unit's latest submitted answers by the item's code, to stand beside the checklist."""
    latest = SelfCheck.objects.filter(organisation=visit.organisation, submitted_at__isnull=False)
    check = latest.order_by("-submitted_at", "-pk").values("pk")[:1]
    rows = Answer.objects.filter(self_check__in=check).select_related("item")
    return {answer.item.code: answer for answer in rows}


@dataclass(frozen=True)
class OpenTask:
    """An open problem at the visited unit, with what this inspector may do about it on the spot."""

    task: RectificationTask
    moves: list[tuple[str, str]]


_ON_SITE = ("verify-and-close", "verify", "send-back")


def open_tasks_at(visit: Visit, user: User) -> list[OpenTask]:
    """The unit's open problems, those that wait for verification first."""
    tasks = (
        RectificationTask.objects.visible_to(user)
        .open()
        .filter(problem__organisation=visit.organisation)
        .select_related("problem__organisation", "problem__rule", "problem__prohibition")
        .prefetch_related("evidence")
        .order_by("due_on", "pk")
    )
    with one_page():
        rows = [OpenTask(task, _moves_on_site(task, user)) for task in tasks]
    return sorted(rows, key=lambda row: not row.moves)


def _moves_on_site(task: RectificationTask, user: User) -> list[tuple[str, str]]:
    if task.state != RectificationTask.State.VERIFYING:
        return []
    may = rectification.MACHINE.open_moves(task, user)
    return [(key, rectification.TRANSITIONS[key].label) for key in _ON_SITE if key in may]


def rechecks_at(visit: Visit, user: User) -> list[Recheck]:
    """What was closed at the unit and waits to be looked at again by this person."""
    if not user.has_role(*COUNTY_ROLES, Role.AREA_INSPECTOR):
        return []
    rows = Recheck.objects.visible_to(user).waiting().filter(task__problem__organisation=visit.organisation)
    return list(rows.select_related("task__problem__rule").order_by("due_on", "pk"))


def problems_of(visit: Visit) -> list[Problem]:
    """The problems that this visit raised."""
    return list(Problem.objects.filter(source_finding__visit=visit).select_related("rule").order_by("no"))
