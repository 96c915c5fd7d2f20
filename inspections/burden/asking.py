"""How much one thing asks of a unit: its inputs as the forms have them. Pure but for cached policy.

An input is one answer that a form demands; what may be left empty is none. Source: practice.md P1, P4.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from inspections.check_figures import figure_lines
from inspections.models import RectificationTask
from shuangjian.policy.models import CheckItem, ProofRequirement
from shuangjian.policy.scope import UnitFacts
from shuangjian.registers import definitions
from shuangjian.registers.definitions import Keeper, Layout, Register
from shuangjian.registers.records import blank_lines

# What the forms demand, kept equal to them by tests/inspections/test_burden.py: a record of studying or
# publicity (形式, 日期, 人数, 内容), a measure of a plan (措施, 责任人, 完成时限), the application to close.
RECORD_INPUTS = 4
MEASURE_INPUTS = 3
APPLY_INPUTS = 1
LIGHT_INPUTS = 1  # one sentence or one proof (P8)


def inputs_of_item(item: CheckItem, facts: UnitFacts, on: date) -> int:
    """Its conclusion, each figure that it asks for, the file where proof is demanded."""
    return 1 + len(figure_lines(item, facts, on)) + item.evidence_required


def registers_kept_by(facts: UnitFacts) -> list[Register]:
    """The registers that a unit of these facts fills in itself."""
    return [one for one in definitions.of_unit(facts) if one.keeper is Keeper.UNIT]


def inputs_of_register(register: Register, facts: UnitFacts, rows: int) -> int:
    """The answers that it demands; ``rows``: how many lines stand in one that is kept row by row."""
    if register.layout is Layout.ROWS:
        return rows * _demanded(register, facts, None)
    return sum(_demanded(register, facts, line.grade) for line in blank_lines(register, facts))


def _demanded(register: Register, facts: UnitFacts, grade: int | None) -> int:
    return sum(one.required for one in register.fields_for(facts, grade))


@lru_cache(maxsize=256)
def answered_by_registers(facts: UnitFacts) -> dict[str, Register]:
    """By the code of each check item whose fact a unit's own register holds, that register (P4)."""
    found: dict[str, Register] = {}
    for register in registers_kept_by(facts):
        for one in register.fields:
            if one.concerns(facts, None):
                for code in filter(None, [one.item, *(bound.item for bound in one.bounds)]):
                    found.setdefault(code, register)
    return found


def inputs_of_task(task: RectificationTask, measures: int, needs: Iterable[ProofRequirement]) -> int:
    """Of one round of putting right: plan (at least one measure), required proofs, the application."""
    problem = task.problem
    if task.is_light:
        return LIGHT_INPUTS
    proofs = sum(
        need.least_count
        for need in needs
        if problem.severity in need.severities
        and (not need.rule_codes or problem.rule.code in need.rule_codes)
    )
    return max(1, measures) * MEASURE_INPUTS + proofs + APPLY_INPUTS
