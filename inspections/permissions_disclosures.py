"""Who decides on, answers and takes down what is made public of accountability (P28)."""

from __future__ import annotations

from inspections.models import Disclosure
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import UNIT_ROLES, Role


def _decides(user: User, row: Disclosure) -> bool:
    return user.has_role(Role.LEADER) and user.pk != row.proposed_by_id


def _states(user: User, row: Disclosure) -> bool:
    return row.organisation is not None and holds_on(user, row.organisation, *UNIT_ROLES)


add("inspections.decide_disclosure", _decides)
add("inspections.state_on_disclosure", _states)
add("inspections.take_down_disclosure", lambda user, row: user.has_role(Role.LEADER))
add(
    "inspections.repair_disclosure",
    lambda user, row: user.has_role(Role.LEADER) and row.kind == Disclosure.Kind.EXPOSED,
)
name_holders(
    {
        "inspections.decide_disclosure": {Role.LEADER},
        "inspections.state_on_disclosure": UNIT_ROLES,
        "inspections.take_down_disclosure": {Role.LEADER},
        "inspections.repair_disclosure": {Role.LEADER},
    }
)
