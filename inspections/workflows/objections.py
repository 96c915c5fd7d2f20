"""异议: within 5 working days of 签收 the unit says that it isn't so; somebody else than the finder answers.

Moves of the task's machine (table in ``rectification``). That the objection holds, and the problem is taken
back, is the leader's word; that it doesn't is the office's, in words, and the unit plans anew from that day.
"""

from __future__ import annotations

from inspections import notices
from inspections.models import Objection, RectificationTask
from inspections.objection_limits import why_not
from inspections.workflows.rectification import days_of_plan, end_as_mistaken, moving
from shuangjian import clock
from shuangjian.accounts.machine import Move
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import Refused


def object_to(
    *, task_id: int, actor: User, version: int | None, words: str, stored_file: StoredFile | None = None
) -> RectificationTask:
    """提出异议, once a round. Raises Refused without words, before 签收 and after its 5 working days."""
    with moving("object", task_id, actor, version) as step:
        fault = why_not(step.row) or ("" if words.strip() else "请写明异议和理由")
        if fault:
            raise Refused(fault)
        Objection.objects.create(
            task=step.row,
            words=words.strip(),
            stored_file=stored_file,
            asked_by=actor,
            asked_at=clock.now(),
        )
        step.note = words.strip()
        notices.objected(step.row)
    return step.row


def reject(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """维持原认定, with the reasons; a plan that still waits is due anew from today."""
    with moving("reject-objection", task_id, actor, version) as step:
        _settle(step, Objection.State.REJECTED, words)
        if step.row.state == RectificationTask.State.PLANNING:
            step.row.plan_due_on = days_of_plan(step.row)
        notices.objection_answered(step.row, upheld=False, words=words.strip())
    return step.row


def uphold(*, task_id: int, actor: User, version: int | None, words: str) -> RectificationTask:
    """异议成立: the leader takes the problem back."""
    with moving("uphold-objection", task_id, actor, version) as step:
        _settle(step, Objection.State.UPHELD, words)
        end_as_mistaken(step, words)
    return step.row


def _settle(step: Move[RectificationTask], state: str, words: str) -> None:
    objection = step.row.pending_objection
    if objection is None:
        raise Refused("没有待答复的异议")
    if not words.strip():
        raise Refused("请写明答复的理由")
    objection.state, objection.answer = state, words.strip()
    objection.decided_by, objection.decided_at = step.actor, clock.now()
    objection.save()
    step.after["objection"] = state
    step.note = words.strip()
