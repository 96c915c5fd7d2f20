"""Who judges a doubt: the county's offices, and the inspector of the unit's area."""

from __future__ import annotations

from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.registers.models import Doubt


def _judges(user: User, doubt: Doubt) -> bool:
    return user.has_role(*OFFICE_ROLES) or doubt.organisation.area_id in user.unit_ids([Role.AREA_INSPECTOR])


add("inspections.judge_doubt", _judges)
name_holders({"inspections.judge_doubt": OFFICE_ROLES | {Role.AREA_INSPECTOR}})
