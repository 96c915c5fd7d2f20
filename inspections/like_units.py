"""A unit beside those like it: same kind, size and place, its own figures against their median and range.

No list, no order, no name of another: whoever reads this learns where one unit stands, and nothing of any
other. A group of fewer than five others isn't shown; a wider one of the same kind takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, F, FloatField, Max, Min, Q

from inspections.models import Attainment
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term

FEWEST = 5  # others in a group that is shown
# Pupils from … to …: fewer than 100 is a 小规模学校 (国办发〔2018〕27号), the rest is the portal's own.
SIZES = (
    (0, 99, "学生不足100人"),
    (100, 499, "学生100至499人"),
    (500, 1499, "学生500至1499人"),
    (1500, None, "学生1500人以上"),
)
PLACES = "街道和城关镇为城区，其他乡镇为乡村；人数以登记的在校学生数为准"
_IN_TOWN = Q(organisation__township__name__endswith="街道") | Q(
    organisation__township__name__startswith="城关"
)
_MEASURES = (
    ("met", "符合的条目", "条", F("proven") + F("said")),
    ("proven", "其中到校查实", "条", F("proven")),
    ("short", "部分符合和不符合的条目", "条", F("short")),
    ("open_problems", "未销号问题", "个", F("open_problems")),
)
_WIDTH = 220  # of the drawing, in units of its view box
_EDGE = 10


class _Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Beside:
    """One figure of the unit and of its group, with the places of the four marks in the drawing."""

    label: str
    measure: str
    own: int
    median: float
    least: int
    most: int

    @property
    def median_words(self) -> str:
        return f"{self.median:g}"

    def _x(self, value: float) -> float:
        low, high = min(self.own, self.least), max(self.own, self.most)
        span = (high - low) or 1
        return round(_EDGE + (value - low) / span * (_WIDTH - 2 * _EDGE), 1)

    @property
    def x(self) -> dict[str, float]:
        """own, median, from and to, along the drawing."""
        return {
            "own": self._x(self.own),
            "median": self._x(self.median),
            "from": self._x(self.least),
            "to": self._x(self.most),
        }


@dataclass(frozen=True)
class Comparison:
    """``others`` units of the group that ``words`` describe; no figures where they are too few."""

    words: str
    others: int
    figures: list[Beside]
    places: str = PLACES

    @property
    def is_shown(self) -> bool:
        return bool(self.figures)


def beside_like_units(unit: Organisation, term: Term, own: Attainment) -> Comparison:
    """``own`` (counted a moment ago or saved) against the units like it, as the term was counted last.

    One query for each group that is tried, at most three. ``unit`` is loaded with school or institution.
    """
    words = ""
    for words, condition in _groups(unit):
        others = Attainment.objects.filter(condition, term=term).exclude(organisation=unit)
        figures: dict[str, Any] = {"n": Count("pk")}
        for key, _, _, value in _MEASURES:
            figures |= {
                f"{key}_median": _Median(value),
                f"{key}_least": Min(value),
                f"{key}_most": Max(value),
            }
        found = others.aggregate(**figures)
        if found["n"] >= FEWEST:
            return Comparison(words, found["n"], list(_beside(own, found)))
    return Comparison(words, 0, [])


def _groups(unit: Organisation) -> Iterator[tuple[str, Q]]:
    """(words, condition) from the closest group to the widest."""
    town = unit.township
    in_town = town is not None and (town.name.endswith("街道") or town.name.startswith("城关"))
    place, place_words = (_IN_TOWN, "城区") if in_town else (~_IN_TOWN, "乡村")
    if unit.kind == Organisation.Kind.SCHOOL:
        kind = Q(organisation__school__school_type=unit.school.school_type)
        words = unit.school.get_school_type_display()
        least, most, size_words = next(one for one in reversed(SIZES) if unit.school.pupil_count >= one[0])
        size = Q(organisation__school__pupil_count__gte=least)
        if most is not None:
            size &= Q(organisation__school__pupil_count__lte=most)
        yield f"{place_words}{words}，{size_words}", kind & place & size
    else:
        kind = Q(organisation__institution__category=unit.institution.category)
        words = f"{unit.institution.get_category_display()}培训机构"
    yield f"{place_words}{words}", kind & place
    yield f"全县{words}", kind


def _beside(own: Attainment, found: dict[str, Any]) -> Iterator[Beside]:
    for key, label, measure, _ in _MEASURES:
        yield Beside(
            label=label,
            measure=measure,
            own=getattr(own, key),
            median=found[f"{key}_median"],
            least=found[f"{key}_least"],
            most=found[f"{key}_most"],
        )
