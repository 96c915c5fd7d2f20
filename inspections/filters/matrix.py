"""The units of 条目情况表: those of a term by kind, area, school stage, or with a problem under a rule."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters.fields import ModelChoiceField

from inspections.models import Problem
from inspections.reports.records import of_term
from inspections.unit_story import with_open_problems
from shuangjian.accounts.list_filters import UNIT_KINDS, ListFilter, area_filter
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Rule, Term
from shuangjian.policy.scope import stage_grades
from shuangjian.policy.selectors import rules_in_force

_STAGES = {
    "primary": ("小学", ("lower", "upper")),
    "junior": ("初中", ("junior",)),
    "senior": ("高中", ("senior",)),
}
_ORDERS = [("open", "未销号多的在前")]


def _rules(request: Any) -> QuerySet[Rule]:
    return rules_in_force().filter(group__in=["school", "institution"])


class _TermField(ModelChoiceField):
    def label_from_instance(self, obj: Term) -> str:  # type: ignore[override]
        return obj.short_title


class _TermFilter(django_filters.ModelChoiceFilter):
    field_class = _TermField


class MatrixFilter(ListFilter):
    """``term``: the one that the table shows; the field of that name only says so in the address."""

    texts = ("name", "code")
    sounds = "pinyin_key"

    q = django_filters.CharFilter(label="单位", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    stage = django_filters.ChoiceFilter(
        label="学段",
        choices=[(key, label) for key, (label, _) in _STAGES.items()],
        method="by_stage",
        empty_label="全部学段",
    )
    area = area_filter()
    rule = django_filters.ModelChoiceFilter(
        label="有问题的条目", queryset=_rules, to_field_name="number", method="by_rule", empty_label="不限"
    )
    term = _TermFilter(
        label="学期",
        queryset=Term.objects.order_by("-first_on"),
        to_field_name="code",
        method="by_term",
        empty_label="本学期",
    )
    order = django_filters.ChoiceFilter(
        label="排序", choices=_ORDERS, method="by_order", empty_label="学校在前"
    )

    class Meta:
        model = Organisation
        fields = ["q", "kind", "stage", "area", "rule", "term", "order"]

    def __init__(self, *args: Any, term: Term, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown_term = term

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Schools first, each kind by name, unless another order is asked for."""
        found = with_open_problems(queryset.order_by("-kind", "pinyin_key", "pk"))
        return super().filter_queryset(found)

    def by_stage(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Schools that teach a grade of the stage; which grades those are depends on the 学制 (P16)."""
        stages = _STAGES[value][1]
        teaches = Q(pk__in=[])
        for system in ("63", "54"):
            teaches |= Q(school__system=system, school__grades__overlap=stage_grades(system, stages))
        return queryset.filter(teaches)

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """Units with a problem registered under the rule in the term, whatever became of it."""
        found = Problem.objects.filter(
            of_term(self.shown_term, "found_on"), organisation=OuterRef("pk"), rule__number=value.number
        )
        return queryset.filter(Exists(found))

    def by_term(self, queryset: QuerySet[Any], name: str, value: Term) -> QuerySet[Any]:
        return queryset

    def by_order(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.order_by("-open_problems", "-kind", "pinyin_key", "pk")
