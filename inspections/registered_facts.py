"""What a self-check takes from the registers instead of asking it again (practice.md P4).

Figures that a register holds are shown and judged, not typed; its other facts stand beside the question.
What was submitted keeps the figures of its day (``workflows.check_answers.keep_registered``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from inspections.check_figures import FigureLine
from inspections.models import SelfCheck
from shuangjian.policy.models import CheckItem, Limit
from shuangjian.policy.scope import limits_for
from shuangjian.registers import definitions, records
from shuangjian.registers.definitions import Bound, Field, Layout, Register
from shuangjian.registers.findings import Judge
from shuangjian.registers.records import Records
from shuangjian.registers.values import Line, in_words

MOST_FACTS = 6  # of one register beside a question; the rest is behind its link


@dataclass(frozen=True)
class Beside:
    """The facts of one register beside a question."""

    unit_code: str
    register: Register
    filled_at: datetime | None
    words: str

    @property
    def is_the_bureaus(self) -> bool:
        return self.register.keeper is definitions.Keeper.BUREAU


def records_for(check: SelfCheck) -> Records | None:
    """The registers of the check's term, as long as they speak for it: not of an office, not while staff
    types in a paper, whose figures are the paper's, and not after the check was submitted."""
    if not check.is_open or check.is_being_keyed_in or not check.organisation.is_unit:
        return None
    return records.load([check.organisation], check.round.term)[0]


def with_registered(found: Records, item: CheckItem, lines: list[FigureLine]) -> list[FigureLine]:
    """The figures of an item, those that a register holds with its value."""
    filled = []
    for line in lines:
        value = _value(found, item, line)
        filled.append(replace(line, value=value, is_registered=True) if value else line)
    return filled


def _value(found: Records, item: CheckItem, figure: FigureLine) -> str:
    """What the registers say of a figure; of several lines the one furthest on the wrong side."""
    said = [
        value
        for register, asked, bound in _asked(found, item, figure)
        for line in found.lines(register.key)
        if _is_about(line, bound, figure, found) and (value := line.text(asked.key))
    ]
    if not said:
        return ""
    worst = min if figure.limit is not None and figure.limit.op == Limit.Op.AT_LEAST else max
    return worst(said, key=_measure)


def _asked(found: Records, item: CheckItem, figure: FigureLine) -> Iterable[tuple[Register, Field, Bound]]:
    for register in found.registers():
        for asked in register.fields:
            for bound in asked.bounds:
                if (bound.item, bound.indicator) == (item.code, figure.indicator.name):
                    yield register, asked, bound


def _is_about(line: Line, bound: Bound, figure: FigureLine, found: Records) -> bool:
    if bound.when is not None and line.answers.get(bound.when[0]) != bound.when[1]:
        return False
    if line.grade is None or figure.limit is None:
        return True
    if len(figure.limit.stages) == 1:  # stated grade by grade (check_figures)
        return line.grade == figure.grade
    return bool(limits_for([figure.limit], found.facts, line.grade))


def _measure(value: str) -> Decimal:
    hours, _, minutes = value.partition(":")
    return Decimal(hours) * 60 + Decimal(minutes) if minutes else Decimal(value)


# --- Beside the question ----------------------------------------------------------
def facts_beside(found: Records, item: CheckItem) -> list[Beside]:
    """What the registers about an item say, each with when it was filled in."""
    shown = []
    for register in found.registers():
        if item.code in register.items and not register.is_private:
            entry = found.entry(register.key)
            words = _summary(found, register, item) if entry is not None else ""
            shown.append(
                Beside(found.unit.code, register, entry.written_at if entry is not None else None, words)
            )
    return shown


def _summary(found: Records, register: Register, item: CheckItem) -> str:
    """每周开展5天/周，每天时长2小时/天; of rows how many there are; figures stand in their own table."""
    lines = found.lines(register.key)
    if register.layout is Layout.ROWS:
        return f"{len(lines)}项" if lines else "没有"
    if register.layout is not Layout.UNIT:
        return ""
    own = [
        one
        for one in register.fields_for(found.facts, None)
        if not one.personal and not one.bounds and (not one.item or one.item == item.code)
    ]
    said = [f"{one.label}{in_words(one, line.answers.get(one.key))}" for line in lines for one in own]
    return "，".join(said[:MOST_FACTS])


def ready_items(found: Records) -> set[str]:
    """Codes of the items that filled registers answer wholly, with nothing that speaks against them."""
    answering = [one for one in found.registers() if one.answers]
    open_items = {code for one in answering if found.entry(one.key) is None for code in one.answers}
    doubtful = {finding.item for finding in Judge().of_unit(found)}
    return {code for one in answering for code in one.answers} - open_items - doubtful
