"""减负台账: what is asked of each unit a month, open to everybody of the work; its budget.

A unit sees its own line and the county's averages, the county's roles every unit (P1, P2).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from inspections import visit_limits
from inspections.burden import meter, pace
from inspections.burden.meter import Ask, Load
from inspections.forms.burden import BudgetForm
from inspections.models import BurdenBudget, Visit
from inspections.text_cells import no_formula
from inspections.workflows import budgets
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import BUSINESS_ROLES, COUNTY_ROLES, SUPERVISION_ROLES
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.selectors import term_on
from shuangjian.registers.filters import RegisterFilter

PAGE_SIZE = 50
YEAR_BEGINS = 9  # the month in which a school year does
_YEARS = range(2000, 2100)  # that an address may ask for
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


class _Month:
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


def _asked_month(request: AuthenticatedHttpRequest) -> date:
    """``?month=2026-11``, else the present one."""
    with suppress(ValueError):
        month = date.fromisoformat(f"{request.GET.get('month', '')}-01")
        if month.year in _YEARS:
            return month
    return meter.month_of(clock.today())


def _chosen(request: AuthenticatedHttpRequest) -> RegisterFilter:
    """The units that exist for the person, narrowed as the address says."""
    visible = Organisation.objects.visible_to(request.user).units().active()
    return RegisterFilter(request.GET, queryset=visible, request=request)


@access(roles=BUSINESS_ROLES, scope="list")
def burden_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One month: the county's averages by kind of unit, and the units that exist for the person."""
    month, chosen = _Month(_asked_month(request)), _chosen(request)
    lines = month.of(chosen.qs)
    context = {
        "month": month,
        "before": meter.month_before(month.month),
        "after": meter.month_after(month.month),
        "averages": month.averages(),
        "filter": chosen,
        "page_obj": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "sees_county": request.user.sees_county,
        "may_set": request.user.has_role(*budgets.KEEPERS),
        "query": request.GET.urlencode(),
    }
    return render(request, "inspections/burden_list.html", context)


_HEADS = (
    "单位", "代码", "类别", "月份", "填报（项）", "其中重复（项）", "估计用时（分钟）", "文件照片（个）",
    "计划外（件）", "预算（项）", "本学期入校（次）",
)  # fmt: skip


@access(roles=COUNTY_ROLES, scope="list", audit="read")
def burden_export(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The month's list exactly as it is narrowed, as CSV that a table program opens."""
    month = _Month(_asked_month(request))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADS)
    for line in month.of(_chosen(request).qs):
        unit, load = line.unit, line.load
        texts = [no_formula(one) for one in (unit.name, unit.code, unit.get_kind_display())]
        figures = [load.inputs, load.known, line.minutes, load.files, load.off_plan, line.most, line.visits]
        writer.writerow([*texts, f"{month.month:%Y-%m}", *figures])
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = f"减负台账{month.month:%Y-%m}.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _asked_year(request: AuthenticatedHttpRequest) -> int:
    """The calendar year in which the school year begins: ``?year=2026``, else the present one."""
    asked, today = request.GET.get("year", ""), clock.today()
    if asked in map(str, _YEARS):
        return int(asked)
    return today.year if today.month >= YEAR_BEGINS else today.year - 1


@access(roles=SUPERVISION_ROLES, scope="own", audit="read")
def burden_unit(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One unit by month of a school year: each thing that was asked of it, with what it rests on."""
    units = meter.with_facts(Organisation.objects.units())
    unit: Organisation = get_visible(units, request.user, code=code)
    year = _asked_year(request)
    first, last = date(year, YEAR_BEGINS, 1), date(year + 1, YEAR_BEGINS - 1, 1)
    loads = meter.read([unit], date(year - 1, YEAR_BEGINS, 1), last)
    # A visiting inspector sees the unit, but of its visits his own alone.
    visits = Visit.objects.visible_to(request.user).filter(organisation=unit)
    open_visits = set(visits.values_list("no", flat=True))
    speed, budget = pace.measured(), budgets.in_force()
    months = [
        (month, load, speed.minutes(load.inputs))
        for (_, month), load in sorted(loads.items(), reverse=True)
        if month >= first
    ]
    context = {
        "unit": unit,
        "year": year,
        "months": [
            (month, load, minutes, [(ask, _link(ask, unit, open_visits)) for ask in load.asks])
            for month, load, minutes in months
        ],
        "total": sum(load.inputs for _, load, _ in months),
        "last_year": sum(load.inputs for (_, month), load in loads.items() if month < first),
        "visits": sum(ask.source is meter.Source.VISIT for _, load, _ in months for ask in load.asks),
        "pace": speed,
        "most": budget.inputs_of(unit.kind) if budget is not None else None,
    }
    return render(request, "inspections/burden_unit.html", context)


def _link(ask: Ask, unit: Organisation, open_visits: Collection[str]) -> str:
    """The page of what was asked; empty where it is not the person's."""
    is_closed = ask.source is meter.Source.VISIT and ask.page[1] not in open_visits
    return "" if is_closed else ask.url(unit.code)


class _Guard:
    """What the form carries as its version: 0 before the first budget."""

    def __init__(self, newest: BurdenBudget | None) -> None:
        self.version = newest.version if newest is not None else 0


@access(roles=budgets.KEEPERS, methods=("GET", "POST"), audit="change")
def burden_budget(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The budget in force, to be set anew, with its versions."""
    newest = budgets.in_force()
    initial = {}
    if newest is not None:
        initial = {
            "school_inputs": newest.school_inputs,
            "institution_inputs": newest.institution_inputs,
        }
    form = BudgetForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = budgets.set_budget(actor=request.user, version=posted_version(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已保存为第{row.version}版，以后发布的批次按这一版衡量")
            return redirect("burden-budget")
    context = {
        "form": form,
        "guard": _Guard(newest),
        "versions": BurdenBudget.objects.select_related("made_by"),
        "most_visits": visit_limits.most_per_term(),
    }
    return render(request, "inspections/burden_budget.html", context)
