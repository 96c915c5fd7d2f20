"""Predicates shared by the apps above, and a typed wrapper for django-rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rules

from shuangjian.accounts.models import Organisation, User

Predicate = Callable[[User, Any], bool]


def add(name: str, test: Predicate) -> None:
    """Register object permission ``name`` (``app.action_noun``).

    The test is asked with a signed-in, active person and an object; without an object the answer is no.
    """

    @rules.predicate(name=name)  # type: ignore[untyped-decorator]
    def asked(user: User, subject: Any) -> bool:
        if subject is None or not user.is_authenticated or not user.is_active:
            return False
        return test(user, subject)

    rules.set_perm(name, asked)


def holds_on(user: User, organisation: Organisation, *roles: str) -> bool:
    """Does ``user`` hold one of ``roles`` today on this unit, or on the unit that files for it?"""
    ids = user.unit_ids(roles)
    return organisation.pk in ids or (organisation.filer_id is not None and organisation.filer_id in ids)
