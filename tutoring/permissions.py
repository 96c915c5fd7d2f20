"""Who may change what the registers say of an institution, and who moves a lead (线索点)."""

from __future__ import annotations

from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from tutoring.models import Institution, Lead


def _edits_whole(user: User, institution: Institution) -> bool:
    return user.has_role(Role.TASK_FORCE)


def _edits(user: User, institution: Institution) -> bool:
    """The task force; the institution's own administrator while it operates."""
    organisation = institution.organisation
    own = organisation.is_active and holds_on(user, organisation, Role.INSTITUTION_ADMIN)
    return own or _edits_whole(user, institution)


# --- Leads --------------------------------------------------------------------


def _handles(user: User, lead: Lead) -> bool:
    return user.has_role(*OFFICE_ROLES)


def _checks(user: User, lead: Lead) -> bool:
    """The office, and the inspector of the area in which the place lies."""
    return _handles(user, lead) or lead.area_id in user.unit_ids([Role.AREA_INSPECTOR])


def _corrects(user: User, lead: Lead) -> bool:
    """What was checked stands in the office's books: from then on the office alone corrects it."""
    return _handles(user, lead) or (lead.state == Lead.State.PENDING and _checks(user, lead))


def _answers(user: User, lead: Lead) -> bool:
    return lead.handed_to_id in user.unit_ids([Role.PARTNER])


add("tutoring.edit_institution", _edits)
add("tutoring.edit_institution_whole", _edits_whole)
add("tutoring.register_lead", _checks)
add("tutoring.check_lead", _checks)
add("tutoring.correct_lead", _corrects)
add("tutoring.handle_lead", _handles)
add("tutoring.answer_lead", _answers)
_CHECKERS = OFFICE_ROLES | {Role.AREA_INSPECTOR}
name_holders(
    {
        "tutoring.edit_institution": {Role.TASK_FORCE, Role.INSTITUTION_ADMIN},
        "tutoring.edit_institution_whole": {Role.TASK_FORCE},
        "tutoring.register_lead": _CHECKERS,
        "tutoring.check_lead": _CHECKERS,
        "tutoring.correct_lead": _CHECKERS,
        "tutoring.handle_lead": OFFICE_ROLES,
        "tutoring.answer_lead": {Role.PARTNER},
    }
)
