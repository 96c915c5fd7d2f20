"""What is looked at again after its close-out, by what came of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import QueryDict

from inspections.models import Recheck, RecheckDraw
from shuangjian import clock
from shuangjian.accounts.list_filters import Tabs, tabs_of

S = Recheck.State


def recheck_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """Waiting on site and on paper, late, kept, relapsed: each count equals its list."""
    waiting = Q(state=S.PENDING)
    tabs = {
        "look_back": ("待回头看", waiting & Q(kind=RecheckDraw.Kind.LOOK_BACK)),
        "desk_check": ("待材料抽查", waiting & Q(kind=RecheckDraw.Kind.DESK_CHECK)),
        "late": ("已过期限", waiting & Q(due_on__lt=clock.today())),
        "kept": (S.KEPT.label, Q(state=S.KEPT)),
        "relapsed": ("反弹和未改即销", Q(state__in=[S.RELAPSED, S.NOT_FIXED])),
    }
    return tabs_of(queryset, query, tabs, default="look_back")
