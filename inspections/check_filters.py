"""Filters and tabs of the list of self-checks: all in the URL, so that a view can be sent as a link."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from inspections.models import Round, SelfCheck
from inspections.views.lists import Tabs, tabs_of
from shuangjian import clock
from shuangjian.accounts.models import Organisation

S = SelfCheck.State
_KINDS = [(kind.value, kind.label) for kind in (Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION)]


class CheckFilter(django_filters.FilterSet):
    """Self-checks by words, round and kind of unit."""

    q = django_filters.CharFilter(label="编号或单位", method="by_words")
    round = django_filters.ModelChoiceFilter(
        label="批次",
        queryset=Round.objects.exclude(state=Round.State.DRAFT),
        empty_label="全部批次",
    )
    kind = django_filters.ChoiceFilter(
        label="类别", field_name="organisation__kind", choices=_KINDS, empty_label="学校和机构"
    )

    class Meta:
        model = SelfCheck
        fields = ["q", "round", "kind"]

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.filters)

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """A part of the number or the name, or of the name's pinyin (blanks don't matter)."""
        sounds = "".join(value.lower().split())
        return queryset.filter(
            Q(no__icontains=value.strip())
            | Q(organisation__name__icontains=value.strip())
            | Q(organisation__pinyin_key__contains=sounds)
        )


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
