"""Who may change what the register says of a school."""

from __future__ import annotations

from schools.models import School
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import Role


def _edits_whole(user: User, school: School) -> bool:
    return user.has_role(Role.TASK_FORCE)


def _edits(user: User, school: School) -> bool:
    """The task force; while it operates the administrator of the school or of the one filling in for it."""
    own = school.organisation.is_active and holds_on(user, school.organisation, Role.SCHOOL_ADMIN)
    return own or _edits_whole(user, school)


add("schools.edit_school", _edits)
add("schools.edit_school_whole", _edits_whole)
name_holders(
    {
        "schools.edit_school": {Role.TASK_FORCE, Role.SCHOOL_ADMIN},
        "schools.edit_school_whole": {Role.TASK_FORCE},
    }
)
