"""Who keeps the tables that go up (上报), fills them in, checks and sends them: three people a table."""

from __future__ import annotations

from inspections.models import UpwardReturn
from shuangjian.accounts.models import User
from shuangjian.accounts.permissions import add, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, Role

S = UpwardReturn.State


def _checks(user: User, row: UpwardReturn) -> bool:
    """Another than who filled it in: 督导室, or a colleague of the task force."""
    return user.has_role(*OFFICE_ROLES) and user.pk != row.submitted_by_id


def _sends(user: User, row: UpwardReturn) -> bool:
    return user.has_role(Role.LEADER) and user.pk not in (row.submitted_by_id, row.checked_by_id)


add("inspections.fill_return", lambda user, row: user.has_role(Role.TASK_FORCE))
add("inspections.check_return", _checks)
add("inspections.send_return", _sends)
add(
    "inspections.send_back_return",
    lambda user, row: _sends(user, row) if row.state == S.APPROVAL else _checks(user, row),
)
add(
    "inspections.discard_return",
    lambda user, row: user.has_role(Role.TASK_FORCE) and row.corrects_id is not None,
)
add("inspections.keep_return_template", lambda user, template: user.has_role(Role.TASK_FORCE))
name_holders(
    {
        "inspections.fill_return": {Role.TASK_FORCE},
        "inspections.check_return": OFFICE_ROLES,
        "inspections.send_return": {Role.LEADER},
        "inspections.send_back_return": OFFICE_ROLES | {Role.LEADER},
        "inspections.discard_return": {Role.TASK_FORCE},
        "inspections.keep_return_template": {Role.TASK_FORCE},
    }
)
