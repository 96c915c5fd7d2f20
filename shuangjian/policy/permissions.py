"""What a person may do to the plan and to one duty of it (``policy.verb_noun``)."""

from __future__ import annotations

from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.policy.models import Duty, Obligation

_WHO = Obligation.Who
_KINDS = Obligation.Fulfilled


def _files(user: User, duty: Duty) -> bool:
    """The unit's own people, and those of the unit that files for it."""
    is_filed = duty.obligation.fulfilled_by == _KINDS.RECORD
    return is_filed and holds_on(user, duty.organisation, *UNIT_ROLES)


def marking_role(obligation: Obligation) -> Role:
    """Who says that a duty of the county is done: whose it is by the plan."""
    return Role.SUPERVISION_OFFICE if _WHO.SUPERVISION in obligation.who else Role.TASK_FORCE


def _marks(user: User, duty: Duty) -> bool:
    is_marked = duty.obligation.fulfilled_by == _KINDS.WORDS
    return is_marked and user.has_role(marking_role(duty.obligation))


add("policy.file_duty", _files)
add("policy.mark_duty", _marks)
add("policy.reopen_duty", lambda user, duty: user.has_role(Role.TASK_FORCE))
add("policy.change_phase", lambda user, phase: user.has_role(Role.TASK_FORCE))
add("policy.rewrite_guidance", lambda user, item: user.has_role(Role.TASK_FORCE))
name_holders(
    {
        "policy.file_duty": UNIT_ROLES,
        "policy.mark_duty": OFFICE_ROLES,
        "policy.reopen_duty": {Role.TASK_FORCE},
        "policy.change_phase": {Role.TASK_FORCE},
        "policy.rewrite_guidance": {Role.TASK_FORCE},
    }
)
