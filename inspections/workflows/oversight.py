"""督办: staff press an open case. A reminder or a call by hand, and who keeps an eye on it (督办人).

Neither is a move of the task's machine: state and version stay, so that a form which the unit is filling in
does not become stale because somebody reminded it.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from inspections import notices
from inspections.models import RectificationTask
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import units_of_late
from shuangjian.dates import cn_short
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState

S = RectificationTask.State

audit.name_actions(
    {
        "inspections.task.reminded": "督办提醒",
        "inspections.task.called": "电话督办",
        "inspections.task.reassigned": "改督办人",
    },
)


def _locked(task_id: int, actor: User, permission: str, verb: str) -> RectificationTask:
    """The open task, locked; raises NotAllowed or WrongState with the sentence for the row."""
    rows = RectificationTask.objects.visible_to(actor).select_related("problem__organisation", "overseer")
    task: RectificationTask | None = rows.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None or not actor.has_perm(permission, task):
        raise NotAllowed(f"您的角色不能对此项{verb}")
    if not task.is_open:
        raise WrongState(f"{task.get_state_display()}，不用{verb}")
    return task


def awaited(task: RectificationTask) -> tuple[str, date]:
    """What the unit must do next and by when. Raises WrongState where the next step is the county's."""
    if task.state == S.PLANNING:
        return "提交整改计划", task.plan_due_on or task.due_on
    if task.state == S.RECTIFYING:
        return "完成整改", task.due_on
    raise WrongState(f"当前是“{task.get_state_display()}”，该由县里办理，不用提醒单位")


def remind(*, task_id: int, actor: User, words: str = "") -> RectificationTask:
    """提醒 the people of the unit of what they must do next; once a day for one problem.

    Raises Refused where they were reminded today already, or where nobody of the unit can be told.
    """
    with transaction.atomic():
        task = _locked(task_id, actor, "inspections.remind_task", "提醒")
        what, due_on = awaited(task)
        told = notices.reminded(task, what, due_on, words.strip())
        if told is None:
            raise Refused("单位没有可以登录的人员，请电话督办")
        if told == 0:
            raise Refused("今天已提醒过，明天可以再提醒")
        audit.record(
            action="inspections.task.reminded",
            subject=task,
            actor=actor,
            organisation=task.organisation,
            role=acting_role(actor),
            after={"due_on": str(due_on), "told": told},
            note=words.strip(),
        )
    return task


def log_call(*, task_id: int, actor: User, called: str, called_at: datetime, words: str) -> RectificationTask:
    """电话督办: take down a call that the actor made, to whom, when and what was said. Nobody is told by it.

    Raises Refused for a time that is still to come, or before the problem was found.
    """
    with transaction.atomic():
        task = _locked(task_id, actor, "inspections.remind_task", "督办")
        if called_at > clock.now():
            raise Refused("通话时间不能晚于现在")
        day = clock.local_day(called_at)
        if day < task.problem.found_on:
            raise Refused(f"通话时间不能早于发现问题的日期（{cn_short(task.problem.found_on)}）")
        audit.record(
            action="inspections.task.called",
            subject=task,
            actor=actor,
            organisation=task.organisation,
            role=acting_role(actor),
            after={"called_at": called_at},
            note=f"{cn_short(day)}{timezone.localtime(called_at):%H:%M}致电{called}：{words}",
        )
    return task


def reassign(*, task_id: int, actor: User, overseer: User) -> RectificationTask:
    """改督办人: one of the office, or the area's inspector, keeps an eye on the case from now on.

    He is told of what the unit submits. Raises Refused where he could not judge the case himself.
    """
    with transaction.atomic():
        task = _locked(task_id, actor, "inspections.reassign_task", "改督办人")
        before = task.overseer
        if before is not None and before.pk == overseer.pk:
            raise Refused(f"督办人已经是{overseer.name}")
        fault = why_not(task, overseer)
        if fault:
            raise Refused(fault)
        RectificationTask.objects.filter(pk=task.pk).update(overseer=overseer)
        task.overseer = overseer
        notices.overseer_changed(task, before)
        audit.record(
            action="inspections.task.reassigned",
            subject=task,
            actor=actor,
            organisation=task.organisation,
            role=acting_role(actor),
            before={"overseer": before.pk if before else None},
            after={"overseer": overseer.pk},
        )
    return task


def why_not(task: RectificationTask, overseer: User) -> str:
    """Why ``overseer`` cannot keep an eye on this case, in words; empty where he can."""
    unit = task.problem.organisation
    if not overseer.is_active:
        return f"{overseer.name}的账号已停用"
    inspects = unit.area_id is not None and unit.area_id in overseer.unit_ids([Role.AREA_INSPECTOR])
    if not overseer.has_role(*OFFICE_ROLES) and not inspects:
        return f"{overseer.name}不是{unit.name}所在责任区的责任督学"
    if not units_of_late(overseer).isdisjoint({unit.pk, unit.responsible_unit_id}):
        return f"{overseer.name}近期在该单位任职，应当回避"
    return ""
