"""The plan's calendar as a drawing: every step a bar over months, its dates as marks, today as a line.

Only numbers and words for the template; nothing is read here. Lengths are units of the SVG's view box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shuangjian.dates import cn_short
from shuangjian.policy.models import Phase

WIDTH, LEFT, RIGHT = 960, 124, 12
TOP, ROW = 40, 40
_BAR = 16
_GAP = 6
_WORDS = 150  # room for the words beside a bar


@dataclass(frozen=True)
class Tick:
    """The first of a month. ``label`` is empty where there is no room."""

    x: float
    label: str
    is_year: bool


@dataclass(frozen=True)
class Mark:
    """A date of an obligation: a line across its step's bar."""

    x: float
    y: float
    end: float


@dataclass(frozen=True)
class Bar:
    """One step."""

    title: str
    dates: str  # 「8月1日至8月31日」
    state: str  # closed, open, ahead
    x: float
    y: float
    width: float
    words_x: float
    words_end: bool  # the words stand before the bar
    text_y: float
    marks: list[Mark]


@dataclass(frozen=True)
class Timeline:
    """The whole drawing. ``today_x`` is None outside the plan's time."""

    width: int
    height: int
    left: int
    bottom: int
    ticks: list[Tick]
    bars: list[Bar]
    today_x: float | None
    today_words: str
    today_end: bool
    words: str  # the same in words, for those who do not see it


@dataclass(frozen=True)
class _Scale:
    """Days to lengths."""

    first: date
    last: date

    @property
    def day(self) -> float:
        return (WIDTH - LEFT - RIGHT) / ((self.last - self.first).days + 1)

    def x(self, day: date) -> float:
        return round(LEFT + (day - self.first).days * self.day, 1)


def draw(phases: Iterable[Phase], today: date) -> Timeline | None:
    """The drawing of the steps, in their order; their obligations are prefetched. None without any."""
    steps = list(phases)
    if not steps:
        return None
    first = min(step.starts_on for step in steps).replace(day=1)
    scale = _Scale(first, max(step.ends_on for step in steps))
    bars = [_bar(step, at, scale, today) for at, step in enumerate(steps)]
    at_today = scale.x(today) if scale.first <= today <= scale.last else None
    bottom = TOP + ROW * len(steps)
    return Timeline(
        width=WIDTH,
        height=bottom + 8,
        left=LEFT,
        bottom=bottom,
        ticks=list(_ticks(scale)),
        bars=bars,
        today_x=at_today,
        today_words=f"今天{cn_short(today)}",
        today_end=at_today is not None and at_today > WIDTH - _WORDS,
        words="；".join(f"{bar.title}，{bar.dates}，{_STATES[bar.state]}" for bar in bars),
    )


_STATES: dict[str, str] = {
    Phase.State.CLOSED: "已过",
    Phase.State.OPEN: "正在办",
    Phase.State.AHEAD: "未到",
}


def _bar(step: Phase, at: int, scale: _Scale, today: date) -> Bar:
    y = TOP + ROW * at + (ROW - _BAR) / 2
    x, end = scale.x(step.starts_on), scale.x(step.ends_on + timedelta(days=1))
    before = end + _WORDS > WIDTH
    days = sorted({duty.due_on for duty in step.obligations.all() if duty.due_on is not None})
    return Bar(
        title=step.title,
        dates=f"{cn_short(step.starts_on)}至{cn_short(step.ends_on)}",
        state=step.state_on(today),
        x=x,
        y=y,
        width=round(end - x, 1),
        words_x=round(x - _GAP if before else end + _GAP, 1),
        words_end=before,
        text_y=y + _BAR - 3,
        marks=[Mark(scale.x(day), y - 4, y + _BAR + 4) for day in days if scale.first <= day <= scale.last],
    )


def _ticks(scale: _Scale) -> Iterator[Tick]:
    """A line at the first of every month; words at every quarter, the year at January and at the left end."""
    day = scale.first
    while day <= scale.last:
        is_year = day.month == 1 or day == scale.first
        words = f"{day.year}年{day.month}月" if is_year else f"{day.month}月"
        yield Tick(scale.x(day), words if is_year or day.month in (4, 7, 10) else "", day.month == 1)
        day = (day + timedelta(days=32)).replace(day=1)
