"""What phones brought and somebody has to settle: what waits, and what is settled."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import QueryDict

from shuangjian.accounts.list_filters import Tabs, tabs_of


def conflict_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """Conflicts that wait for a choice, and those that have it."""
    tabs = {"open": ("待选定", Q(settled_at=None)), "settled": ("已选定", Q(settled_at__isnull=False))}
    return tabs_of(queryset, query, tabs, default="open")


def refused_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """What could not be written and waits for somebody, and what was handled."""
    tabs = {"open": ("待处理", Q(handled_at=None)), "handled": ("已处理", Q(handled_at__isnull=False))}
    return tabs_of(queryset, query, tabs, default="open")
