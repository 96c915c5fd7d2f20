"""The list of problems: one row a problem, its last round of rectification."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.filters.base import ListFilter, Tabs, tabs_of
from inspections.models import RectificationTask
from shuangjian import clock
from shuangjian.policy.models import Rule
from shuangjian.policy.selectors import current_rulebook


def _rules(request: Any) -> QuerySet[Rule]:
    book = current_rulebook()
    return Rule.objects.filter(rulebook=book).order_by("number") if book else Rule.objects.none()


class ProblemFilter(ListFilter):
    """Problems by words, rule and state."""

    texts = ("problem__no", "problem__organisation__name")
    sounds = "problem__organisation__pinyin_key"

    rule = django_filters.ModelChoiceFilter(
        label="条目",
        method="by_rule",
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

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """The rule by its number: a problem keeps the rulebook version under which it was found."""
        return queryset.filter(problem__rule__number=value.number)


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
