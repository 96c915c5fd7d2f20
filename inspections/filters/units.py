"""The list of units."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from schools.models import School
from shuangjian.accounts.list_filters import UNIT_KINDS, ListFilter, area_filter, township_filter
from shuangjian.accounts.models import Organisation
from tutoring.models import Institution

_TYPES = [("学校", School.SchoolType.choices), ("校外培训机构", Institution.Category.choices)]
_ANY_STATUS = "all"


class UnitFilter(ListFilter):
    """Schools and institutions by words and marks; only those in operation unless a status is asked for."""

    texts = ("name", "code", "institution__licence_no")
    sounds = "pinyin_key"

    q = django_filters.CharFilter(label="名称、代码或拼音首字母", method="by_words")
    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    type = django_filters.ChoiceFilter(label="类型", choices=_TYPES, method="by_type", empty_label="全部类型")
    township = township_filter()
    area = area_filter()
    status = django_filters.ChoiceFilter(
        label="状态",
        choices=[*Organisation.Status.choices[1:], (_ANY_STATUS, "全部状态")],
        method="by_status",
        empty_label="在册",
    )

    class Meta:
        model = Organisation
        fields = ["q", "kind", "type", "township", "area", "status"]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("status") else found.active()  # type: ignore[attr-defined]

    def by_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(Q(school__school_type=value) | Q(institution__category=value))

    def by_status(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset if value == _ANY_STATUS else queryset.filter(status=value)
