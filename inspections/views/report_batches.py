"""All unit reports of a term at once: the order, its progress, the archive, what failed and why."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.reports import BatchForm
from inspections.models import ReportBatch, ReportBatchRow
from inspections.workflows import report_batch as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term

PAGE_SIZE = 50
EARLIER = 10  # orders shown on the page of a new one


@access(roles={Role.SUPERVISION_OFFICE}, methods=("GET", "POST"), scope="list", audit="change")
def report_batch_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Order the reports of all units of a term; says first how many have none yet."""
    term = _term_of(request)
    form = BatchForm(request.POST or None, initial={"term": term})
    if request.method == "POST" and form.is_valid():
        try:
            batch = workflow.order(term=form.cleaned_data["term"], actor=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "正在生成，可以离开此页，完成后有通知")
            return redirect("report-batch", pk=batch.pk)
    total, missing = workflow.without_report(term) if term is not None else (0, 0)
    earlier = ReportBatch.objects.visible_to(request.user).select_related("term", "job", "ordered_by")
    context = {
        "form": form,
        "term": term,
        "total": total,
        "missing": missing,
        "earlier": earlier[:EARLIER],
    }
    return render(request, "inspections/report_batch_new.html", context)


def _term_of(request: AuthenticatedHttpRequest) -> Term | None:
    """The term of ``?term=`` (its code), else the present one."""
    asked = Term.objects.filter(code=request.GET.get("term", "").replace("\x00", "")).first()
    return asked or current_term()


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_batch_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """How far an order is, then the archive and each unit's result, those that failed first."""
    batch = get_visible(
        ReportBatch.objects.select_related("term", "job", "archive", "ordered_by"), request.user, pk=pk
    )
    counts = workflow.counts_of(batch)
    rows = batch.rows.select_related("organisation", "report", "stored_file").defer(
        "report__data", "report__sections"
    )
    page = Paginator(rows.order_by(_failed_first(), "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "batch": batch,
        "job": batch.job,
        "counts": counts,
        "total": sum(counts.values()),
        "page_obj": page,
    }
    return render(request, "inspections/report_batch.html", context)


def _failed_first() -> Case:
    outcomes = ReportBatchRow.Outcome
    order = (outcomes.FAILED, outcomes.WAITING, outcomes.DONE)
    whens = [When(outcome=outcome, then=Value(at)) for at, outcome in enumerate(order)]
    return Case(*whens, output_field=IntegerField())
