"""Filters and tabs of the lists of supervision: everything in the URL, so that a view is sent as a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from inspections.models import RectificationTask
from shuangjian import clock
from shuangjian.policy.models import Rule
from shuangjian.policy.selectors import current_rulebook


def _rules(request: Any) -> QuerySet[Rule]:
    book = current_rulebook()
    return Rule.objects.filter(rulebook=book).order_by("number") if book else Rule.objects.none()


class ProblemFilter(django_filters.FilterSet):
    """Problems by words, rule and state."""

    q = django_filters.CharFilter(label="编号或单位", method="by_words")
    rule = django_filters.ModelChoiceFilter(
        label="条目",
        field_name="problem__rule",
        to_field_name="number",
        queryset=_rules,
        empty_label="全部条目",
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=RectificationTask.State.choices, empty_label="全部状态"
    )

    class Meta:
        model = RectificationTask
        fields = ["q", "rule", "state"]

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if "\x00" in value:
            return queryset.none()
        return queryset.filter(
            Q(problem__no__icontains=value)
            | Q(problem__organisation__name__icontains=value)
            | Q(problem__organisation__pinyin_key__icontains=value.lower())
        )


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Tabs:
    """The tabs of the list with their counts, and the rows of the chosen one."""

    tabs: list[Tab]
    queryset: Any
    current: str


def problem_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """Open, overdue, waiting for verification or close-out, closed, all: each count equals its list."""
    conditions = {
        "open": ("未销号", ~Q(state="closed")),
        "overdue": ("逾期", ~Q(state="closed") & Q(due_on__lt=clock.today())),
        "verify": ("待核查", Q(state="verifying")),
        "close": ("待销号", Q(state="verified")),
        "closed": ("已销号", Q(state="closed")),
        "all": ("全部", Q()),
    }
    return tabs_of(queryset, query, conditions, default="open")


def tabs_of(
    queryset: Any, query: QueryDict, conditions: Mapping[str, tuple[str, Q]], *, default: str
) -> Tabs:
    """The tabs of a list from key → (label, condition), counted in one query; ``?tab=`` chooses one."""
    counts = queryset.aggregate(
        **{
            key: Count("pk", filter=condition) if condition else Count("pk")
            for key, (_, condition) in conditions.items()
        }
    )
    chosen = query.get("tab", default)
    if chosen not in conditions:
        chosen = default
    tabs = []
    for key, (label, _) in conditions.items():
        link = query.copy()
        link["tab"] = key
        link.pop("page", None)
        tabs.append(Tab(key, label, counts[key], f"?{link.urlencode()}", key == chosen))
    return Tabs(tabs, queryset.filter(conditions[chosen][1]), chosen)
