"""Coverage one by one, and visits to many units planned in one go with the result of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections import unvisited
from inspections.exports.work import COVERAGE
from inspections.filters.patterns import units_of
from inspections.forms.visit_plans import ManyForm
from inspections.models import Pattern, Visit, VisitBatch, VisitDraw
from inspections.views.visits import PLANNERS
from inspections.workflows import patterns
from inspections.workflows import visit_planning as workflow
from inspections.workflows.visit_planning import MOST_UNITS, Order
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import NotAllowed, Refused

PAGE_SIZE = 50


@access(roles=PLANNERS, scope="list")
def coverage(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Units that nobody has inspected in this term or step; from here the rest is planned in bulk."""
    reading = COVERAGE.read(request.user, request.GET)
    context: dict[str, Any] = {
        "period": unvisited.chosen_period(request.GET),
        "periods": unvisited.periods(),
        "filter": reading.filter,
        "tabs": reading.tabs,
        "most": MOST_UNITS,
        "may_plan_many": request.user.has_role(*COUNTY_ROLES),
    }
    if reading.tabs is not None:
        context["page_obj"] = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
        kept = request.GET.copy()
        for gone in ("tab", "page", "unit", "all"):
            kept.pop(gone, None)
        context["kept"] = [(name, value) for name in kept for value in kept.getlist(name)]
    return render(request, "inspections/coverage.html", context)


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def visit_many(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Units chosen → kind, days, permission → one page with a proposal for each → confirmed in one go.

    GET proposes and changes nothing; POST carries out what was proposed. ``?draw=`` brings units, teams and
    days from a draw, ``?pattern=`` the units of a finding, ``?all=1`` all units of the coverage page's list.
    """
    given = request.POST if request.method == "POST" else request.GET
    if given.get("draw"):
        row = get_visible(VisitDraw, request.user, no=given["draw"])
        if row.state != VisitDraw.State.DRAWN:
            messages.info(request, f"{row.no}{row.get_state_display()}，不能安排督导")
            return redirect("draw", no=row.no)
        return _show(request, workflow.order_of(row), form=None, draw=row)
    data, pattern = given.copy(), _pattern(request, given.get("pattern", ""))
    if pattern is not None and not patterns.MACHINE.open_moves(pattern, request.user):
        messages.info(request, f"{pattern.no}{pattern.get_state_display()}，不能再安排督导")
        return redirect(pattern)
    if pattern is not None and "unit" not in data:
        data.setlist("unit", [str(unit.pk) for unit in units_of(pattern)[: MOST_UNITS + 1]])
    if request.method == "GET" and data.pop("all", ""):
        units = COVERAGE.read(request.user, request.GET).rows
        data.setlist("unit", [str(pk) for pk in units.values_list("pk", flat=True)[: MOST_UNITS + 1]])
    asked = request.method == "POST" or "first" in data
    latest = Visit.objects.exclude(plan_name="").order_by("-pk").first()
    initial: dict[str, Any] = {"unit": data.getlist("unit")}
    if latest is not None:
        initial |= {"plan_name": latest.plan_name, "approval_no": latest.approval_no}
    form = ManyForm(data if asked else None, user=request.user, initial=initial)
    if asked and form.is_valid():
        return _show(request, form.order(), form=form, draw=None, pattern=pattern)
    chosen = _chosen(request, data.getlist("unit"))
    context = {"form": form, "units": chosen, "order": None, "pattern": pattern}
    return render(request, "inspections/visit_many.html", context)


def _pattern(request: AuthenticatedHttpRequest, no: str) -> Pattern | None:
    """The finding whose units are to be visited, if the address names one."""
    return get_visible(Pattern, request.user, no=no) if no else None


def _chosen(request: AuthenticatedHttpRequest, keys: list[str]) -> list[Organisation]:
    """The chosen units by name, for the page on which kind and days are asked."""
    ids = [int(key) for key in keys[: MOST_UNITS + 1] if key.isascii() and key.isdigit() and len(key) < 10]
    units = Organisation.objects.visible_to(request.user).units().active().filter(pk__in=ids)
    return list(units.order_by("pinyin_key", "pk"))


def _show(
    request: AuthenticatedHttpRequest,
    order: Order,
    *,
    form: ManyForm | None,
    draw: VisitDraw | None,
    pattern: Pattern | None = None,
) -> HttpResponse:
    """The proposals; on POST they are carried out."""
    fault, proposals = "", []
    try:
        if request.method == "POST":
            batch = _carried_out(request, order, pattern)
            messages.success(request, f"已安排{batch.done}个单位")
            return redirect("visit-batch", pk=batch.pk)
        proposals = workflow.propose(order)
    except (Refused, NotAllowed) as refused:
        fault = str(refused)
    if fault and form is not None:
        form.add_error(None, fault)
        context: dict[str, Any] = {"form": form, "units": order.units, "order": None, "pattern": pattern}
    else:
        context = {
            "pattern": pattern,
            "form": form,
            "order": order,
            "draw": draw,
            "fault": fault,
            "proposals": proposals,
            "ready": sum(not one.refusal for one in proposals),
            "kind": Visit.Kind(order.kind).label,
        }
    return render(request, "inspections/visit_many.html", context)


def _carried_out(request: AuthenticatedHttpRequest, order: Order, pattern: Pattern | None) -> VisitBatch:
    """The visits, and what they were planned for in the same transaction."""

    def make() -> VisitBatch:
        return workflow.plan_many(order, actor=request.user, joins=request.POST.getlist("join"))

    if pattern is None:
        return make()
    followed = patterns.follow(
        pattern_id=pattern.pk, actor=request.user, version=posted_version(request), make=make
    )
    assert followed.batch is not None  # noqa: S101  (set by the move)
    return followed.batch


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def visit_batch(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """What became of each unit of one go, those without a visit first."""
    batch = get_visible(VisitBatch.objects.select_related("draw", "made_by"), request.user, pk=pk)
    rows = sorted(batch.rows, key=lambda row: bool(row["visit"]))
    return render(request, "inspections/visit_batch.html", {"batch": batch, "rows": rows})
