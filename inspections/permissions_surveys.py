"""What a person may do to the parents' questionnaire (``inspections.verb_noun``)."""

from __future__ import annotations

from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES, Role

OF_SCHOOLS = frozenset({Role.SCHOOL_ADMIN, Role.HEAD})
READERS = COUNTY_ROLES | INSPECTOR_ROLES | OF_SCHOOLS
KEEPERS = OF_SCHOOLS | {Role.TASK_FORCE}  # of a school's code and poster

add("inspections.edit_survey", lambda user, survey: user.has_role(Role.TASK_FORCE))
add(
    "inspections.open_survey",
    lambda user, survey: user.has_role(Role.LEADER) or (user.has_role(Role.TASK_FORCE) and survey.is_on_plan),
)
add(
    "inspections.replace_survey_code",
    lambda user, code: user.has_role(Role.TASK_FORCE) or holds_on(user, code.school, *OF_SCHOOLS),
)
name_holders(
    {
        "inspections.edit_survey": {Role.TASK_FORCE},
        "inspections.open_survey": {Role.TASK_FORCE, Role.LEADER},
        "inspections.replace_survey_code": KEEPERS,
    }
)
