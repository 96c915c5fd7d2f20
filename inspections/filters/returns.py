"""The list of tables that go up, by how far they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from inspections.models import UpwardReturn
from shuangjian.accounts.list_filters import Tabs, tabs_of

S = UpwardReturn.State


def return_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """What is being filled in, most urgent first; what was sent, what stands no more, the latest first."""
    conditions = {
        "open": ("办理中", Q(state__in=UpwardReturn.OPEN)),
        "sent": ("已上报", Q(state=S.SENT)),
        "gone": ("已更正、已作废", Q(state__in=[S.CORRECTED, S.DISCARDED])),
    }
    tabs = tabs_of(queryset, query, conditions, default="open")
    order = ("due_on", "pk") if tabs.current == "open" else ("-period_first", "-pk")
    return replace(tabs, queryset=tabs.queryset.order_by(*order))
