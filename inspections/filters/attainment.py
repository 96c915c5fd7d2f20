"""The list of 达标情况: units of a term by conclusion, place, kind, or by how one rule stands."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.filters.terms import TermFilter
from inspections.models import Attainment
from shuangjian.accounts.list_filters import (
    UNIT_KINDS,
    ListFilter,
    Tabs,
    area_filter,
    tabs_of,
    township_filter,
)
from shuangjian.policy.models import Rule, Term
from shuangjian.policy.selectors import rules_in_force

C = Attainment.Conclusion


def _rules(request: Any) -> QuerySet[Rule]:
    return rules_in_force().filter(group__in=["school", "institution"])


class AttainmentFilter(ListFilter):
    """``rule`` alone: the units that it concerns; with ``mark`` those of which it stands so."""

    texts = ("organisation__name", "organisation__code")

    q = django_filters.CharFilter(label="单位", method="by_words")
    kind = django_filters.ChoiceFilter(
        label="类别", field_name="organisation__kind", choices=UNIT_KINDS, empty_label="学校和机构"
    )
    township = township_filter("organisation__township")
    area = area_filter("organisation__area")
    rule = django_filters.ModelChoiceFilter(
        label="条目", method="by_rule", to_field_name="number", queryset=_rules, empty_label="不限"
    )
    mark = django_filters.ChoiceFilter(
        label="该条结论", choices=Attainment.Mark.choices, method="by_mark", empty_label="不限"
    )
    term = TermFilter(label="学期", method="by_term", empty_label="本学期")

    class Meta:
        model = Attainment
        fields = ["q", "kind", "township", "area", "rule", "mark", "term"]

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """The units that the rule concerns; how it stands there is asked beside it."""
        mark = self.form.cleaned_data.get("mark")
        if mark:
            return queryset.filter(marks__contains={str(value.number): mark})
        return queryset.filter(marks__has_key=str(value.number))

    def by_mark(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Asked with the rule; without one it says nothing."""
        return queryset

    def by_term(self, queryset: QuerySet[Any], name: str, value: Term) -> QuerySet[Any]:
        """The reading chose the term already; the field only says so in the address."""
        return queryset


def attainment_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """What is still missing first."""
    order = (C.UNMET, C.UNKNOWN, C.NEARLY, C.MET)
    conditions = {one.value: (one.label, Q(conclusion=one)) for one in order}
    return tabs_of(queryset, query, {**conditions, "all": ("全部", Q())}, default="all")
