"""How the demo county's past is told: every case is a generator that yields the instants at which it goes on.

``tell`` lets the cases happen in the order of time with the county's clock set to each instant: numbers,
dates, notices and the audit chain come out as they would have in life.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from shuangjian import clock

Story = Iterator[datetime]


def tell(stories: Iterable[Story]) -> int:
    """Let all stories happen, each step at its instant, the earliest first; returns the number of steps.

    A story does nothing before its first ``yield``. An instant that isn't later than the story's last
    one (a rest day moved it) becomes one minute later than that: a story never runs backwards.
    """
    waiting: list[tuple[datetime, int, Story]] = []
    for order, story in enumerate(stories):
        _queue(waiting, order, story, after=None)
    steps = 0
    while waiting:
        instant, order, story = heapq.heappop(waiting)
        with clock.at(instant):
            _queue(waiting, order, story, after=instant)
        steps += 1
    return steps


def _queue(
    waiting: list[tuple[datetime, int, Story]], order: int, story: Story, *, after: datetime | None
) -> None:
    """Run the story to its next instant and put it there; a story that is over is put nowhere."""
    instant = next(story, None)
    if instant is None:
        return
    if after is not None and instant <= after:
        instant = after + timedelta(minutes=1)
    heapq.heappush(waiting, (instant, order, story))


def together(stories: Iterable[Story]) -> Story:
    """One story of several that begin where the teller stands and go on side by side."""
    waiting: list[tuple[datetime, int, Story]] = []
    for order, story in enumerate(stories):
        _queue(waiting, order, story, after=clock.now())
    while waiting:
        instant, order, story = heapq.heappop(waiting)
        yield instant
        _queue(waiting, order, story, after=clock.now())
