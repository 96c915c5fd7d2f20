"""The list of self-checks, of the county or of one round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.http import QueryDict

from inspections.filters.stages import StageFilter
from inspections.filters.terms import TermFilter
from inspections.models import Round, SelfCheck
from shuangjian import clock
from shuangjian.accounts.list_filters import ListFilter, Tabs, area_filter, tabs_of, township_filter
from shuangjian.accounts.models import Organisation

S = SelfCheck.State
_KIND = Organisation.Kind
_KINDS = [(kind.value, kind.label) for kind in (_KIND.SCHOOL, _KIND.INSTITUTION, _KIND.OFFICE)]


class CheckFilter(ListFilter):
    """Self-checks by words, round and kind of unit."""

    round = django_filters.ModelChoiceFilter(
        label="批次",
        queryset=Round.objects.exclude(state=Round.State.DRAFT),
        empty_label="全部批次",
    )
    kind = django_filters.ChoiceFilter(
        label="类别", field_name="organisation__kind", choices=_KINDS, empty_label="全部类别"
    )
    stage = StageFilter("organisation__")
    township = township_filter("organisation__township")
    area = area_filter("organisation__area")
    term = TermFilter(label="学期", field_name="round__term", empty_label="全部学期")

    class Meta:
        model = SelfCheck
        fields = ["q", "round", "kind", "stage", "township", "area", "term"]


def _conditions() -> dict[str, tuple[str, Q]]:
    is_open = Q(state__in=SelfCheck.OPEN_STATES)
    return {
        "review": ("待审核", Q(state=S.SUBMITTED)),
        "open": ("未提交", is_open & ~Q(state=S.RETURNED)),
        "late": ("逾期", is_open & Q(due_on__lt=clock.today())),
        "returned": ("退回", Q(state=S.RETURNED)),
        "accepted": ("已确认", Q(state=S.ACCEPTED)),
        "all": ("全部", Q()),
    }


def check_tabs(queryset: Any, query: QueryDict, *, default: str = "all") -> Tabs:
    """The tabs with their counts, the rows of the chosen one: what waits for review first, then by date."""
    tabs = tabs_of(queryset, query, _conditions(), default=default)
    return replace(tabs, queryset=tabs.queryset.order_by(_waiting_first(), "due_on", "no"))


def _waiting_first() -> Any:
    order = (S.SUBMITTED, S.RETURNED, S.CONFIRMING, S.FILLING, S.NOT_STARTED, S.ACCEPTED)
    whens = [When(state=state, then=Value(at)) for at, state in enumerate(order)]
    return Case(*whens, default=Value(len(order)), output_field=IntegerField())


def with_progress(queryset: Any) -> Any:
    """With ``answered`` and ``asked``: how many items are answered and how many there are."""
    return queryset.annotate(asked=Count("answers"), answered=Count("answers", filter=~Q(answers__value="")))
