"""The units of 条目情况表: those of a term by kind, town, area, stage, or with a problem under a rule."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from inspections.board_voices import VOICES
from inspections.filters.stages import StageFilter
from inspections.filters.terms import TermFilter
from inspections.models import Problem
from inspections.reports.records import of_term, past_problems
from inspections.unit_story import with_open_problems
from shuangjian.accounts.list_filters import UNIT_KINDS, ListFilter, area_filter, township_filter
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Rule, Term
from shuangjian.policy.selectors import rules_in_force

_ORDERS = [("open", "未销号多的在前")]


def _rules(request: Any) -> QuerySet[Rule]:
    return rules_in_force().filter(group__in=["school", "institution"])


class MatrixFilter(ListFilter):
    """``term``: the one that the table shows; fields ``term`` and ``voice`` only say so in the address."""

    texts = ("name", "code")
    sounds = "pinyin_key"

    q = django_filters.CharFilter(label="单位", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    stage = StageFilter()
    township = township_filter()
    area = area_filter()
    rule = django_filters.ModelChoiceFilter(
        label="有问题的条目", queryset=_rules, to_field_name="number", method="by_rule", empty_label="不限"
    )
    term = TermFilter(label="学期", method="as_it_is", empty_label="本学期")
    voice = django_filters.ChoiceFilter(
        label="看谁的说法", choices=list(VOICES.items()), method="as_it_is", empty_label="综合结论"
    )
    order = django_filters.ChoiceFilter(
        label="排序", choices=_ORDERS, method="by_order", empty_label="学校在前"
    )

    class Meta:
        model = Organisation
        fields = ["q", "kind", "stage", "township", "area", "rule", "term", "voice", "order"]

    def __init__(self, *args: Any, term: Term, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown_term = term

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Schools first, each kind by name, unless another order is asked for."""
        found = with_open_problems(queryset.order_by("-kind", "pinyin_key", "pk"))
        return super().filter_queryset(found)

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """Units with a problem registered under the rule in the term, whatever became of it."""
        found = Problem.objects.filter(
            of_term(self.shown_term, "found_on"), organisation=OuterRef("pk"), rule__number=value.number
        ).exclude(pk__in=past_problems())
        return queryset.filter(Exists(found))

    def as_it_is(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """What changes what is shown of the units, and not which."""
        return queryset

    @property
    def asked_voice(self) -> str:
        """The voice that was asked for; empty for the conclusion from all of them."""
        return self.form.cleaned_data.get("voice", "") if self.form.is_valid() else ""

    def by_order(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.order_by("-open_problems", "-kind", "pinyin_key", "pk")
