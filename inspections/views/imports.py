"""导入: what can be imported, template, upload, dry run, confirmation and what became of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import IMPORTS, title_of
from inspections.forms.imports import WorkbookForm
from inspections.imports import kinds
from inspections.imports.kinds import Kind
from inspections.models import Import, ImportRow
from inspections.workflows import imports as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import BUSINESS_ROLES
from shuangjian.files import services as files
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import Job

IMPORTERS = IMPORTS.roles
PAGE_SIZE = 20
ROWS_A_PAGE = 100
MOST_FAULTS = 200  # on a page; who has more has a mistake of method that the first ones show


@access(roles=IMPORTERS, scope="list")
def import_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What the person can import, and the imports so far."""
    rows = IMPORTS.read(request.user, request.GET).rows
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.title = title_of(one)
    context = {"page_obj": page, "kinds": kinds.open_to(request.user)}
    return render(request, "inspections/import_list.html", context)


def _kind(request: AuthenticatedHttpRequest, what: str) -> Kind:
    """The kind of this name that the person may import, else 404 or 403."""
    kind = kinds.find(what)
    if kind is None:
        raise Http404(what)
    if not kind.may(request.user):
        raise PermissionDenied(kind.permission)
    return kind


@access(roles=IMPORTERS, methods=("GET", "POST"), scope="list", audit="change")
def import_new(request: AuthenticatedHttpRequest, what: str) -> HttpResponse:
    """Template and upload of one kind."""
    kind = _kind(request, what)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            stored = files.receive(
                upload=form.cleaned_data["workbook"][0], uploader=request.user, kinds=files.TABLE
            )
            made = workflow.upload(what=what, actor=request.user, stored=stored)
        except Refused as refused:
            form.add_error("workbook", str(refused))
        else:
            return redirect("import", pk=made.pk)
    return render(request, "inspections/import_new.html", {"form": form, "kind": kind})


@access(roles=IMPORTERS, scope="list", audit="read")
def import_template(request: AuthenticatedHttpRequest, what: str) -> HttpResponse:
    """The workbook to fill in; ``?rows=1`` with what is on record, to correct many at once."""
    name, data = _kind(request, what).template(request.user, is_filled=request.GET.get("rows") == "1")
    response = HttpResponse(data, content_type=files.XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(name)}"
    return response


@access(roles=IMPORTERS, methods=("GET", "POST"), scope="own", audit="change")
def import_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The dry run and its confirmation (``do``: confirm, good, drop); afterwards what became of each row."""
    found: Import = get_visible(
        Import.objects.select_related("stored_file", "confirmed_by"), request.user, pk=pk
    )
    refusal = ""
    if request.method == "POST":
        version, do = posted_version(request), request.POST.get("do")
        try:
            if do == "drop":
                workflow.drop(import_id=found.pk, actor=request.user, version=version)
                messages.success(request, "已放弃，什么也没有写入")
                return redirect("imports")
            job = workflow.confirm(
                import_id=found.pk, actor=request.user, version=version, is_partial=do == "good"
            )
            return redirect("job", pk=job.pk)
        except Refused as refused:
            refusal = str(refused)
    kind = kinds.find(found.what)
    context: dict[str, Any] = {"import": found, "kind": kind, "refusal": refusal}
    if found.state == Import.State.CHECKING:
        return render(request, "inspections/import_checking.html", context | {"job": _job(request, found)})
    if found.state == Import.State.CHECKED:
        plan = found.plan
        page = Paginator(plan["rows"], ROWS_A_PAGE).get_page(request.GET.get("page"))
        shown = {"plan": plan, "faults": plan["faults"][:MOST_FAULTS], "page_obj": page}
        return render(request, "inspections/import.html", context | shown)
    rows = found.rows.select_related("organisation", "problem").order_by("ordinal")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "page_obj": page,
        "lines": [(row, _address_of(row, kind)) for row in page],
        "refused": rows.filter(state="refused").count(),
        "done": rows.filter(state="done").count(),
        "reads_file": request.user.has_role(*BUSINESS_ROLES),
        "job": _job(request, found),
    }
    return render(request, "inspections/import_done.html", context)


def _address_of(row: ImportRow, kind: Kind | None) -> str:
    """Where the row's result stands; empty where there is none."""
    return kind.address_of(row) if kind is not None and row.state == row.State.DONE else ""


def _job(request: AuthenticatedHttpRequest, found: Import) -> Job | None:
    """The job that is at work on it, as far as the person sees it."""
    kind = workflow.CHECK_JOB if found.state == Import.State.CHECKING else workflow.JOB
    return Job.objects.visible_to(request.user).filter(key=f"{kind}:{found.pk}").first()
