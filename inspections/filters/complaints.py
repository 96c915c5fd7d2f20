"""The list of 举报和反映: every clock in one list (P22)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.models import Complaint
from shuangjian import clock
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of, township_filter


class ComplaintFilter(ListFilter):
    """By number (one's own or the order's), unit, door, kind, topic and place. Words are not searched."""

    texts = ("no", "external_no", "organisation__name")

    q = django_filters.CharFilter(label="编号、来件编号或单位", method="by_words")
    door = django_filters.ChoiceFilter(label="渠道", choices=Complaint.Door.choices, empty_label="全部渠道")
    kind = django_filters.ChoiceFilter(label="类别", choices=Complaint.Kind.choices, empty_label="全部类别")
    topic = django_filters.ChoiceFilter(label="事项", choices=Complaint.Topic.choices, empty_label="全部事项")
    organisation = django_filters.CharFilter(label="单位代码", field_name="organisation__code")
    township = township_filter()

    class Meta:
        model = Complaint
        fields = ["q", "door", "kind", "topic", "township", "organisation"]


def complaint_tabs(queryset: QuerySet[Any], query: QueryDict) -> Tabs:
    """What is late first, then by state."""
    S = Complaint.State
    running = Q(state__in=Complaint.RUNNING)
    return tabs_of(
        queryset,
        query,
        {
            "open": ("未答复", running),
            "late": ("逾期", running & Q(due_on__lt=clock.today())),
            "received": ("待受理", Q(state=S.RECEIVED)),
            "reverifying": ("重新核实", Q(state=S.REVERIFYING)),
            "answered": ("已答复", Q(state=S.ANSWERED)),
            "ended": ("已办结和其他", Q(state__in=[S.CLOSED, S.REFUSED, S.RETURNED, S.REFERRED, S.MERGED])),
            "all": ("全部", Q()),
        },
        default="open",
    )
