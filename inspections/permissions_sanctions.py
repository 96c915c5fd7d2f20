"""Who opens, carries out, appeals and answers a case of accountability (约谈、通报、建议问责)."""

from __future__ import annotations

from inspections.models import Sanction, SanctionAppeal
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import ANSWERING_ROLES, OFFICE_ROLES, SIGNING_ROLES, Role


def _keeps(user: User, sanction: Sanction) -> bool:
    """The unit says itself what it has done, or the office takes it down; while something is to be done."""
    may = user.has_role(*OFFICE_ROLES) or holds_on(user, sanction.organisation, *ANSWERING_ROLES)
    return may and any(one.done_on is None for one in sanction.commitments.all())


def _appeals(user: User, sanction: Sanction) -> bool:
    """The unit's head, or the office that types in its paper; a way that was not taken yet."""
    if not sanction.is_decision or len(sanction.appeals.all()) == len(SanctionAppeal.Way):
        return False
    return user.has_role(*OFFICE_ROLES) or holds_on(user, sanction.organisation, *SIGNING_ROLES)


def _answers(user: User, sanction: Sanction) -> bool:
    """Another than who decided (P12)."""
    waiting = any(one.is_waiting for one in sanction.appeals.all())
    may = user.has_role(Role.SUPERVISION_OFFICE, Role.LEADER)
    return waiting and may and user.pk != sanction.instructed_by_id


add("inspections.instruct_sanction", lambda user, target: user.has_role(Role.LEADER))
add("inspections.carry_out_sanction", lambda user, sanction: user.has_role(*OFFICE_ROLES))
add("inspections.revoke_sanction", lambda user, sanction: user.has_role(Role.LEADER))
add("inspections.keep_commitment", _keeps)
add("inspections.appeal_sanction", _appeals)
add("inspections.answer_appeal", _answers)
name_holders(
    {
        "inspections.instruct_sanction": {Role.LEADER},
        "inspections.carry_out_sanction": OFFICE_ROLES,
        "inspections.revoke_sanction": {Role.LEADER},
        "inspections.keep_commitment": OFFICE_ROLES | ANSWERING_ROLES,
        "inspections.appeal_sanction": OFFICE_ROLES | SIGNING_ROLES,
        "inspections.answer_appeal": {Role.SUPERVISION_OFFICE, Role.LEADER},
    }
)
