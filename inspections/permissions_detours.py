"""What a person may do where a case leaves its straight way, and who looks again after its close-out."""

from __future__ import annotations

from inspections.models import Problem, Recheck, RecheckDraw, RectificationTask, Transfer
from inspections.objection_limits import why_not
from inspections.permissions import answers_for, inspects, is_independent
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, name_holders
from shuangjian.accounts.roles import ANSWERING_ROLES, OFFICE_ROLES, Role

# --- 签收, 异议, 撤销 ---------------------------------------------------------


def _did_not_find(user: User, task: RectificationTask) -> bool:
    return user.pk != task.problem.found_by_id and is_independent(user, task)


def _answers_objection(user: User, task: RectificationTask) -> bool:
    """Another than the finder; that it holds, and there was no problem, says the leader alone."""
    return task.pending_objection is not None and _did_not_find(user, task)


def _takes_note(user: User, task: RectificationTask) -> bool:
    """Of what others found: what it wrote into its own self-check a unit knows already."""
    found_itself = task.problem.origin == Problem.Origin.SELF_CHECK
    return answers_for(user, task) and task.acknowledged_at is None and not found_itself


add("inspections.acknowledge_problem", _takes_note)
add("inspections.object_to_problem", lambda user, task: answers_for(user, task) and not why_not(task))
add(
    "inspections.reject_objection",
    lambda user, task: user.has_role(*OFFICE_ROLES, Role.LEADER) and _answers_objection(user, task),
)
add(
    "inspections.uphold_objection",
    lambda user, task: user.has_role(Role.LEADER) and _answers_objection(user, task),
)
add(
    "inspections.withdraw_problem",
    lambda user, task: user.has_role(Role.LEADER) and _did_not_find(user, task),
)

# --- 挂账 ---------------------------------------------------------------------


def _parks(user: User, task: RectificationTask) -> bool:
    """The task force; never what a 严禁 or 不得 forbids."""
    ordinary = task.problem.severity == Problem.Severity.ORDINARY
    return user.has_role(Role.TASK_FORCE) and ordinary and is_independent(user, task)


add("inspections.park_task", _parks)

# --- 移交 ---------------------------------------------------------------------


def _is_receiver(user: User, transfer: Transfer) -> bool:
    """The department by its own account; the office that sent it types in what came on paper."""
    return transfer.department_id in user.unit_ids([Role.PARTNER]) or user.has_role(*OFFICE_ROLES)


def _has_transfer(user: User, task: RectificationTask, *states: str) -> bool:
    transfer = task.transfer
    return transfer is not None and transfer.state in states and _is_receiver(user, transfer)


_SENT, _CONTESTED, _ACCEPTED = Transfer.State.SENT, Transfer.State.CONTESTED, Transfer.State.ACCEPTED
add(
    "inspections.transfer_task",
    lambda user, task: user.has_role(*OFFICE_ROLES) and is_independent(user, task),
)
add("inspections.answer_transfer", lambda user, task: _has_transfer(user, task, _SENT))
add(
    "inspections.contest_transfer",
    lambda user, task: _has_transfer(user, task, _SENT) and not task.transfer.insist_words,
)
add("inspections.report_transfer", lambda user, task: _has_transfer(user, task, _ACCEPTED))
add(
    "inspections.insist_transfer",
    lambda user, task: user.has_role(*OFFICE_ROLES) and _has_transfer(user, task, _CONTESTED),
)
add(
    "inspections.take_back_transfer",
    lambda user, task: user.has_role(*OFFICE_ROLES) and _has_transfer(user, task, *Transfer.STANDING),
)

# --- 上级交办 -----------------------------------------------------------------


def _asks_superior(user: User, task: RectificationTask) -> bool:
    handed_down = task.problem.origin == Problem.Origin.SUPERIOR
    return handed_down and not task.superior_has_agreed and user.has_role(Role.TASK_FORCE)


add("inspections.ask_superior", _asks_superior)
add("inspections.answer_of_superior", lambda user, task: user.has_role(Role.TASK_FORCE))

# --- 回头看, 材料抽查 ----------------------------------------------------------


def _rechecks(user: User, recheck: Recheck) -> bool:
    """Another than who closed and verified; on paper the task force, on site the inspectors too."""
    task = recheck.task
    if user.pk in (task.closed_by_id, task.verified_by_id) or not is_independent(user, task):
        return False
    if recheck.kind == RecheckDraw.Kind.DESK_CHECK:
        return user.has_role(Role.TASK_FORCE)
    return user.has_role(*OFFICE_ROLES) or inspects(user, task)


add("inspections.do_recheck", _rechecks)

name_holders(
    {
        "inspections.acknowledge_problem": ANSWERING_ROLES,
        "inspections.object_to_problem": ANSWERING_ROLES,
        "inspections.reject_objection": OFFICE_ROLES | {Role.LEADER},
        "inspections.uphold_objection": {Role.LEADER},
        "inspections.withdraw_problem": {Role.LEADER},
        "inspections.park_task": {Role.TASK_FORCE},
        "inspections.transfer_task": OFFICE_ROLES,
        "inspections.answer_transfer": OFFICE_ROLES | {Role.PARTNER},
        "inspections.contest_transfer": OFFICE_ROLES | {Role.PARTNER},
        "inspections.report_transfer": OFFICE_ROLES | {Role.PARTNER},
        "inspections.insist_transfer": OFFICE_ROLES,
        "inspections.take_back_transfer": OFFICE_ROLES,
        "inspections.ask_superior": {Role.TASK_FORCE},
        "inspections.answer_of_superior": {Role.TASK_FORCE},
        "inspections.do_recheck": OFFICE_ROLES | {Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR},
    }
)
