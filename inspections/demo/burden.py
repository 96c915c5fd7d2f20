"""减负台账 in the demo county: the budget that the task force set, tightened once."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.workflows import budgets

FIRST_SET, TIGHTENED = 200, 75  # days before the county's date
FIRST, NOW = (240, 140), (200, 110)  # inputs a month of a school, of an institution


def stories(place: Place) -> Iterator[Story]:
    yield budget(place)


def budget(place: Place) -> Story:
    """Two versions; what the demo's rounds ask stays within them."""
    for days, (school, institution), reason in (
        (FIRST_SET, FIRST, "按上学期实际填报量设定"),
        (TIGHTENED, NOW, "云双减〔2026〕4号，比上学期少要两成"),
    ):
        yield place.ago(days, "09:40")
        budgets.set_budget(
            actor=place.people["zhuanban"],
            version=None,
            school_inputs=school,
            institution_inputs=institution,
            reason=reason,
        )
