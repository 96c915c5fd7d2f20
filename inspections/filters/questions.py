"""填报答疑 by words, by rule, and by whether they are answered."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.models import Question
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of
from shuangjian.policy.models import Rule
from shuangjian.policy.models.rulebook import code_of
from shuangjian.policy.selectors import rules_in_force


class QuestionFilter(ListFilter):
    """By words of question and answer, and by rule; ``item`` narrows to one check item by its code."""

    texts = ("no", "text", "answers__text")
    sounds = ""

    q = django_filters.CharFilter(label="问题、答复或编号", method="by_words")
    rule = django_filters.ModelChoiceFilter(
        label="条目",
        queryset=lambda request: rules_in_force(),
        to_field_name="code",
        method="by_rule",
        empty_label="全部条目",
    )
    item = django_filters.CharFilter(label="检查项，例如4-1", method="by_item")

    class Meta:
        model = Question
        fields: tuple[str, ...] = ()

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Once, however many of its answers have the words."""
        return super().by_words(queryset, name, value).distinct()

    def by_item(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """As people write it, or by its code."""
        return queryset.filter(item_code=code_of(value) or value.strip().upper())

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        return queryset.filter(item_code__startswith=f"{value.code}-")


def question_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """What was answered first: that is what people come for."""
    S = Question.State
    return tabs_of(
        queryset,
        query,
        {
            "answered": ("已答复", Q(state=S.ANSWERED, same_as__isnull=True)),
            "waiting": ("待答复", Q(state=S.WAITING)),
            "other": ("见其他、已撤回", Q(same_as__isnull=False) | Q(state=S.WITHDRAWN)),
        },
        default="answered",
    )
