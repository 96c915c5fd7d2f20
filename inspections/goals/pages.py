"""The goals as their page shows them: a line for each measure over the terms, drawn and as a table.

Drawings are numbers and words for a template; the table says all of it. Lengths are units of the view box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from inspections.goals.measures import FEWEST_FOR_PERCENT, MEASURES, Measure, in_words
from inspections.models import GoalFigure, GoalSnapshot
from shuangjian.policy.models import Plan

WIDTH, HEIGHT = 560, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 80, 30, 118
GOALS = {"G1": "负担减轻", "G2": "群众满意", "G3": "学业负担缓解", "G4": "全部达标"}
SHOWN_TERMS = 8  # of the drawing and the table, the latest


@dataclass(frozen=True)
class Point:
    """One term in a drawing. ``is_live``: not frozen yet, drawn apart."""

    x: float
    y: float
    label: str
    term: str
    is_live: bool


@dataclass(frozen=True)
class Drawing:
    """A line of shares or bars of numbers; ``words`` say the same to those who do not see it."""

    points: list[Point]
    line: str  # of the frozen points
    live_line: str  # from the last of them to the live one
    is_share: bool
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = _BOTTOM


@dataclass(frozen=True)
class Figure:
    """One cell of the table: a term's figure in words and the address of its rows."""

    term: str
    words: str
    url: str
    count: int | None
    base: int | None
    as_of: object
    version: int = 1
    is_baseline: bool = False
    is_live: bool = False


@dataclass(frozen=True)
class Line:
    """One measure over the terms; without figures ``why`` says why."""

    measure: Measure
    figures: list[Figure] = field(default_factory=list)
    live: Figure | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Goal:
    """One goal of the plan with its measures; ``text`` and ``by`` are the plan's own."""

    code: str
    title: str
    text: str
    by: date | None
    lines: list[Line]


def goals_of(plan: Plan | None) -> list[Goal]:
    """Every goal with its measures over the terms. Two queries; rows are read on their own pages."""
    frozen: dict[str, dict[int, GoalSnapshot]] = {}
    kept = GoalSnapshot.objects.select_related("term").defer("rows")
    for one in kept.order_by("term__first_on", "version"):
        frozen.setdefault(one.measure, {})[one.term_id] = one  # the newest version
    live = {one.measure: one for one in GoalFigure.objects.select_related("term").defer("rows")}
    said = {goal["code"]: goal for goal in plan.goals} if plan is not None else {}
    lines: dict[str, list[Line]] = {}
    for measure in MEASURES:
        own = list(frozen.get(measure.key, {}).values())
        lines.setdefault(measure.goal, []).append(_line(measure, own, live.get(measure.key)))
    return [
        Goal(
            code=code,
            title=GOALS.get(code, code),
            text=said.get(code, {}).get("text", ""),
            by=date.fromisoformat(said[code]["by"]) if said.get(code, {}).get("by") else None,
            lines=own,
        )
        for code, own in lines.items()
    ]


def _line(measure: Measure, own: list[GoalSnapshot], live: GoalFigure | None) -> Line:
    known = [one for one in own if one.count is not None]
    figures = [
        Figure(
            term=one.term.short_title,
            words=in_words(one.count, one.base, measure.unit),
            url=reverse("goal-rows", args=[one.term.code, measure.key]),
            count=one.count,
            base=one.base,
            as_of=one.as_of,
            version=one.version,
            is_baseline=bool(known) and one is known[0],
        )
        for one in own[-SHOWN_TERMS:]
    ]
    now = None
    if live is not None:
        now = Figure(
            term=live.term.short_title,
            words=in_words(live.count, live.base, measure.unit),
            url=reverse("goal-now", args=[measure.key]),
            count=live.count,
            base=live.base,
            as_of=live.counted_at,
            is_live=True,
        )
    return Line(measure, figures, now, _draw(measure, [*figures, *([now] if now else [])]))


def _draw(measure: Measure, figures: list[Figure]) -> Drawing | None:
    """The figures that can be drawn; None for fewer than two of them."""
    drawn = [
        one
        for one in figures
        if one.count is not None and (not measure.is_share or (one.base or 0) >= FEWEST_FOR_PERCENT)
    ]
    if len(drawn) < 2:
        return None
    top = 1.0 if measure.is_share else float(max(max(one.count or 0 for one in drawn), 1))
    step = (WIDTH - _LEFT - _RIGHT) / (len(drawn) - 1)
    points = []
    for at, one in enumerate(drawn):
        value = (one.count or 0) / (one.base or 1) if measure.is_share else float(one.count or 0)
        label = one.words.split("（")[0]
        y = _BOTTOM - value / top * (_BOTTOM - _TOP)
        term = "现在" if one.is_live else one.term.removesuffix("学期")
        points.append(Point(round(_LEFT + at * step, 1), round(y, 1), label, term, one.is_live))
    settled = [point for point in points if not point.is_live]
    return Drawing(
        points=points,
        line=_path(settled),
        live_line=_path(points[-2:]) if points[-1].is_live else "",
        is_share=measure.is_share,
        words="；".join(f"{one.term}{'（现在）' if one.is_live else ''}{one.words}" for one in drawn),
    )


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{point.x},{point.y}" for point in points)


@dataclass(frozen=True)
class Brief:
    """One measure on the plan's own page: what it is, how it stands, where its rows are."""

    title: str
    words: str
    url: str


def briefs() -> dict[str, list[Brief]]:
    """By goal of the plan its measures as counted last; those without records say why. One query."""
    live = {one.measure: one for one in GoalFigure.objects.defer("rows")}
    found: dict[str, list[Brief]] = {}
    for measure in MEASURES:
        one = live.get(measure.key)
        words = in_words(one.count, one.base, measure.unit) if one is not None else "—"
        url = reverse("goal-now", args=[measure.key]) if one is not None else ""
        title = f"{measure.title}（{measure.why}）" if measure.why else measure.title
        found.setdefault(measure.goal, []).append(Brief(title, words, url))
    return found
