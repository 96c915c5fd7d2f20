"""Coverage one by one: whom nobody has inspected in a term or a step of the plan, and what is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict

from inspections.models import Visit
from shuangjian import clock
from shuangjian.accounts.list_filters import (
    UNIT_KINDS,
    ListFilter,
    Tabs,
    area_filter,
    tabs_of,
    township_filter,
)
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Phase
from shuangjian.policy.selectors import current_plan, current_term


@dataclass(frozen=True)
class Period:
    """A span of days in which a unit should have been inspected. ``key`` stands in the address."""

    key: str
    label: str
    first: date
    last: date


def periods() -> list[Period]:
    """This term, and the steps of the plan that are running today; empty where neither is entered."""
    found = []
    if (term := current_term()) is not None:
        found.append(Period("term", term.short_title, term.first_on, term.last_on))
    if (plan := current_plan()) is not None:
        today = clock.today()
        rows = Phase.objects.filter(stage__plan=plan, starts_on__lte=today, ends_on__gte=today)
        found += [Period(row.code, row.title, row.starts_on, row.ends_on) for row in rows]
    return found


def chosen_period(query: QueryDict) -> Period | None:
    known = periods()
    return next((one for one in known if one.key == query.get("period")), known[0] if known else None)


class CoverageFilter(ListFilter):
    """Units in operation, by words, kind, township and supervision area."""

    texts = ("name", "code")
    sounds = "pinyin_key"

    q = django_filters.CharFilter(label="名称、代码或拼音首字母", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    township = township_filter()
    area = area_filter()

    class Meta:
        model = Organisation
        fields = ["q", "kind", "township", "area"]


def with_visits(units: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Each unit with ``is_visited``, ``planned_no``, ``planned_on`` of the period and ``last_on`` of ever."""
    rows = Visit.objects.filter(organisation=OuterRef("pk"))
    begun = rows.filter(started_at__isnull=False)
    ahead = rows.filter(state=Visit.State.PLANNED, planned_on__range=(period.first, period.last)).order_by(
        "planned_on", "pk"
    )
    return units.annotate(
        is_visited=Exists(begun.filter(started_at__date__range=(period.first, period.last))),
        planned_no=Subquery(ahead.values("no")[:1]),
        planned_on=Subquery(ahead.values("planned_on")[:1]),
        last_on=Subquery(begun.order_by("-started_at").values("started_at")[:1]),
    )


def coverage_tabs(units: QuerySet[Any], query: QueryDict) -> Tabs:
    """Nobody was there and nobody will be; somebody will be; somebody was. Each count equals its list."""
    conditions = {
        "missing": ("未督导未安排", Q(is_visited=False, planned_no__isnull=True)),
        "planned": ("已安排", Q(is_visited=False, planned_no__isnull=False)),
        "visited": ("已督导", Q(is_visited=True)),
    }
    return tabs_of(units, query, conditions, default="missing")
