"""Who keeps a register, who reads it, and who reads the persons in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.permissions import add, holds_on, name_holders
from shuangjian.accounts.roles import OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.registers.definitions import Keeper, Register

KEEPERS = UNIT_ROLES | {Role.TASK_FORCE}


@dataclass(frozen=True)
class Sheet:
    """One register of one unit, filled in or not: what the permissions are asked about."""

    unit: Organisation
    register: Register


def _keeps(user: User, sheet: Sheet) -> bool:
    """The unit or whoever files for it, while it operates; what the bureau knows the task force keys in."""
    if sheet.register.keeper is Keeper.BUREAU:
        return user.has_role(Role.TASK_FORCE)
    return sheet.unit.is_active and holds_on(user, sheet.unit, *UNIT_ROLES)


def reads(user: User, register: Register) -> bool:
    """Of a unit that is visible to the person: everything but what is the county's offices' alone."""
    return not register.is_private or user.has_role(*OFFICE_ROLES)


def reads_persons(user: User, unit: Organisation) -> bool:
    """Names and certificate numbers: the unit's own people and the county's offices (P18)."""
    return user.has_role(*OFFICE_ROLES) or holds_on(user, unit, *UNIT_ROLES)


def may_keep(user: User, unit: Organisation, register: Register) -> bool:
    sheet: Any = Sheet(unit, register)  # no row of a table: the register may not be filled in yet
    return user.has_perm("registers.keep_entry", sheet)


add("registers.keep_entry", _keeps)
name_holders({"registers.keep_entry": KEEPERS})
