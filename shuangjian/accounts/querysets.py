"""Which units exist for a person. Every other ``visible_to`` of the portal is built on this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from shuangjian.accounts.roles import ADMIN_ROLES, COUNTY_ROLES, UNIT_ROLES, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from shuangjian.accounts.models import Organisation, User  # noqa: F401  (named by a type)

# Apps above add what only they know (an inspector's visits); each gives a condition on Organisation, or None
# where it has nothing to add.
ScopeProvider = Callable[["User"], Q | None]
_providers: list[ScopeProvider] = []


def add_scope(provider: ScopeProvider) -> ScopeProvider:
    """Register a further reason for which a unit is visible to a person."""
    _providers.append(provider)
    return provider


def sees_every_unit(user: User | AnonymousUser) -> bool:
    """County roles see all units: their queries need no condition, which each list would pay for."""
    return user.is_authenticated and user.is_active and bool(user.roles & COUNTY_ROLES)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: User | AnonymousUser) -> OrganisationQuerySet:
        """County roles see all, an area inspector his area, unit people theirs and what it files for."""
        if sees_every_unit(user):
            return self
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.roles <= ADMIN_ROLES:
            return self.none()
        areas = user.unit_ids([Role.AREA_INSPECTOR])
        own = user.unit_ids(UNIT_ROLES | {Role.OFFICE_STAFF})
        # Reasons that cannot hold are left out: each would be compiled for every query of a page.
        reasons = Q(pk__in=own)
        if own:
            reasons |= Q(filer__in=own)
        if areas:
            reasons |= Q(area__in=areas)
        for provider in _providers:
            more = provider(user)
            if more is not None:
                reasons |= more
        return self.filter(reasons)

    def units(self) -> OrganisationQuerySet:
        """Schools and institutions only."""
        return self.filter(kind__in=["school", "institution"])

    def areas(self) -> OrganisationQuerySet:
        """Supervision areas in the county's order: by their sound 第二 would stand before 第一."""
        return self.filter(kind="area").order_by("code")

    def active(self) -> OrganisationQuerySet:
        return self.filter(status="active")


class UnitOwnedQuerySet(models.QuerySet):
    """Base of every business record that belongs to one unit, by the way that ``unit`` names."""

    unit = "organisation"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the units that exist for ``user``."""
        from shuangjian.accounts.models import Organisation

        if sees_every_unit(user):
            return self
        return self.filter(**{f"{self.unit}__in": Organisation.objects.visible_to(user)})
