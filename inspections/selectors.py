"""Reads that several pages share; every function answers for a person and within that person's scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from inspections.models import (
    Disclosure,
    ModelCase,
    Paper,
    Pattern,
    Problem,
    RectificationTask,
    Sanction,
    UpwardReturn,
)
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import ANSWERING_ROLES, OFFICE_ROLES, Role
from shuangjian.dates import cn_short
from shuangjian.journal import audit, ladder
from shuangjian.journal.models import AuditEntry
from shuangjian.registers.models import Doubt

# Where on its way a case stands while it rests.
_RESTS_AT = {"parked": "rectifying", "transferred": "rectifying", "superior": "verified"}
_STEPS = ("planning", "plan_review", "rectifying", "verifying", "verified", "closed")


@dataclass(frozen=True)
class StoryLine:
    """One line of a case's course (经过): when, who, what, with what words."""

    at: datetime
    who: str
    what: str
    words: str
    new_date: str = ""
    state: str = ""  # that the task had afterwards


def story_of_problem(problem: Problem) -> list[StoryLine]:
    """The course of a problem and of all its rounds of rectification, newest first, reminders included."""
    story = _story(problem.no, "inspections.problem", "inspections.rectificationtask")
    return sorted(story + _reminders(problem), key=lambda line: line.at, reverse=True)


def story_of_doubt(doubt: Doubt) -> list[StoryLine]:
    """The course of a doubt, newest first: raised, changed and taken back by the facts, judged by people."""
    return _story(doubt.no, "registers.doubt")


def story_of_pattern(pattern: Pattern) -> list[StoryLine]:
    """The course of a finding of the nightly search, newest first."""
    return _story(pattern.no, "inspections.pattern")


def story_of_sanction(sanction: Sanction) -> list[StoryLine]:
    """The course of a case of accountability, newest first."""
    return _story(sanction.no, "inspections.sanction")


def story_of_paper(paper: Paper) -> list[StoryLine]:
    """The course of a paper, newest first."""
    return _story(paper.no, "inspections.paper")


def story_of_return(row: UpwardReturn) -> list[StoryLine]:
    """The course of a table that goes up, newest first."""
    return _story(row.no, "inspections.upwardreturn")


def story_of_model(case: ModelCase) -> list[StoryLine]:
    """The course of a model case, newest first."""
    return _story(case.no, "inspections.modelcase")


def story_of_disclosure(row: Disclosure) -> list[StoryLine]:
    """The course of something made public, newest first."""
    return _story(row.no, "inspections.disclosure")


def _story(no: str, *types: str) -> list[StoryLine]:
    found = AuditEntry.objects.filter(subject_no=no, subject_type__in=types)
    entries = list(found.select_related("text").order_by("-seq"))
    names = names_of(entry.actor_id for entry in entries)
    return [
        StoryLine(
            at=entry.at,
            who=_who(entry, names),
            what=audit.words_of(entry.action),
            words=entry.text.text if hasattr(entry, "text") else "",
            new_date=_new_date(entry),
            state=entry.after.get("state", ""),
        )
        for entry in entries
    ]


def _reminders(problem: Problem) -> list[StoryLine]:
    """What the ladder told people of the case, newest first; several rungs of one sweep were one notice."""
    fired = ladder.fired_for(problem.tasks.all()).order_by("-pk")
    return [StoryLine(one.fired_at, "系统", "自动催办", f"{one.what}（已通知{one.told}人）") for one in fired]


def _who(entry: AuditEntry, names: dict[int | None, str]) -> str:
    """「责任督学周明」; people of a unit by name alone."""
    name = names.get(entry.actor_id, "系统") if entry.actor_id else "系统"
    shows_role = entry.actor_role in Role.values and entry.actor_role not in ANSWERING_ROLES
    return f"{Role(entry.actor_role).label}{name}" if shows_role else name


def _new_date(entry: AuditEntry) -> str:
    """「整改期限由9月10日改为9月20日」 where the entry moved it: the old date stays to be read."""
    before, after = entry.before.get("due_on"), entry.after.get("due_on")
    if not before or not after or before == after:
        return ""
    old, new = date.fromisoformat(before), date.fromisoformat(after)
    return f"整改期限由{cn_short(old)}改为{cn_short(new)}"


def doubts_waiting_for(user: User) -> int:
    """How many doubts stand open that the person may judge: the number beside 数据疑点."""
    if not user.has_role(*OFFICE_ROLES, Role.AREA_INSPECTOR):
        return 0
    return Doubt.objects.visible_to(user).open().count()


def patterns_waiting_for(user: User) -> int:
    """How many findings of the nightly search are to be judged: the number beside 研判提示."""
    return Pattern.objects.visible_to(user).filter(state=Pattern.State.OPEN).count()


def names_of(user_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Names by user id, in one query."""
    wanted = {pk for pk in user_ids if pk is not None}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))


class Step(NamedTuple):
    """One step of the course drawn above a problem: label, the line under it, and done, cur or todo."""

    label: str
    note: str
    status: str


def steps_of(task: RectificationTask, story: Iterable[StoryLine] = ()) -> list[Step]:
    """The six steps of a task with the current one marked; the light track has only its own two.

    Under a step that is past stands the day on which the task came into it, from its story (newest first).
    """
    entered: dict[str, datetime] = {}
    for line in story:
        entered.setdefault(line.state, line.at)
    order = ("rectifying", "closed") if task.is_light else _STEPS
    entered.setdefault(order[0], task.created_at)
    labels = dict(RectificationTask.State.choices)
    state = _RESTS_AT.get(task.state, task.state)
    here = order.index(state) if state in order else 0
    steps = []
    for position, state in enumerate(order):
        status = (
            "done" if position < here or task.state == "closed" else "cur" if position == here else "todo"
        )
        note = ""
        if state == "rectifying" and status == "cur" and not task.is_resting:
            note = f"应于{cn_short(task.due_on)}完成"
        elif status != "todo" and state in entered:
            note = cn_short(clock.local_day(entered[state]))
        steps.append(Step(labels[state], note, status))
    return steps
