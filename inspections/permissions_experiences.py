"""Who writes and who publishes what is exchanged (经验交流): two people of the county's staff."""

from __future__ import annotations

from shuangjian.accounts.permissions import add, name_holders
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES

add("inspections.write_experience", lambda user, row: user.has_role(*OFFICE_ROLES))
add(
    "inspections.publish_experience",
    lambda user, row: user.has_role(*COUNTY_ROLES) and user.pk != row.written_by_id,
)
name_holders({"inspections.write_experience": OFFICE_ROLES, "inspections.publish_experience": COUNTY_ROLES})
