"""减负台账: what is asked of each unit a month, open to everybody of the work; its budget.

A unit sees its own line and the county's averages, the county's roles every unit (P1, P2).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections import visit_limits
from inspections.burden import meter, months, pace
from inspections.burden.meter import Ask
from inspections.forms.burden import BudgetForm
from inspections.models import BurdenBudget, Visit
from inspections.workflows import budgets
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import BUSINESS_ROLES, SUPERVISION_ROLES
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
YEAR_BEGINS = 9  # the month in which a school year does


@access(roles=BUSINESS_ROLES, scope="list")
def burden_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One month: the county's averages by kind of unit, and the units that exist for the person."""
    month, reading = months.read(request.user, request.GET)
    context = {
        "month": month,
        "before": meter.month_before(month.month),
        "after": meter.month_after(month.month),
        "averages": month.averages(),
        "filter": reading.filter,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_set": request.user.has_role(*budgets.KEEPERS),
    }
    return render(request, "inspections/burden_list.html", context)


def _asked_year(request: AuthenticatedHttpRequest) -> int:
    """The calendar year in which the school year begins: ``?year=2026``, else the present one."""
    asked, today = request.GET.get("year", ""), clock.today()
    if asked in map(str, months.YEARS):
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
    by_month = [
        (month, load, speed.minutes(load.inputs))
        for (_, month), load in sorted(loads.items(), reverse=True)
        if month >= first
    ]
    context = {
        "unit": unit,
        "year": year,
        "months": [
            (month, load, minutes, [(ask, _link(ask, unit, open_visits)) for ask in load.asks])
            for month, load, minutes in by_month
        ],
        "total": sum(load.inputs for _, load, _ in by_month),
        "last_year": sum(load.inputs for (_, month), load in loads.items() if month < first),
        "visits": sum(ask.source is meter.Source.VISIT for _, load, _ in by_month for ask in load.asks),
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
