"""Who may change what the register says of an institution."""

from __future__ import annotations

from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import Role
from tutoring.models import Institution


def _edits_whole(user: User, institution: Institution) -> bool:
    return user.has_role(Role.TASK_FORCE)


def _edits(user: User, institution: Institution) -> bool:
    """The task force; the institution's own administrator while it operates."""
    organisation = institution.organisation
    own = organisation.is_active and holds_on(user, organisation, Role.INSTITUTION_ADMIN)
    return own or _edits_whole(user, institution)


add("tutoring.edit_institution", _edits)
add("tutoring.edit_institution_whole", _edits_whole)
name_holders(
    {
        "tutoring.edit_institution": {Role.TASK_FORCE, Role.INSTITUTION_ADMIN},
        "tutoring.edit_institution_whole": {Role.TASK_FORCE},
    }
)
