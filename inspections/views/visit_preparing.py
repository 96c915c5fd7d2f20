"""Making a visit ready: what to look at and into, and its papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections import visit_kinds
from inspections.forms.visit_plans import DocumentForm, NoteForm
from inspections.models import Visit
from inspections.views.visits import visit_of
from inspections.visit_preparation import preparation_of
from inspections.workflows import visit_preparing as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, require
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES
from shuangjian.files import services as files
from shuangjian.journal.errors import Refused

PREPARERS = INSPECTOR_ROLES | COUNTY_ROLES


def _of(request: AuthenticatedHttpRequest, no: str) -> Visit:
    visit: Visit = visit_of(request, no)
    require(request.user, "inspections.manage_visit", visit)
    return visit


@access(roles=PREPARERS, methods=("GET", "POST"), scope="own", audit="change")
def visit_prepare(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Each item with the unit's own answer, its open problems, doubts and notes. POST adds a note."""
    visit = _of(request, no)
    prepared = preparation_of(visit, request.user)
    form = NoteForm(request.POST or None, items=[line.line.item for line in prepared.lines])
    if request.method == "POST" and form.is_valid():
        try:
            workflow.add_note(visit_id=visit.pk, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已记下")
            return redirect("visit-prepare", no=no)
    marked_only = request.GET.get("show") != "all"
    context: dict[str, Any] = {
        "visit": visit,
        "prepared": prepared,
        "form": form,
        "is_open": visit.state in workflow.OPEN,
        "marked_only": marked_only,
        "lines": prepared.marked if marked_only else prepared.lines,
    }
    return render(request, "inspections/visit_prepare.html", context)


@access(roles=PREPARERS, methods=("GET", "POST"), scope="own", audit="change")
def visit_documents(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The papers of a visit and what is missing of them. POST adds one."""
    visit = _of(request, no)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            scans = [files.receive(upload=one, uploader=request.user) for one in data.pop("scan")]
            workflow.add_document(
                visit_id=visit.pk, actor=request.user, stored_file=scans[0] if scans else None, **data
            )
        except files.Rejected as rejected:
            form.add_error("scan", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "材料已登记")
            return redirect("visit-documents", no=no)
    context = {
        "visit": visit,
        "documents": visit.documents.select_related("stored_file", "added_by"),
        "gaps": visit_kinds.gaps(visit),
        "is_open": visit.state in workflow.OPEN,
        "form": form,
    }
    return render(request, "inspections/visit_documents.html", context)
