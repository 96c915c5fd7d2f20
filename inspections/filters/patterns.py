"""The list of what the nightly search found."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from inspections.models import Pattern, PatternRow
from shuangjian.accounts.list_filters import ListFilter, Tabs, area_filter, tabs_of
from shuangjian.accounts.models import Organisation


class PatternFilter(ListFilter):
    """By number, words or a unit among the rows, by kind, by an area among the rows."""

    q = django_filters.CharFilter(label="编号、情况或单位", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=Pattern.Kind.choices, empty_label="全部类别")
    area = area_filter("area")

    class Meta:
        model = Pattern
        fields = ["q", "kind", "area"]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """An area is where one of the rows lies."""
        given = self.form.cleaned_data
        found = queryset.filter(kind=given["kind"]) if given.get("kind") else queryset
        if given.get("q"):
            found = self.by_words(found, "q", given["q"])
        if given.get("area"):
            found = found.filter(_with_row(Q(organisation__area=given["area"])))
        return found

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        words = value.strip()
        sound = "".join(words.lower().split())
        unit = Q(organisation__name__icontains=words) | Q(organisation__pinyin_key__contains=sound)
        return queryset.filter(Q(no__icontains=words) | Q(fact__icontains=words) | _with_row(unit))


def _with_row(condition: Q) -> Q:
    return Q(Exists(PatternRow.objects.filter(condition, pattern=OuterRef("pk"))))


def pattern_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """One tab for each state, those to be judged first, and all."""
    states = {state.value: (state.label, Q(state=state)) for state in Pattern.State}
    return tabs_of(queryset, query, {**states, "all": ("全部", Q())}, default="open")


def units_of(pattern: Pattern) -> QuerySet[Organisation]:
    """The units of a finding that are in operation, by name: those that can be visited."""
    rows = Organisation.objects.filter(pk__in=pattern.rows.values("organisation"))
    return rows.units().active().order_by("pinyin_key", "pk")
