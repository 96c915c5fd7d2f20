"""The figures that an item asks of a unit, each beside its limit, and how they are said and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shuangjian.policy import judging
from shuangjian.policy.models import CheckItem, Indicator, Limit
from shuangjian.policy.scope import UnitFacts, grade_name, limits_for

FigureKey = tuple[str, int | None]  # (name of the indicator, grade or None for the unit as a whole)


@dataclass(frozen=True)
class FigureLine:
    """One figure that an item asks for: of which indicator, for whom, by which limit, and what was stated."""

    indicator: Indicator
    grade: int | None
    label: str
    limit: Limit | None
    value: str = ""
    is_registered: bool = False  # a register holds it: it is shown, not asked (P4)

    @property
    def key(self) -> FigureKey:
        return (self.indicator.name, self.grade)

    @property
    def verdict(self) -> judging.Verdict | None:
        """The figure against its limit; None without a figure or a limit."""
        return judging.judge(self.limit, self.value) if self.limit and self.value else None

    @property
    def is_over(self) -> bool:
        verdict = self.verdict
        return verdict is not None and not verdict.is_within

    @property
    def number(self) -> float | None:
        """The figure for drawing it; None without one, or for a clock time."""
        return float(self.value) if self.value and ":" not in self.value else None

    @property
    def bound(self) -> float | None:
        """Its limit for drawing it."""
        return float(self.limit.value) if self.limit and ":" not in self.limit.value else None

    @property
    def words(self) -> str:
        """三年级66分钟/天，超出6分钟（不超过60分钟/天）"""
        verdict = self.verdict
        unit = "" if ":" in self.value else self.indicator.spoken_unit
        judged = f"，{verdict.words}（{self.limit.words}）" if verdict and self.limit else ""
        return f"{self.label}{self.value}{unit}{judged}"


def figure_lines(
    item: CheckItem, facts: UnitFacts, on: date, values: Mapping[FigureKey, str] | None = None
) -> list[FigureLine]:
    """The figures asked for an item on a day, in order. Needs ``item.indicators`` with their limits.

    A limit of one school stage (三至六年级) is stated grade by grade, one of several stages (小学) once for
    them all: under the lowest grade where another limit concerns the unit too, else for the whole unit.
    """
    lines = []
    for indicator in item.asked_figures:
        limits = limits_for(judging.limit_at(indicator.all_limits, on), facts)
        for limit in limits:
            lines += _lines_of(limit, indicator, facts, alone=len(limits) == 1)
    known = values or {}
    return [
        FigureLine(one.indicator, one.grade, one.label, one.limit, known.get(one.key, "")) for one in lines
    ]


def _lines_of(limit: Limit, indicator: Indicator, facts: UnitFacts, *, alone: bool) -> list[FigureLine]:
    if facts.kind != "school" or not limit.stages:
        return [FigureLine(indicator, None, indicator.name, limit)]
    grades = facts.grades_of(limit.stages)
    if len(limit.stages) == 1:
        return [FigureLine(indicator, grade, grade_name(grade), limit) for grade in grades]
    if alone:
        return [FigureLine(indicator, None, indicator.name, limit)]
    return [FigureLine(indicator, grades[0], limit.stage_label, limit)]


@dataclass(frozen=True)
class FigureTable:
    """The figures of one indicator, drawn on one scale."""

    indicator: Indicator
    lines: list[FigureLine]

    @property
    def limit_words(self) -> str:
        """不超过60分钟/天; 小学一至二年级不超过26节/周，初中不超过34节/周 where they differ."""
        limits = list({line.limit.pk: line.limit for line in self.lines if line.limit}.values())
        if len(limits) == 1:
            return limits[0].words
        return "，".join(f"{limit.stage_label}{limit.words}" for limit in limits)

    @property
    def top(self) -> float:
        """The value at the right end of the bars: a third above the highest limit or figure."""
        numbers = [number for line in self.lines for number in (line.number, line.bound) if number]
        return max(numbers, default=3.0) * 4 / 3

    @property
    def summary(self) -> str:
        """书面家庭作业：三年级66分钟/天（超出6分钟）、四年级52分钟/天; empty where nothing was stated."""
        stated = [line for line in self.lines if line.value]
        if not stated:
            return ""
        unit = "" if self.is_clock else self.indicator.spoken_unit
        return f"{self.indicator.name}：{'、'.join(self._short(line, unit) for line in stated)}"

    def _short(self, line: FigureLine, unit: str) -> str:
        whom = line.label if line.label != self.indicator.name else ""
        over = f"（{line.verdict.words}）" if line.is_over and line.verdict else ""
        return f"{whom}{line.value}{unit}{over}"

    @property
    def has_over(self) -> bool:
        return any(line.is_over for line in self.lines)

    @property
    def unit_words(self) -> str:
        """The head of the column of figures: 数值（分钟/天）, 时刻."""
        return "时刻" if self.is_clock else f"数值（{self.indicator.unit}）"

    @property
    def is_clock(self) -> bool:
        return self.indicator.value_kind == Indicator.ValueKind.CLOCK
