"""回头看和抽查: what is looked at again after its close-out, the result, and the draws anybody can repeat."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from inspections import lots
from inspections.exports.work import RECHECKS
from inspections.forms.detours import RecheckForm
from inspections.models import Decision, Recheck, RecheckDraw
from inspections.workflows import rechecks as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
READERS = RECHECKS.roles


@access(roles=READERS, scope="list")
def recheck_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What waits to be looked at again, earliest first; what was found; and the draws."""
    reading = RECHECKS.read(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "tabs": reading.tabs,
        "draws": RecheckDraw.objects.exclude(pool=[])[:12],
    }
    return render(request, "inspections/recheck_list.html", context)


def _recheck(request: AuthenticatedHttpRequest, pk: int) -> Recheck:
    rows = Recheck.objects.select_related(
        "task__problem__organisation",
        "task__problem__rule",
        "task__problem__prohibition",
        "task__closed_by",
        "done_by",
        "draw",
    )
    row: Recheck = get_visible(rows, request.user, pk=pk)
    return row


def _context(row: Recheck, **more: Any) -> dict[str, Any]:
    evidence = row.task.evidence.select_related("stored_file", "requirement", "added_by")
    return {"row": row, "task": row.task, "problem": row.task.problem, "evidence": evidence, **more}


@access(roles=READERS, scope="own", audit="read")
def recheck_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One case that is looked at again: what was closed and how, why it is looked at, and what came of it."""
    row = _recheck(request, pk)
    may = row.state == Recheck.State.PENDING and request.user.has_perm("inspections.do_recheck", row)
    return render(request, "inspections/recheck.html", _context(row, may=may))


@access(roles=READERS, methods=("GET", "POST"), scope="own", audit="change")
def recheck_result(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The result of looking again, for whoever neither closed nor verified it."""
    row = _recheck(request, pk)
    if request.method == "POST":
        check_version(row, posted_version(request))
    require(request.user, "inspections.do_recheck", row)
    if row.state != Recheck.State.PENDING:
        return redirect("recheck", pk=pk)
    form = RecheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _record(request, row, form):
        return redirect("problem", no=row.no)
    return render(request, "inspections/recheck.html", _context(row, form=form))


def _record(request: AuthenticatedHttpRequest, row: Recheck, form: RecheckForm) -> bool:
    data = form.cleaned_data
    on_paper = row.kind == RecheckDraw.Kind.DESK_CHECK
    common = {
        "recheck_id": row.pk,
        "actor": request.user,
        "version": posted_version(request),
        "method": Decision.Method.ON_PAPER if on_paper else Decision.Method.ON_SITE,
        "words": data["words"],
    }
    try:
        if data["result"] == "kept":
            workflow.keep(**common)
        else:
            workflow.find_relapsed(**common, due_on=data["due_on"], was_fixed=data["result"] == "relapsed")
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, f"已登记问题{row.no}{row.get_kind_display()}的结果")
    return True


@access(roles=READERS, scope="list")
def recheck_draw(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One draw: pool, seed and result, drawn again on the spot."""
    draw = get_object_or_404(RecheckDraw, pk=pk)
    again = lots.draw_share(draw.pool, draw.share, draw.seed)
    chosen = set(draw.drawn)
    context = {
        "draw": draw,
        "rows": [(number, number in chosen) for number in draw.pool],
        "is_repeated": again == draw.drawn,
    }
    return render(request, "inspections/recheck_draw.html", context)
