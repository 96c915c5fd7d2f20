"""One month of the meter as its list shows it: each unit's line, and the county's averages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from inspections import visit_limits
from inspections.burden import meter, pace
from inspections.burden.meter import Load
from inspections.workflows import budgets
from shuangjian import clock
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.selectors import term_on
from shuangjian.registers.filters import RegisterFilter

YEARS = range(2000, 2100)  # that an address may ask for
_UNIT_KINDS = (Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION)


@dataclass(frozen=True)
class Line:
    """One unit in one month as the list shows it; ``most``: its budget, ``visits``: of the term."""

    unit: Organisation
    load: Load
    minutes: int
    most: int | None
    visits: int

    @property
    def is_over(self) -> bool:
        return self.most is not None and self.load.inputs > self.most


@dataclass(frozen=True)
class Average:
    """All units of a kind in one month."""

    label: str
    units: int
    inputs: float
    minutes: int
    over: int
    most: int | None


class Month:
    """The load of every unit in one month: what a list shows and averages alike come from."""

    def __init__(self, month: date) -> None:
        units = list(meter.with_facts(Organisation.objects.units().active()))
        loads = meter.read(units, month, month)
        self.month = month
        self.pace = pace.measured()
        self.budget = budgets.in_force()
        self.most_visits = visit_limits.most_per_term()
        visits = visit_limits.counted_visits(units, term_on(month), states=meter.BEGUN)
        self.lines = [
            Line(
                unit,
                load := loads.get((unit.pk, month), Load()),
                self.pace.minutes(load.inputs),
                self.budget.inputs_of(unit.kind) if self.budget is not None else None,
                visits.get(unit.pk, 0),
            )
            for unit in units
        ]

    def averages(self) -> list[Average]:
        return [
            _average(kind, found)
            for kind in _UNIT_KINDS
            if (found := [line for line in self.lines if line.unit.kind == kind])
        ]

    def of(self, units: Any) -> list[Line]:
        """The lines of a queryset of units, the heaviest first."""
        keys = set(units.values_list("pk", flat=True))
        mine = [line for line in self.lines if line.unit.pk in keys]
        return sorted(mine, key=lambda line: (-line.load.inputs, line.unit.pinyin_key, line.unit.pk))


def _average(kind: Organisation.Kind, lines: Sequence[Line]) -> Average:
    count = len(lines)
    return Average(
        kind.label,
        count,
        round(sum(line.load.inputs for line in lines) / count, 1),
        round(sum(line.minutes for line in lines) / count),
        sum(line.is_over for line in lines),
        lines[0].most,
    )


def asked_month(query: QueryDict) -> date:
    """``?month=2026-11``, else the present one."""
    with suppress(ValueError):
        month = date.fromisoformat(f"{query.get('month', '')}-01")
        if month.year in YEARS:
            return month
    return meter.month_of(clock.today())


def read(user: User, query: QueryDict) -> tuple[Month, Reading]:
    """The month that the address asks for, and the lines of the units that exist for the person."""
    month = Month(asked_month(query))
    visible = Organisation.objects.visible_to(user).units().active()
    chosen = RegisterFilter(query, queryset=visible)
    said = f"{month.month.year}年{month.month.month}月"
    return month, Reading(month.of(chosen.qs), chosen, said=said)
