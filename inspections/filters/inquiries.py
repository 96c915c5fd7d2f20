"""The list of 情况核实."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.models import UnitInquiry
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of


class InquiryFilter(ListFilter):
    """By number or unit."""

    class Meta:
        model = UnitInquiry
        fields = ["q"]


def inquiry_tabs(queryset: QuerySet[Any], query: QueryDict) -> Tabs:
    """What waits for the unit first."""
    states = {state.value: (state.label, Q(state=state)) for state in UnitInquiry.State}
    return tabs_of(queryset, query, {**states, "all": ("全部", Q())}, default="asked")
