"""填报答疑 on its way: asked on an item, answered once for all units, corrected by a further answer."""

from __future__ import annotations

from django.db import transaction

from inspections.models import Question, QuestionAnswer
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import ANSWERING_ROLES, OFFICE_ROLES
from shuangjian.accounts.selectors import holders
from shuangjian.journal import audit, numbers, outbox
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import CheckItem

S = Question.State
_WAITING = frozenset({S.WAITING})

TRANSITIONS = {
    "answer": Transition(
        label="答复", source=_WAITING, target=S.ANSWERED, permission="inspections.answer_question"
    ),
    "lead": Transition(
        label="已有答复", source=_WAITING, target=S.ANSWERED, permission="inspections.answer_question"
    ),
    "correct": Transition(
        label="更正答复",
        source=frozenset({S.ANSWERED}),
        target=None,
        permission="inspections.correct_answer",
    ),
    "withdraw": Transition(
        label="撤回提问", source=_WAITING, target=S.WITHDRAWN, permission="inspections.withdraw_question"
    ),
}
MACHINE: Machine[Question] = Machine(Question, "inspections.question", TRANSITIONS)
audit.name_actions({"inspections.question.asked": "提出填报疑问"})


def ask(*, item: CheckItem, actor: User, text: str) -> Question:
    """Ask what an item means; the offices are told. Raises NotAllowed for who answers for no unit."""
    post = next((held for held in actor.posts if held.role in ANSWERING_ROLES), None)
    if post is None:
        raise NotAllowed("填报疑问由填自查的单位提出")
    year = clock.today().year
    with transaction.atomic():
        row = Question.objects.create(
            no=f"{year}-Q{numbers.take('question', year):04d}",
            item_code=item.code,
            text=text,
            author=actor,
            organisation=post.organisation,
            asked_at=clock.now(),
        )
        audit.record(
            action="inspections.question.asked",
            subject=row,
            actor=actor,
            organisation=row.organisation,
            role=acting_role(actor),
            after={"item": row.item_code},
        )
        others = [person for person in holders(*OFFICE_ROLES) if person.pk != actor.pk]
        _tell(row, others, f"{row.short_code}有一个填报疑问，编号{row.no}", text)
    return row


def answer(*, question_id: int, actor: User, version: int | None, words: str) -> Question:
    """Answer it for all units; who asked is told."""
    with MACHINE.moving("answer", row_id=question_id, actor=actor, version=version) as step:
        _say(step.row, actor, words)
        _tell(step.row, [step.row.author], f"填报疑问{step.row.no}已答复", words)
    return step.row


def lead(*, question_id: int, actor: User, version: int | None, no: str) -> Question:
    """Lead whoever asked to an answer that is there already."""
    with MACHINE.moving("lead", row_id=question_id, actor=actor, version=version) as step:
        row, there = step.row, Question.objects.answered().filter(no=no.strip()).first()
        if there is None:
            raise Refused(f"没有已答复的疑问{no.strip()}，请核对编号")
        row.same_as = there
        step.after["same_as"] = there.no
        _tell(row, [row.author], f"填报疑问{row.no}已有答复，见{there.no}")
    return row


def correct(*, question_id: int, actor: User, version: int | None, words: str) -> Question:
    """Answer it otherwise from now on; who asked it, or was led here, is told."""
    with MACHINE.moving("correct", row_id=question_id, actor=actor, version=version) as step:
        row = step.row
        if row.same_as_id is not None:
            raise Refused("这个疑问看的是另一个的答复，请到那里更正")
        if row.answers.all()[0].text == words:
            raise Refused("和现在的答复一样，不用更正")
        _say(row, actor, words)
        askers = [row.author, *(one.author for one in row.led_here.select_related("author"))]
        _tell(row, askers, f"填报疑问{row.no}的答复有更正", words)
    return row


def withdraw(*, question_id: int, actor: User, version: int | None) -> Question:
    """Take back what one asked oneself."""
    with MACHINE.moving("withdraw", row_id=question_id, actor=actor, version=version) as step:
        pass
    return step.row


def _say(row: Question, actor: User, words: str) -> None:
    QuestionAnswer.objects.create(question=row, text=words, made_by=actor, made_at=clock.now())


def _tell(row: Question, people: list[User], title: str, body: str = "") -> None:
    outbox.notify(
        recipients=people,
        kind="question",
        title=title,
        body=body,
        url=row.get_absolute_url(),
        dedupe_key=f"question:{row.pk}:{row.state}:{row.version}",
        subject=row,
    )
