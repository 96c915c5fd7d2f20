"""What the county sees of itself: last term's goals frozen, its units counted, what stands out among them."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo import pictures
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import SelfCheck
from inspections.workflows import attainment, goals, patterns, self_check

ITEM = "R13-2"  # 收费公示: what institutions prove with a picture


def stories(place: Place) -> Iterator[Story]:
    yield same_picture(place)
    yield counted(place)


def same_picture(place: Place) -> Story:
    """Two institutions of the width that still fill in give one picture of a price list as their proof."""
    yield place.ago(2, "15:40")
    clerks = {unit.pk: key for key, unit in place.units.items() if key in place.people}  # of the width
    filling = SelfCheck.objects.filter(
        state=SelfCheck.State.FILLING,
        organisation__in=clerks,
        organisation__kind="institution",
        keyed_in_by=None,
    )
    prices = pictures.notice(
        "收费公示",
        ["声乐　每课时80元", "美术　每课时75元", "书法　每课时70元", "一次收费不超过3个月"],
        "校长办公室",
        place.ago(30).date(),
    )
    for check in filling.order_by("organisation__code")[:2]:
        clerk = clerks[check.organisation_id]
        self_check.attach_evidence(
            check_id=check.pk,
            item_code=ITEM,
            actor=place.people[clerk],
            files=[place.photo(clerk, "收费公示.jpg", prices)],
        )


def counted(place: Place) -> Story:
    """The sweeps that count and compare: once the registers of both terms are in, and as the day begins."""
    yield place.ago(1, "19:10")
    goals.sweep()
    yield place.ago(0, "09:10")
    attainment.sweep()
    goals.sweep()
    patterns.sweep()
