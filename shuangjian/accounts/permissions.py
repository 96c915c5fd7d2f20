"""Predicates shared by the apps above, and a typed wrapper for django-rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import rules

from shuangjian.accounts.models import GrantRequest, Organisation, User
from shuangjian.accounts.roles import KEEPER_ROLES, Role

Predicate = Callable[[User, Any], bool]
_holders: dict[str, frozenset[str]] = {}


def add(name: str, test: Predicate) -> None:
    """Register object permission ``name`` (``app.action_noun``).

    The test is asked with a signed-in, active person and an object; without an object the answer is no.
    """

    @rules.predicate(name=name)  # type: ignore[no-untyped-call,untyped-decorator]  # rules has no types
    def asked(user: User, subject: Any) -> bool:
        if subject is None or not user.is_authenticated or not user.is_active:
            return False
        return test(user, subject)

    rules.set_perm(name, asked)  # type: ignore[no-untyped-call]


def name_holders(holders: Mapping[str, Collection[str]]) -> None:
    """Say which roles can have a permission at all: the page of a refusal names them."""
    _holders.update({name: frozenset(roles) for name, roles in holders.items()})


def holders_of(name: str) -> frozenset[str]:
    """The roles that can have permission ``name``; empty where none were named."""
    return _holders.get(name, frozenset())


def holds_on(user: User, organisation: Organisation, *roles: str) -> bool:
    """Does ``user`` hold one of ``roles`` today on this unit, or on the unit that files for it?"""
    ids = user.unit_ids(roles)
    return organisation.pk in ids or (organisation.filer_id is not None and organisation.filer_id in ids)


# --- Accounts -----------------------------------------------------------------
# The system administrator keeps accounts, the security administrator what they may do. Neither turns against
# the other two or helps himself: whoever could reset the auditor's password could sign in as the auditor.


def deciders_of(request: GrantRequest) -> frozenset[str]:
    """The roles of those who can decide: what the system administrator asks for, the security one does."""
    return KEEPER_ROLES if request.asked_as == Role.SECURITY_ADMIN else frozenset({Role.SECURITY_ADMIN})


def _keeps(user: User, account: User) -> bool:
    return user.has_role(Role.SYSTEM_ADMIN) and user.pk != account.pk and not account.is_administrator


def _decides(user: User, request: GrantRequest) -> bool:
    """Another person than asked, not the one concerned; one of the two is a security administrator."""
    if user.pk in (request.asked_by_id, request.user_id):
        return False
    return user.has_role(*deciders_of(request))


add("accounts.edit_account", lambda user, account: user.has_role(Role.SYSTEM_ADMIN))
add("accounts.keep_account", _keeps)
add("accounts.end_post", lambda user, account: user.has_role(Role.SECURITY_ADMIN) and user.pk != account.pk)
add("accounts.ask_for_role", lambda user, account: user.has_role(*KEEPER_ROLES) and user.pk != account.pk)
add("accounts.decide_role", _decides)
add("accounts.withdraw_role", lambda user, request: user.pk == request.asked_by_id)
add("accounts.unlock_account", lambda user, account: user.has_role(Role.SECURITY_ADMIN))
add("accounts.own_account", lambda user, account: user.pk == account.pk)
add("accounts.keep_channel", lambda user, channel: user.has_role(Role.SYSTEM_ADMIN))
add("accounts.change_county", lambda user, county: user.has_role(Role.SYSTEM_ADMIN))
name_holders(
    {
        "accounts.edit_account": {Role.SYSTEM_ADMIN},
        "accounts.keep_account": {Role.SYSTEM_ADMIN},
        "accounts.end_post": {Role.SECURITY_ADMIN},
        "accounts.ask_for_role": KEEPER_ROLES,
        "accounts.decide_role": KEEPER_ROLES,
        "accounts.unlock_account": {Role.SECURITY_ADMIN},
        "accounts.change_county": {Role.SYSTEM_ADMIN},
        "accounts.keep_channel": {Role.SYSTEM_ADMIN},
    }
)
