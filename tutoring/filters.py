"""The list of leads."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q
from django.http import QueryDict

from shuangjian.accounts.list_filters import (
    ListFilter,
    Reading,
    Tabs,
    area_filter,
    tabs_of,
    township_filter,
)
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from tutoring.models import Lead

READERS = COUNTY_ROLES | {Role.AREA_INSPECTOR, Role.PARTNER}


class LeadFilter(ListFilter):
    """Leads by words, kind, source, township and area."""

    texts = ("no", "address", "township__name")
    sounds = "township__pinyin_key"

    q = django_filters.CharFilter(label="编号、地址或乡镇", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=Lead.Kind.choices, empty_label="全部类别")
    source = django_filters.ChoiceFilter(label="来源", choices=Lead.Source.choices, empty_label="全部来源")
    township = township_filter()
    area = area_filter()

    class Meta:
        model = Lead
        fields = ["q", "kind", "source", "township", "area"]


def lead_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """All, and one tab for each state, with their counts (P24: leads, verified, dealt with)."""
    states = {state.value: (state.label, Q(state=state)) for state in Lead.State}
    return tabs_of(queryset, query, {"all": ("全部", Q()), **states}, default="all")


def read_leads(user: User, query: QueryDict) -> Reading:
    """The leads that exist for this person, one tab a state, the latest first."""
    narrowed = LeadFilter(query, queryset=Lead.objects.visible_to(user))
    tabs = lead_tabs(narrowed.qs, query)
    rows = tabs.queryset.select_related("township", "handed_to").order_by("-pk")
    return Reading(rows, narrowed, tabs)
