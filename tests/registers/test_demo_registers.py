"""The registers of all hundred units of the demo county, without the rest of its past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from inspections.demo import people, registers
from inspections.demo.place import Place
from inspections.demo.story import tell
from inspections.demo.wide import story as wide
from inspections.demo.wide import units
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy import calendar
from shuangjian.registers import records
from shuangjian.registers.models import Doubt, Entry, EntryVersion
from shuangjian.registers.selectors import filled

pytestmark = [pytest.mark.registers, pytest.mark.usefixtures("standing_policy")]


@pytest.fixture
def place(db: Any) -> Iterator[Place]:
    """The county with its units, one of them closed, and their registers."""
    place = Place(as_of=date(2026, 11, 16), password="!", seed=1)
    with calendar.loaded(), clock.at(place.opens):
        people.build(place)
        width = units.imagined(place.rng)
        tell([units.come_in(place, width), wide.closed(place, width), registers.filled_in(place)])
        yield place


def test_every_planted_doubt_is_found_and_no_other(place: Place) -> None:
    planted = {(place.units[one.unit].pk, one.code) for one in registers.PLANTED}
    assert set(Doubt.objects.values_list("organisation", "code")) == planted
    assert len(planted) == 16
    kinds = set(Doubt.objects.values_list("kind", flat=True))
    assert kinds == {"limit", "rule", "contradiction", "expired", "shared"}


def test_every_unit_has_stated_everything_for_a_year(place: Place) -> None:
    open_units = Organisation.objects.units().active().select_related(*records.WITH_FACTS)
    terms = set(Entry.objects.exclude(term=None).values_list("term__code", flat=True))
    assert terms == {"2026-spring", "2026-autumn"}
    now = {entry.term.code: entry.term for entry in Entry.objects.exclude(term=None).select_related("term")}
    open_ones = [
        found.unit for found in records.load(open_units, now["2026-autumn"]) if not filled(found).is_complete
    ]
    assert open_ones == [place.units["cg"]]
    assert EntryVersion.objects.count() == Entry.objects.count() > 2000
