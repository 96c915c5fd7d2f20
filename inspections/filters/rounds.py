"""The list of self-check rounds by their state."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from inspections.models import Round, SelfCheck
from shuangjian import clock
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import User

_OPEN = Q(checks__state__in=SelfCheck.OPEN_STATES)


def with_counts() -> QuerySet[Any]:
    """Rounds with how many units they ask and how many of those have submitted, are late, were returned."""
    return Round.objects.select_related("term", "obligation__phase", "created_by", "published_by").annotate(
        asked=Count("checks", filter=~Q(checks__state="ended")),
        handed_in=Count("checks", filter=Q(checks__state__in=["submitted", "accepted"])),
        accepted=Count("checks", filter=Q(checks__state="accepted")),
        waiting=Count("checks", filter=Q(checks__state="submitted")),
        returned=Count("checks", filter=Q(checks__state="returned")),
        late=Count("checks", filter=_OPEN & Q(checks__due_on__lt=clock.today())),
    )


def read_rounds(user: User, query: QueryDict) -> Reading:
    """All rounds or those of ``?state=``, drafts first, then the latest date first; the county's alone."""
    state = query.get("state", "")
    drafts_first = Case(When(state="draft", then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = with_counts().order_by(drafts_first, "-due_on", "-pk")
    if state not in Round.State.values:
        return Reading(rows)
    return Reading(rows.filter(state=state), said=Round.State(state).label)
