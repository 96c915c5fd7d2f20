"""Who handles a matter: the officer whom the county named for its kind and place."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from inspections.models import Complaint, ComplaintRoute
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders

OFFICERS = (Role.TASK_FORCE, Role.OFFICE_STAFF)


def officers() -> QuerySet[User]:
    """Who can be given a matter."""
    return holders(*OFFICERS)


def officer_of(complaint: Complaint) -> User | None:
    """By the narrowest route: kind and place, kind, place, then the one for all; None: nobody yet."""
    township = complaint.township_id or (
        complaint.organisation.township_id if complaint.organisation else None
    )
    fits = Q(kind__in=["", complaint.kind]) & (Q(township=None) | Q(township=township))
    routes = ComplaintRoute.objects.filter(fits, officer__in=officers()).select_related("officer")
    best = max(routes, key=lambda route: (bool(route.kind), route.township_id is not None), default=None)
    return best.officer if best else None
