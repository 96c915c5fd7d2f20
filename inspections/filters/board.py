"""What the board is narrowed to: units by kind, stage, town and area, and a term.

The lists behind its numbers have fields of the same names, so its address is a part of theirs.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from inspections.filters.stages import StageFilter
from inspections.filters.terms import TermFilter
from shuangjian.accounts.list_filters import UNIT_KINDS, ListFilter, area_filter, township_filter
from shuangjian.accounts.models import Organisation


class BoardFilter(ListFilter):
    q = None  # no words: a unit has its own page

    kind = django_filters.ChoiceFilter(label="类别", choices=UNIT_KINDS, empty_label="学校和机构")
    stage = StageFilter()
    township = township_filter()
    area = area_filter()
    term = TermFilter(label="学期", method="as_it_is", empty_label="本学期")

    class Meta:
        model = Organisation
        fields = ["kind", "stage", "township", "area", "term"]

    def as_it_is(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """The term narrows what is counted, not which units."""
        return queryset

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for and understood, as a part of any address."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        return {name: self.data[name] for name in self.filters if given.get(name)}

    @property
    def narrows_units(self) -> bool:
        return bool(self.asked.keys() - {"term"})
