"""单位导入: the template, the upload, the dry run, the confirmation and what became of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.unit_import import WorkbookForm
from inspections.models import UnitImport
from inspections.unit_import.planning import plan_of
from inspections.unit_import.template import template
from inspections.workflows import unit_import as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import Job

PAGE_SIZE = 20
MOST_FAULTS = 200  # shown at once; who has more has a mistake of method that the first ones show
IMPORTERS = frozenset({Role.TASK_FORCE})


@access(roles=IMPORTERS, methods=("GET", "POST"), scope="list", audit="change")
def import_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Template and upload; below, the imports so far."""
    form = WorkbookForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            stored = files.receive(
                upload=form.cleaned_data["workbook"][0], uploader=request.user, kinds=files.TABLE
            )
            made = workflow.upload(actor=request.user, stored=stored)
        except Refused as refused:
            form.add_error("workbook", str(refused))
        else:
            return redirect("unit-import", pk=made.pk)
    imports = UnitImport.objects.visible_to(request.user).select_related("stored_file", "uploaded_by")
    counted = (
        imports.defer("sheets")
        .annotate(
            done=Count("rows", filter=Q(rows__state="done")),
            refused=Count("rows", filter=Q(rows__state="refused")),
        )
        .order_by("-pk")
    )
    context = {
        "form": form,
        "page_obj": Paginator(counted, PAGE_SIZE).get_page(request.GET.get("page")),
        "has_units": Organisation.objects.units().exists(),
    }
    return render(request, "inspections/unit_import_list.html", context)


@access(roles=IMPORTERS, scope="list", audit="read")
def import_template(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The workbook to fill in; ``?units=1`` with the units in operation, to correct many at once."""
    units: Any = Organisation.objects.none()
    name = "单位导入模板.xlsx"
    if request.GET.get("units") == "1":
        visible = Organisation.objects.visible_to(request.user).units().active()
        units = visible.select_related("school", "institution", "township", "area", "filer").prefetch_related(
            "headships", "school__campuses", "institution__places"
        )
        name = f"单位名单{clock.today():%Y%m%d}.xlsx"
    response = HttpResponse(template(units), content_type=files.XLSX)
    response.headers["Content-Disposition"] = _attachment(name)
    return response


def _attachment(name: str) -> str:
    return f"attachment; filename*=utf-8''{quote(name)}"


@access(roles=IMPORTERS, methods=("GET", "POST"), scope="own", audit="change")
def import_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The dry run and its confirmation (``do`` = confirm or drop); afterwards what became of each unit."""
    found: UnitImport = get_visible(
        UnitImport.objects.select_related("stored_file", "confirmed_by"), request.user, pk=pk
    )
    refusal = ""
    if request.method == "POST":
        version = posted_version(request)
        try:
            if request.POST.get("do") == "drop":
                workflow.drop(import_id=found.pk, actor=request.user, version=version)
                messages.success(request, "已放弃，什么也没有写入")
                return redirect("unit-imports")
            seen = request.POST.get("seen", "")
            job = workflow.confirm(import_id=found.pk, actor=request.user, version=version, seen=seen)
            return redirect("job", pk=job.pk)
        except Refused as refused:
            refusal = str(refused)
    if found.state == UnitImport.State.CHECKED:
        return _dry_run(request, found, refusal)
    rows = found.rows.select_related("organisation").order_by("ordinal")
    context = {
        "import": found,
        "page_obj": Paginator(rows, 100).get_page(request.GET.get("page")),
        "refused": rows.filter(state="refused").count(),
        "done": rows.filter(state="done").count(),
        "job": Job.objects.visible_to(request.user).filter(key=f"{workflow.JOB}:{found.pk}").first(),
    }
    return render(request, "inspections/unit_import_done.html", context)


def _dry_run(request: AuthenticatedHttpRequest, found: UnitImport, refusal: str) -> HttpResponse:
    plan = plan_of(found.sheets)
    todo = [*plan.created, *plan.changed]
    context = {
        "import": found,
        "plan": plan,
        "refusal": refusal,
        "faults": plan.faults[:MOST_FAULTS],
        "page_obj": Paginator(todo, 100).get_page(request.GET.get("page")),
    }
    return render(request, "inspections/unit_import.html", context)
