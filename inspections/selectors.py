"""Reads that several pages share; every function answers for a person and within that person's scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from inspections.models import Problem, RectificationTask
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry

_STEPS = ("planning", "plan_review", "rectifying", "verifying", "verified", "closed")


@dataclass(frozen=True)
class StoryLine:
    """One line of a case's course (经过): when, who, what, with what words."""

    at: datetime
    who: str
    what: str
    words: str


def story_of_problem(problem: Problem) -> list[StoryLine]:
    """The course of a problem and of all its rounds of rectification, newest first."""
    entries = list(
        AuditEntry.objects.filter(
            subject_no=problem.no, subject_type__in=["inspections.problem", "inspections.rectificationtask"]
        )
        .select_related("text")
        .order_by("-seq")
    )
    names = names_of(entry.actor_id for entry in entries)
    return [
        StoryLine(
            at=entry.at,
            who=names.get(entry.actor_id, "系统") if entry.actor_id else "系统",
            what=audit.words_of(entry.action),
            words=entry.text.text if hasattr(entry, "text") else "",
        )
        for entry in entries
    ]


def names_of(user_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Names by user id, in one query."""
    wanted = {pk for pk in user_ids if pk is not None}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))


class Step(NamedTuple):
    """One step of the course drawn above a problem: label, the line under it, and done, cur or todo."""

    label: str
    note: str
    status: str


def steps_of(task: RectificationTask) -> list[Step]:
    """The six steps of a task with the current one marked; the light track has only its own three."""
    order = ("rectifying", "closed") if task.problem.light_track else _STEPS
    labels = dict(RectificationTask.State.choices)
    here = order.index(task.state) if task.state in order else 0
    steps = []
    for position, state in enumerate(order):
        status = (
            "done" if position < here or task.state == "closed" else "cur" if position == here else "todo"
        )
        note = (
            f"应于{task.due_on.month}月{task.due_on.day}日完成"
            if state == "rectifying" and status == "cur"
            else ""
        )
        steps.append(Step(labels[state], note, status))
    return steps
