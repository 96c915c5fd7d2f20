"""Which rows of a county's term a number is counted from: sentences, tables and pages of figures ask here.

Pure, over the frozen rows of a report (or of the term before, for the comparison).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from inspections.reports.counting import rectification, shares_by_group
from inspections.reports.data import (
    EarlierTerm,
    LeadLine,
    ProblemLine,
    Share,
    SupervisionData,
    UnitLine,
    VisitLine,
)

COMPLAINT = "举报"  # Problem.Origin, as frozen
PUBLIC = "群众反映"  # Lead.Source, as frozen
LOOK_BACK = "回头看"  # Visit.Kind, as frozen
Rows = SupervisionData | EarlierTerm  # both hold units and problems of one term


def supervised(data: Rows) -> list[UnitLine]:
    """The units that were to be supervised: schools and institutions."""
    return [unit for unit in data.units if unit.group in ("school", "institution")]


def visited(data: Rows) -> list[UnitLine]:
    return [unit for unit in supervised(data) if unit.visits]


def coverage(data: Rows) -> Share:
    """实地督导 of 应督导."""
    return Share(len(visited(data)), len(supervised(data)))


def self_check_due(data: Rows) -> list[UnitLine]:
    return [unit for unit in supervised(data) if unit.self_check != "not_due"]


def self_checked(data: Rows) -> Share:
    """Self-checks submitted of those that were due."""
    due = self_check_due(data)
    return Share(sum(unit.self_check == "submitted" for unit in due), len(due))


def whole_units(data: Rows) -> list[UnitLine]:
    """Units of which every rule that concerns them is known and met."""
    return [
        unit
        for unit in supervised(data)
        if "ok" in unit.marks and not {"partial", "bad", "none"} & set(unit.marks)
    ]


def fully_met(data: Rows) -> Share:
    """Those of all that were to be supervised."""
    return Share(len(whole_units(data)), len(supervised(data)))


def red_lines(data: SupervisionData) -> list[ProblemLine]:
    """The red lines of the term and those carried into it."""
    return [problem for problem in (*data.carried, *data.problems) if problem.red_line]


def complaints(data: SupervisionData) -> list[ProblemLine]:
    """Problems that came by a complaint (举报)."""
    return [problem for problem in data.problems if problem.origin == COMPLAINT]


def reported_leads(data: SupervisionData) -> list[LeadLine]:
    """线索点 that the public told of."""
    return [lead for lead in data.leads or () if lead.source == PUBLIC]


def group_shares(data: SupervisionData) -> dict[str, Share]:
    """Marks 符合 of all known ones, by group of rules."""
    return shares_by_group(data.units, data.rules)


def look_backs(data: Rows) -> list[tuple[UnitLine, VisitLine]]:
    """The visits that looked back (回头看), each with its unit."""
    return [(unit, visit) for unit in data.units for visit in unit.visits if visit.kind == LOOK_BACK]


def main_figures(data: Rows) -> list[tuple[str, str]]:
    """The figures by which two terms are compared: (label, words)."""
    done = rectification(data.problems, data.until_on)
    return [
        ("应督导单位（家）", str(len(supervised(data)))),
        ("实地督导单位", str(coverage(data))),
        ("提交自查单位", str(self_checked(data))),
        ("全部查清并符合的单位", str(fully_met(data))),
        ("发现问题（个）", str(len(data.problems))),
        ("其中“严禁”和“不得”（个）", str(sum(bool(problem.prohibition) for problem in data.problems))),
        ("其中红线（个）", str(sum(problem.red_line for problem in data.problems))),
        ("到期整改销号", str(done.rate)),
        ("逾期未销号（个）", str(done.overdue)),
    ]


def counted_by(labels: Iterable[str]) -> list[tuple[str, int]]:
    """How often each label occurs, the most frequent first."""
    counts = [
        (label, len(list(rows))) for label, rows in groupby(sorted(label or "未登记" for label in labels))
    ]
    return sorted(counts, key=lambda pair: -pair[1])
