"""台账视图: the list of them, naming the ledger as it stands, changing and deleting one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from inspections import ledger
from inspections.forms.ledger_views import LedgerViewForm
from inspections.models import LedgerView
from inspections.workflows import ledger_views as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused


@access(roles=COUNTY_ROLES, scope="list")
def view_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own and those that others shared, with what each asks for."""
    views = LedgerView.objects.visible_to(request.user).select_related("owner").order_by("name", "pk")
    lines = [(view, ledger.words_of(QueryDict(view.query)), _keeps(request, view)) for view in views]
    return render(request, "inspections/ledger_views.html", {"lines": lines})


def _keeps(request: AuthenticatedHttpRequest, view: LedgerView) -> bool:
    return request.user.has_perm("inspections.keep_ledger_view", view)


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def view_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Name the view that the address shows."""
    book = ledger.read(request.user, request.GET)
    form = LedgerViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            view = workflow.save(actor=request.user, book=book, **form.arguments())
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, f"已保存视图“{view.name}”")
            return redirect(view)
    return render(request, "inspections/ledger_view.html", {"form": form, "book": book, "words": book.words})


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def view_edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Rename or share one, or delete it (``do=delete``)."""
    view = get_visible(LedgerView.objects.select_related("owner"), request.user, pk=pk)
    require(request.user, "inspections.keep_ledger_view", view)
    keep = {"view_id": view.pk, "actor": request.user, "version": posted_version(request)}
    if request.POST.get("do") == "delete":
        messages.success(request, f"已删除视图“{workflow.delete(**keep)}”")
        return redirect("ledger-views")
    form = LedgerViewForm.of(view, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.change(**keep, **form.arguments())
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, "已修改视图")
            return redirect("ledger-views")
    words = ledger.words_of(QueryDict(view.query))
    return render(request, "inspections/ledger_view.html", {"form": form, "view": view, "words": words})
