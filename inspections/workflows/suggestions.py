"""意见建议 on their way: anybody with an account writes, the task force answers within ten working days.

Source: practice.md P1 (an entry on every page, answered within 10 working days).
"""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from inspections import notices
from inspections.models import Suggestion
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.dates import cn_short
from shuangjian.journal import audit, numbers
from shuangjian.policy import calendar
from shuangjian.policy.workflows import counting

ANSWER_DAYS = 10  # working days, P1

TRANSITIONS = {
    "answer": Transition(
        label="答复意见建议",
        source=frozenset({Suggestion.State.WAITING}),
        target=Suggestion.State.ANSWERED,
        permission="inspections.answer_suggestion",
    ),
}
MACHINE: Machine[Suggestion] = Machine(Suggestion, "inspections.suggestion", TRANSITIONS)
audit.name_actions({"inspections.suggestion.made": "提出意见建议"})


def make(*, actor: User, text: str, page: str = "") -> Suggestion:
    """Take down what somebody says; the task force is told."""
    today, post = clock.today(), actor.main_post
    counted = calendar.add_working_days(today, ANSWER_DAYS)
    with transaction.atomic():
        row = Suggestion.objects.create(
            no=f"{today.year}-S{numbers.take('suggestion', today.year):04d}",
            author=actor,
            organisation=post.organisation if post else None,
            page=page,
            text=text,
            made_at=clock.now(),
            due_on=counted.on,
        )
        counting.keep(row, "due_on", counted)
        audit.record(
            action="inspections.suggestion.made",
            subject=row,
            actor=actor,
            organisation=row.organisation,
            role=acting_role(actor),
            after={"state": row.state, "due_on": row.due_on},
        )
        others = holders(Role.TASK_FORCE).exclude(pk=actor.pk)
        _tell(row, list(others), f"收到意见建议{row.no}，请在{cn_short(row.due_on)}前答复")
    return row


def answer(*, suggestion_id: int, actor: User, version: int | None, words: str) -> Suggestion:
    """Answer it, once; its author is told."""
    with MACHINE.moving("answer", row_id=suggestion_id, actor=actor, version=version) as step:
        row = step.row
        row.answer, row.answered_by, row.answered_at = words, actor, clock.now()
        _tell(row, [row.author], f"意见建议{row.no}已答复", words)
    return row


def _tell(row: Suggestion, people: list[User], title: str, body: str = "") -> None:
    notices.tell(people, "suggestion", row, reverse("suggestion", args=[row.no]), title, body)
