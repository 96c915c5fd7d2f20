"""Cases of accountability by number or unit, and by how far they are."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q
from django.http import QueryDict

from inspections.models import Sanction
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of

S = Sanction.State


class SanctionFilter(ListFilter):
    """By words, way and ground."""

    kind = django_filters.ChoiceFilter(label="方式", choices=Sanction.Kind.choices, empty_label="全部方式")
    ground = django_filters.ChoiceFilter(
        label="事由", choices=Sanction.Ground.choices, empty_label="全部事由"
    )

    class Meta:
        model = Sanction
        fields: tuple[str, ...] = ()


def sanction_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """Running, closed, revoked; each count equals its list."""
    tabs = {
        "running": ("办理中", Q(state__in=Sanction.RUNNING)),
        "closed": (S.CLOSED.label, Q(state=S.CLOSED)),
        "revoked": (S.REVOKED.label, Q(state=S.REVOKED)),
    }
    return tabs_of(queryset, query, tabs, default="running")
