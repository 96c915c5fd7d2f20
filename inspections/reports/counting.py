"""Counts problems and marks. Text, chart and tables of a report all ask here, so they cannot disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from inspections.reports.data import GROUP_TITLES, ProblemLine, RuleLine, Share, UnitLine

KNOWN_MARKS = ("ok", "partial", "bad")
RESTING = ("parked", "transferred")


def share_of_marks(marks: Iterable[str]) -> Share:
    """符合 of all that is known; what is unknown or out of scope counts nowhere."""
    known = [mark for mark in marks if mark in KNOWN_MARKS]
    return Share(known.count("ok"), len(known))


def marks_of_group(
    units: Iterable[UnitLine], rules: Sequence[RuleLine], group: str
) -> list[tuple[UnitLine, RuleLine, str]]:
    """Every mark under the rules of a group, unit by unit; each is one 项次."""
    return [
        (unit, rule, mark)
        for unit in units
        for mark, rule in zip(unit.marks, rules, strict=True)
        if rule.group == group
    ]


def shares_by_group(units: Sequence[UnitLine], rules: Sequence[RuleLine]) -> dict[str, Share]:
    """Marks 符合 of all known ones, by group of rules."""
    return {
        group: share_of_marks(mark for _, _, mark in marks_of_group(units, rules, group))
        for group in GROUP_TITLES
    }


@dataclass(frozen=True)
class Rectification:
    """How far problems are put right on a day. Every problem stands in exactly one of the seven counts."""

    found: int
    closed_in_time: int
    closed_late: int
    overdue: int
    closed_early: int  # closed although its date lies ahead
    running: int  # open, its date lies ahead
    parked: int  # 挂账: no date runs
    transferred: int  # 已移交: another department has it

    @property
    def due(self) -> int:
        """到期: its date has come."""
        return self.closed_in_time + self.closed_late + self.overdue

    @property
    def closed(self) -> int:
        return self.closed_in_time + self.closed_late + self.closed_early

    @property
    def rate(self) -> Share:
        """整改完成率: closed with proof of all that is due (workflow.md, "Honest figures")."""
        return Share(self.closed_in_time + self.closed_late, self.due)


def extended_count(problems: Iterable[ProblemLine]) -> int:
    """How many dates were moved by 延期, said beside the rate (workflow.md, "Honest figures")."""
    return sum(problem.extended > 0 for problem in problems)


class HasDates(Protocol):
    """A problem as far as its rectification is counted: its date, and the day it was closed."""

    @property
    def due_on(self) -> date: ...
    @property
    def closed_on(self) -> date | None: ...
    @property
    def resting(self) -> str: ...


def rectification(problems: Iterable[HasDates], on: date) -> Rectification:
    """The seven counts on the day ``on``."""
    return rectification_of(((problem, 1) for problem in problems), on)


def rectification_of(groups: Iterable[tuple[HasDates, int]], on: date) -> Rectification:
    """The same of problems that were counted before by what they are asked for."""
    counts = dict.fromkeys(
        ("closed_in_time", "closed_late", "overdue", "closed_early", "running", *RESTING), 0
    )
    for problem, count in groups:
        counts[standing(problem, on)] += count
    return Rectification(found=sum(counts.values()), **counts)


def standing(problem: HasDates, on: date) -> str:
    """Which of the seven counts of ``Rectification`` a problem stands in on a day."""
    if problem.closed_on is None:
        if problem.resting in RESTING:
            return problem.resting
        return "overdue" if problem.due_on < on else "running"
    if problem.due_on > on:
        return "closed_early"
    return "closed_late" if problem.closed_on > problem.due_on else "closed_in_time"


def aside(problems: Sequence[ProblemLine], done: Rectification, withdrawn: int) -> str:
    """What no rate may hide, each apart (workflow.md, "Honest figures"): 「经批准延期2个，挂账1个」."""
    counts = (
        ("经批准延期", extended_count(problems)),
        ("挂账", done.parked),
        ("移交其他部门", done.transferred),
        ("反弹", sum(problem.rounds > 1 for problem in problems)),
        ("未改即销", sum(problem.unfounded for problem in problems)),
        ("撤销", withdrawn),
    )
    return "，".join(f"{word}{count}个" for word, count in counts if count)


def state_words(problem: ProblemLine, on: date) -> str:
    """已销号, 待核查, 逾期 with the state on a second line: the state as a reader asks for it."""
    if problem.closed_on is None and problem.due_on < on and not problem.resting:
        return f"逾期\n{problem.state}"
    return problem.state


@dataclass(frozen=True)
class ByRule:
    """The problems of one rule."""

    number: int
    title: str
    problems: tuple[ProblemLine, ...]

    @property
    def count(self) -> int:
        return len(self.problems)

    @property
    def units(self) -> int:
        return len({problem.unit for problem in self.problems})

    @property
    def forbidden(self) -> int:
        """How many touch a 严禁 or 不得."""
        return sum(bool(problem.prohibition) for problem in self.problems)

    @property
    def closed(self) -> int:
        return sum(problem.closed_on is not None for problem in self.problems)


def by_rule(problems: Iterable[ProblemLine]) -> list[ByRule]:
    """Heaviest first: by red lines, prohibitions, number of problems, number of units."""
    grouped: dict[int, list[ProblemLine]] = {}
    for problem in problems:
        grouped.setdefault(problem.rule, []).append(problem)
    rows = [ByRule(number, rows[0].rule_title, tuple(rows)) for number, rows in grouped.items()]
    return sorted(rows, key=_weight)


def _weight(row: ByRule) -> tuple[int, ...]:
    red = sum(problem.red_line for problem in row.problems)
    return weight(red_lines=red, forbidden=row.forbidden, count=row.count, units=row.units, number=row.number)


def weight(*, red_lines: int, forbidden: int, count: int, units: int, number: int) -> tuple[int, ...]:
    """The key by which rules are sorted, heaviest first, in a report and on the board."""
    return (-red_lines, -forbidden, -count, -units, number)


def by_unit(problems: Sequence[ProblemLine], order: Sequence[str]) -> list[tuple[str, list[ProblemLine]]]:
    """The units with problems in the order of the report's list of units, each with its problems."""
    grouped: dict[str, list[ProblemLine]] = {name: [] for name in order}
    for problem in problems:
        grouped.setdefault(problem.unit, []).append(problem)
    return [(name, rows) for name, rows in grouped.items() if rows]
