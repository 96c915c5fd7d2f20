"""Who holds which role: the recipients of notices and the choices of forms."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from shuangjian import clock
from shuangjian.accounts.models import County, Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_HEADS, UNIT_ROLES, Role


def county() -> County | None:
    """The county's settings, or None before set-up."""
    return County.objects.first()


def holders(*roles: str) -> QuerySet[User]:
    """Active people who hold one of ``roles`` today, anywhere."""
    posts = Membership.objects.in_force(clock.today()).filter(role__in=roles)
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def people_of(organisation: Organisation, roles: Iterable[str] = UNIT_ROLES) -> QuerySet[User]:
    """Active people who answer for a unit today: its own, or those of the unit that files for it."""
    posts = Membership.objects.in_force(clock.today()).filter(
        organisation_id=organisation.responsible_unit_id, role__in=list(roles)
    )
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def heads_of(organisation: Organisation) -> QuerySet[User]:
    """The heads (校长, 机构负责人) with an account who answer for a unit today."""
    return people_of(organisation, UNIT_HEADS)


def inspectors_of(organisation: Organisation) -> QuerySet[User]:
    """The area inspectors of the unit's supervision area today; none where it has no area."""
    posts = Membership.objects.in_force(clock.today()).filter(
        organisation_id=organisation.area_id, role=Role.AREA_INSPECTOR
    )
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def belonged_lately(user: User, organisation: Organisation) -> bool:
    """Does the person belong to the unit, or did he within the county's independence period?

    Whoever did neither verifies nor closes there (decisions.md, "Verify and close are two moves by two people").
    """
    settings_row = county()
    months = settings_row.independence_months if settings_row else 12
    since = clock.today()
    month = since.month - months % 12
    year = since.year - months // 12
    if month <= 0:
        month, year = month + 12, year - 1
    since = since.replace(year=year, month=month, day=min(since.day, 28))
    return Membership.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=since),
        user=user,
        organisation_id__in=[organisation.pk, organisation.responsible_unit_id],
        role__in=UNIT_ROLES,
    ).exists()
