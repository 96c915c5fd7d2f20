"""Who moves 举报和反映 and 情况核实: 双减专班, the matter's officer, the leader; the unit answers."""

from __future__ import annotations

from inspections.models import Complaint, ComplaintErasure, UnitInquiry
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import UNIT_ROLES, Role


def _dispatches(user: User, row: Complaint) -> bool:
    return user.has_role(Role.TASK_FORCE)


def _handles(user: User, row: Complaint) -> bool:
    """The officer to whom it was given; while nobody has it, any of the task force.

    Not who answered first, where a second look was asked for.
    """
    if row.state == Complaint.State.REVERIFYING and row.answered_by_id == user.pk:
        return False
    if row.officer_id is None:
        return user.has_role(Role.TASK_FORCE)
    return row.officer_id == user.pk and user.has_role(Role.TASK_FORCE, Role.OFFICE_STAFF)


def _extends(user: User, row: Complaint) -> bool:
    return user.has_role(Role.LEADER)


def _asks(user: User, inquiry: UnitInquiry) -> bool:
    return inquiry.asked_by_id == user.pk or user.has_role(Role.TASK_FORCE)


def _replies(user: User, inquiry: UnitInquiry) -> bool:
    return holds_on(user, inquiry.organisation, *UNIT_ROLES)


def _decides_erasure(user: User, row: ComplaintErasure) -> bool:
    """Another person than proposed it."""
    return user.pk != row.asked_by_id and user.has_role(Role.TASK_FORCE, Role.LEADER)


add("inspections.dispatch_complaint", _dispatches)
add("inspections.handle_complaint", _handles)
add("inspections.extend_complaint", _extends)
add("inspections.keep_inquiry", _asks)
add("inspections.reply_inquiry", _replies)
add("inspections.decide_erasure", _decides_erasure)
name_holders(
    {
        "inspections.dispatch_complaint": {Role.TASK_FORCE},
        "inspections.handle_complaint": {Role.TASK_FORCE, Role.OFFICE_STAFF},
        "inspections.extend_complaint": {Role.LEADER},
        "inspections.keep_inquiry": {Role.TASK_FORCE, Role.OFFICE_STAFF},
        "inspections.reply_inquiry": UNIT_ROLES,
        "inspections.decide_erasure": {Role.TASK_FORCE, Role.LEADER},
    }
)
