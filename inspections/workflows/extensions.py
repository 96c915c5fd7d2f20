"""延期: the unit asks for a later date in time; staff grant, refuse, or extend of their own accord.

Moves of the task's machine (table in ``rectification``); each writes one ``Extension`` or decides it. How
often, how far and by whom stands in ``extension_limits``. The task's state stays: extended is no state.
"""

from __future__ import annotations

from datetime import date

from inspections import extension_limits as limits
from inspections import notices
from inspections.models import Extension, RectificationTask
from inspections.workflows.rectification import move_date, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move, acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import holds_on
from shuangjian.accounts.roles import SIGNING_ROLES, Role
from shuangjian.dates import cn_short
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused


def ask(
    *,
    task_id: int,
    actor: User,
    version: int | None,
    to_on: date,
    ground: str,
    words: str,
    sealed_page: StoredFile | None = None,
) -> RectificationTask:
    """申请延期: the head by his own account; anybody else of the unit with the sealed page (P3).

    Raises Refused with the reason where the date, the ground or the signature will not do.
    """
    with moving("ask-extension", task_id, actor, version) as step:
        task = step.row
        _check(task, to_on, ground, words)
        if sealed_page is None and not holds_on(actor, task.organisation, *SIGNING_ROLES):
            raise Refused("请上传负责人签字盖章的延期申请，或由负责人登录后申请")
        Extension.objects.create(
            **_what(task, to_on, ground, words),
            sealed_page=sealed_page,
            asked_by=actor,
            asked_at=clock.now(),
        )
        step.after["asked_for"] = str(to_on)
        step.note = words.strip()
        notices.extension_asked(task, to_on)
    return task


def withdraw(*, task_id: int, actor: User, version: int | None) -> RectificationTask:
    """撤回延期申请: the unit takes its request back before it was decided."""
    with moving("withdraw-extension", task_id, actor, version) as step:
        _settle(step, Extension.State.WITHDRAWN, answer="")
    return step.row


def grant(*, task_id: int, actor: User, version: int | None, words: str = "") -> RectificationTask:
    """同意延期: the task's date becomes the one asked for. Raises Refused where that day has come already."""
    with moving("grant-extension", task_id, actor, version) as step:
        asked = _pending(step.row)
        if asked.to_on <= clock.today():
            raise Refused("申请延至的日期已到，请选“不同意延期”")
        _settle(step, Extension.State.GRANTED, answer=words)
        _move_date(step, asked.to_on)
        notices.extension_decided(step.row, granted=True, to_on=asked.to_on, words=words)
    return step.row


def refuse(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """不同意延期, with words; the date stays. Raises Refused without words."""
    with moving("refuse-extension", task_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明不同意的理由")
        asked = _settle(step, Extension.State.REFUSED, answer=words)
        notices.extension_decided(step.row, granted=False, to_on=asked.to_on, words=words)
    return step.row


def extend(
    *, task_id: int, actor: User, version: int | None, to_on: date, ground: str, words: str
) -> RectificationTask:
    """延期 by staff without a request: ``ground`` is one of ``Extension.Ground``, ``words`` the reason.

    The same limits as for a request; the leader may always, the task force the first time. For one row of a
    bulk action call it with ``version=None``, each row in a transaction of its own: what cannot be extended
    raises WrongState, NotAllowed or Refused, whose text is the sentence for the row.
    """
    task = RectificationTask.objects.select_related("problem__organisation").get(pk=task_id)
    if task.is_open:  # the reason before the right: a bulk action wants to know why
        _refuse_if(limits.why_not(task))
    with moving("extend", task_id, actor, version) as step:
        task = step.row
        _check(task, to_on, ground, words)
        needed = limits.deciding_role(task, to_on)
        if not actor.has_role(needed, Role.LEADER):
            raise Refused(f"延到{cn_short(to_on)}要由{needed.label}批准")
        now = clock.now()
        Extension.objects.create(
            **_what(task, to_on, ground, words),
            state=Extension.State.GRANTED,
            asked_by=actor,
            asked_at=now,
            decided_by=actor,
            decided_role=acting_role(actor),
            decided_at=now,
        )
        step.note = words.strip()
        _move_date(step, to_on)
        notices.extension_decided(task, granted=True, to_on=to_on, words=words)
    return task


def _check(task: RectificationTask, to_on: date, ground: str, words: str) -> None:
    _refuse_if(limits.why_not(task) or limits.fault_of_date(task, to_on))
    if ground not in Extension.Ground.values:
        raise Refused("请选择延期原因")
    if not words.strip():
        raise Refused("请写明延期的具体理由")


def _refuse_if(fault: str) -> None:
    if fault:
        raise Refused(fault)


def _what(task: RectificationTask, to_on: date, ground: str, words: str) -> dict[str, object]:
    return {"task": task, "from_on": task.due_on, "to_on": to_on, "ground": ground, "words": words.strip()}


def _pending(task: RectificationTask) -> Extension:
    """The request that waits. Raises Refused where it was settled."""
    asked = task.pending_extension
    if asked is None:
        raise Refused("没有待批复的延期申请")
    return asked


def _settle(step: Move[RectificationTask], state: str, *, answer: str) -> Extension:
    asked = _pending(step.row)
    asked.settle(state, by=step.actor, role=acting_role(step.actor), answer=answer.strip())
    step.after["asked_for"] = str(asked.to_on)
    step.note = answer.strip()
    return asked


def _move_date(step: Move[RectificationTask], to_on: date) -> None:
    """The new date, chased from now on; measures that were to end on the old one go with it."""
    step.row.plan.filter(done_on__isnull=True, due_on=step.row.due_on).update(due_on=to_on)
    move_date(step, to_on)
