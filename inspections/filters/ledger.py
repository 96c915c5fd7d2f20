"""The ledger: the list of problems with all that staff look for."""

from __future__ import annotations

from typing import Any

import django_filters

from inspections.filters.problems import ProblemFilter
from inspections.filters.stages import StageFilter
from inspections.models import Problem, RectificationTask
from shuangjian.accounts.list_filters import UNIT_KINDS, area_filter, township_filter
from shuangjian.accounts.models import User

_FOUND_ON = "problem__found_on"


def _overseers(request: Any) -> Any:
    overseen = RectificationTask.objects.filter(overseer__isnull=False)
    people = User.objects.filter(pk__in=overseen.values("overseer")).only("username", "name")
    return people.order_by("name", "pk")


class LedgerFilter(ProblemFilter):
    """The common questions first, the rest under 「更多条件」 (``more``)."""

    origin = django_filters.ChoiceFilter(
        label="来源", field_name="problem__origin", choices=Problem.Origin.choices, empty_label="全部来源"
    )
    area = area_filter("problem__organisation__area")
    kind = django_filters.ChoiceFilter(
        label="类别",
        field_name="problem__organisation__kind",
        choices=UNIT_KINDS,
        empty_label="学校和机构",
    )
    stage = StageFilter("problem__organisation__")
    township = township_filter("problem__organisation__township")
    overseer = django_filters.ModelChoiceFilter(
        label="督办人",
        to_field_name="username",
        queryset=_overseers,
        empty_label="全部督办人",
        null_label="未定督办人",
        null_value="none",
    )
    found_from = django_filters.DateFilter(label="发现日期从", field_name=_FOUND_ON, lookup_expr="gte")
    found_to = django_filters.DateFilter(label="发现日期到", field_name=_FOUND_ON, lookup_expr="lte")

    first = ("q", "rule", "state", "origin")

    class Meta:
        model = RectificationTask
        fields = [
            "q",
            "rule",
            "state",
            "origin",
            "severity",
            "kind",
            "stage",
            "township",
            "area",
            "term",
            "found_from",
            "found_to",
        ]

    @property
    def upper(self) -> list[Any]:
        """The fields that always stand open."""
        return [self.form[name] for name in self.first]

    @property
    def more(self) -> list[Any]:
        """The fields behind 「更多条件」."""
        return [self.form[name] for name in self.form.fields if name not in self.first]

    @property
    def more_is_used(self) -> bool:
        return any(self.data.get(name) for name in self.filters if name not in self.first)
