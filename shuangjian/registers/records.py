"""What a unit states in all its registers of a term, with typed access: the one reader of stored entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q, prefetch_related_objects

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from shuangjian.policy.scope import UnitFacts, facts_of, grade_name
from shuangjian.registers import definitions
from shuangjian.registers.definitions import Layout, Register
from shuangjian.registers.models import Entry
from shuangjian.registers.values import Line

WITH_FACTS = ("school", "institution")  # select_related of whoever reads units for their records
_STAGES = (
    ("primary", "小学", ("lower", "upper")),
    ("junior", "初中", ("junior",)),
    ("senior", "高中", ("senior",)),
)


@dataclass(frozen=True)
class Records:
    """The entries of one unit by register, and what decides how they are judged."""

    unit: Organisation
    facts: UnitFacts
    term: Term | None
    on: date
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def registers(self) -> list[Register]:
        """What the unit keeps; without a term only what is standing."""
        kept = definitions.of_unit(self.facts)
        return [one for one in kept if self.term is not None or one.is_standing]

    def entry(self, key: str) -> Entry | None:
        return self.entries.get(key)

    def lines(self, key: str) -> list[Line]:
        """The lines of a register as stated; none where it was not filled in, or is none of the unit's."""
        register, entry = definitions.find(key), self.entries.get(key)
        if register is None or entry is None or not register.concerns(self.facts):
            return []
        return lines_of(register, self.facts, entry.lines)

    def line(self, key: str) -> Line:
        """The line of a register that has one; an empty one where it was not filled in."""
        return next(iter(self.lines(key)), Line("unit", ""))

    def with_lines(self, key: str, lines: list[dict[str, Any]], explanation: str) -> Records:
        """The same with one register as it would be."""
        would_be = Entry(organisation=self.unit, register=key, lines=lines, explanation=explanation)
        return replace(self, entries={**self.entries, key: would_be})


def term_of(register: Register, term: Term | None) -> Term | None:
    """The term under which an entry is kept; None for what is standing."""
    return None if register.is_standing else term


def load(units: Iterable[Organisation], term: Term | None, on: date | None = None) -> list[Records]:
    """The records of units (loaded ``WITH_FACTS``) in a term, in their order; two queries."""
    units = list(units)
    prefetch_related_objects(units, "exemptions")  # which decide scope
    rows = Entry.objects.filter(Q(term=term) | Q(term=None), organisation__in=units)
    found: dict[int, dict[str, Entry]] = {unit.pk: {} for unit in units}
    for entry in rows:
        found[entry.organisation_id][entry.register] = entry
    day = on or clock.today()
    return [Records(unit, facts_of(unit), term, day, found[unit.pk]) for unit in units]


def blank_lines(register: Register, facts: UnitFacts) -> list[Line]:
    """The lines that a register asks of a unit; none of one that is kept row by row."""
    match register.layout:
        case Layout.UNIT:
            return [Line("unit", "")]
        case Layout.GRADES:
            return [Line(str(grade), grade_name(grade), grade) for grade in facts.grades_of(register.stages)]
        case Layout.STAGES:
            taught = [(key, label, facts.grades_of(stages)) for key, label, stages in _STAGES]
            return [Line(key, label, grades[0]) for key, label, grades in taught if grades]
        case _:
            return []


def lines_of(register: Register, facts: UnitFacts, stored: list[dict[str, Any]]) -> list[Line]:
    """Stored lines as they are read today: a grade that is taught no longer is passed over."""
    if register.layout is Layout.ROWS:
        return [
            Line(one["key"], f"{register.noun}{number}", None, one["answers"])
            for number, one in enumerate(stored, start=1)
        ]
    by_key = {one["key"]: one["answers"] for one in stored}
    return [
        replace(line, answers=by_key[line.key]) for line in blank_lines(register, facts) if line.key in by_key
    ]
