"""All that happened in the width of the county, and the institution that closed."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.demo.wide import (
    cases,
    checks,
    daily,
    detours,
    imports,
    last_term,
    on_paper,
    sanctions,
    units,
    visits,
)
from inspections.workflows import closing


def stories(place: Place) -> Iterator[Story]:
    """Told beside those of the walkthrough, from the day on which the units come in."""
    width = units.imagined(place.rng)
    yield units.come_in(place, width)
    yield from last_term.stories(place, width)
    yield from imports.stories(place, width)
    yield from checks.stories(place, width)
    yield from on_paper.stories(place, width)
    yield from visits.stories(place, width)
    yield from cases.stories(place, width)
    yield from daily.stories(place, width)
    yield from detours.stories(place, width)
    yield from sanctions.stories(place, width)
    yield closed(place, width)


def closed(place: Place, width: units.Width) -> Story:
    """An institution gives up its licence; its self-check ends with it."""
    unit = next(one for one in width.institutions if one.name == units.CLOSED)
    yield place.ago(9, "10:30")
    closing.close_unit(
        organisation_id=place.units[unit.key].pk,
        actor=place.people["zhuanban"],
        version=None,
        on=place.ago(10).date(),
        document_no=f"云教审〔{place.as_of.year}〕7号",
    )
