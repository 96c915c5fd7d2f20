"""打印件 of the demo county: what its people printed lately, finished, each a page or two."""

from __future__ import annotations

from collections.abc import Iterator

from inspections.demo.place import Place, do_now
from inspections.demo.story import Story
from inspections.models import Problem, Visit
from inspections.workflows import printouts


def stories(place: Place) -> Iterator[Story]:
    yield printed_lately(place)


def printed_lately(place: Place) -> Story:
    """The leader's page for him and the task force; a visit's record, a problem's case for the office."""
    yield place.ago(3, "16:40")
    visit = Visit.objects.filter(organisation=place.units["cg"], state=Visit.State.CONFIRMED).latest("pk")
    problem = Problem.objects.filter(organisation=place.units["cg"]).earliest("pk")
    for who in ("lingdao", "zhuanban"):
        _print(place, who, "brief")
    _print(place, "dudao", "visit", visit=visit.no)
    _print(place, "dudao", "case", problem=problem.no)


def _print(place: Place, who: str, kind: str, **parameters: str) -> None:
    printout = printouts.order(kind=kind, actor=place.people[who], parameters=parameters)
    if printout.job is not None and printout.job.is_open:
        do_now(printout.job)
