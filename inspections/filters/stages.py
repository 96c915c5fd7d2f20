"""Schools by stage, of any list whose rows lead to units."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from shuangjian.policy.scope import stage_grades

_STAGES = {
    "primary": ("小学", ("lower", "upper")),
    "junior": ("初中", ("junior",)),
    "senior": ("高中", ("senior",)),
}


class StageFilter(django_filters.ChoiceFilter):
    """学段: schools that teach a grade of it; which grades those are depends on the 学制 (P16).

    ``way``: how the rows lead to the unit (``organisation__``), empty where they are units.
    """

    def __init__(self, way: str = "", **kwargs: Any) -> None:
        self.way = way
        choices = [(key, label) for key, (label, _) in _STAGES.items()]
        super().__init__(label="学段", choices=choices, empty_label="全部学段", **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value not in _STAGES:
            return qs
        stages = _STAGES[value][1]
        teaches = Q(pk__in=[])
        for system in ("63", "54"):
            school = {
                f"{self.way}school__system": system,
                f"{self.way}school__grades__overlap": stage_grades(system, stages),
            }
            teaches |= Q(**school)
        return qs.filter(teaches)
