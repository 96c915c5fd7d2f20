"""How often a unit is visited: the county's most a term, and which planned visit a new one could join.

Source: practice.md P2 (visits stand on a yearly list, the burden is counted); settings ``visits_per_term``
and ``joint_visit_days`` of the county.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Count

from inspections.models import Visit
from inspections.visit_kinds import COUNTED
from shuangjian.accounts.models import County, Organisation
from shuangjian.accounts.selectors import county
from shuangjian.policy.models import Term


def _setting(name: str) -> int:
    value: int = getattr(county() or County(), name)
    return value


def most_per_term() -> int:
    return _setting("visits_per_term")


STANDING = tuple(state for state in Visit.State if state != Visit.State.CANCELLED)


def counted_visits(
    units: Iterable[Organisation], term: Term | None, states: Iterable[str] = STANDING
) -> dict[int, int]:
    """By unit, how many visits of the term count towards its most; cancelled ones do not. One query."""
    counted = Visit.objects.filter(
        organisation__in=list(units), term=term, kind__in=COUNTED, state__in=list(states)
    ).order_by()
    return dict(counted.values("organisation").annotate(n=Count("pk")).values_list("organisation", "n"))


def full_words(count: int, most: int) -> str:
    """Why no further visit is planned; empty where one more is in order."""
    return f"本学期已安排{count}次入校，达到上限{most}次" if count >= most else ""


def joinable(units: Iterable[Organisation], first: date, last: date) -> dict[int, list[Visit]]:
    """By unit, the visits still to come between two days, widened by the county's days. One query."""
    days = timedelta(days=_setting("joint_visit_days"))
    rows = Visit.objects.filter(
        organisation__in=list(units),
        state=Visit.State.PLANNED,
        planned_on__range=(max(first, date.min + days) - days, min(last, date.max - days) + days),
    ).order_by("planned_on", "pk")
    found: dict[int, list[Visit]] = {}
    for visit in rows:
        found.setdefault(visit.organisation_id, []).append(visit)
    return found
