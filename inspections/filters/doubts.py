"""The list of doubts."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from shuangjian.accounts.list_filters import ListFilter, Tabs, area_filter, tabs_of, township_filter
from shuangjian.policy.models import Rule
from shuangjian.policy.selectors import rules_in_force
from shuangjian.registers import definitions
from shuangjian.registers.models import Doubt


def _rules(request: Any) -> QuerySet[Rule]:
    return rules_in_force()


def _registers() -> list[tuple[str, str]]:
    return [(one.key, one.title) for one in definitions.all_registers()]


class DoubtFilter(ListFilter):
    """Doubts by words, rule, kind, register, township and area."""

    rule = django_filters.ModelChoiceFilter(
        label="条目", method="by_rule", to_field_name="number", queryset=_rules, empty_label="全部条目"
    )
    kind = django_filters.ChoiceFilter(label="类别", choices=Doubt.Kind.choices, empty_label="全部类别")
    register = django_filters.ChoiceFilter(label="登记项目", choices=_registers, empty_label="全部项目")
    township = township_filter("organisation__township")
    area = area_filter("organisation__area")

    class Meta:
        model = Doubt
        fields = ["q", "rule", "kind", "register", "township", "area"]

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """The rule by its number: a doubt keeps the rulebook version under which it was raised."""
        return queryset.filter(item__rule__number=value.number)


def doubt_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """One tab for each state, the open ones first, and all."""
    states = {state.value: (state.label, Q(state=state)) for state in Doubt.State}
    return tabs_of(queryset, query, {**states, "all": ("全部", Q())}, default="open")
