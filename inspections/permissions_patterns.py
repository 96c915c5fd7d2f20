"""Who judges what the nightly search finds: the county's offices and the leader, who plan visits."""

from __future__ import annotations

from inspections.models import Pattern
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, name_holders
from shuangjian.accounts.roles import COUNTY_ROLES


def _judges(user: User, pattern: Pattern) -> bool:
    return user.has_role(*COUNTY_ROLES)


add("inspections.judge_pattern", _judges)
name_holders({"inspections.judge_pattern": COUNTY_ROLES})
