"""Visits by number or unit, by kind, and by how far they are."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q
from django.http import QueryDict

from inspections.models import Visit
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of


class VisitFilter(ListFilter):
    """By words (the number of the record too) and kind."""

    texts = ("no", "record_no", "organisation__name")

    kind = django_filters.ChoiceFilter(label="类别", choices=Visit.Kind.choices, empty_label="全部类别")

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()


def visit_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """All, and each state; each count equals its list."""
    states = {state.value: (state.label, Q(state=state)) for state in Visit.State}
    return tabs_of(queryset, query, {"all": ("全部", Q()), **states}, default="all")
