"""销号确认单: its file, its page as it is printed, the scan of the signed sheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.signing import SealedScanForm
from inspections.models import CloseOutForm, Problem, RectificationTask
from inspections.papers import close_out
from inspections.workflows import close_forms as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import ANSWER_READERS, COUNTY_ROLES
from shuangjian.files import services as files
from shuangjian.journal.conflict import check_version, posted_version
from shuangjian.journal.errors import Refused


def _closed(request: AuthenticatedHttpRequest, no: str) -> tuple[RectificationTask, CloseOutForm | None]:
    """The last closed round of the problem, and its form where it was printed."""
    problem = get_visible(Problem.objects.all(), request.user, no=no)
    task = workflow.closed_rounds().filter(problem=problem).order_by("-ordinal").first()
    if task is None:
        raise Http404(no)
    form = CloseOutForm.objects.select_related("file", "scan", "ordered_by").filter(task=task).first()
    return task, form


@access(roles=ANSWER_READERS, scope="own", audit="read")
def close_form(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Where the form stands, and its file."""
    task, form = _closed(request, no)
    may_print = request.user.has_perm("inspections.print_close_form", task)
    job = workflow.jobs_of(form).first() if form is not None and may_print else None
    context: dict[str, Any] = {"task": task, "form": form, "may_print": may_print, "job": job}
    if request.htmx:
        response = render(request, "inspections/_close_form_job.html", context)
        if job is None or not job.is_open:
            response.headers["HX-Refresh"] = "true"
        return response
    return render(request, "inspections/close_form.html", context)


@access(roles=COUNTY_ROLES, methods=("POST",), scope="own", audit="change")
def close_form_print(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Print it, or print it anew with what the records say now."""
    task, _ = _closed(request, no)
    try:
        workflow.order(task_id=task.pk, actor=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "正在生成PDF，可以离开此页")
    return redirect("close-form", no=no)


@access(roles=ANSWER_READERS, scope="own", audit="read")
def close_form_preview(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The form as it was printed, as a page of the browser."""
    _, form = _closed(request, no)
    if form is None:
        raise Http404(no)
    return HttpResponse(close_out.page_of(form, for_screen=True))


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def close_form_scan(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Upload the sheet as it was signed and sealed."""
    task, row = _closed(request, no)
    if row is None:
        raise Http404(no)
    form = SealedScanForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        check_version(row, posted_version(request))
        if form.is_valid():
            try:
                scan = files.receive(upload=form.cleaned_data["files"][0], uploader=request.user)
                workflow.attach_scan(
                    form_id=row.pk, actor=request.user, version=posted_version(request), scan=scan
                )
            except Refused as refused:
                form.add_error("files", str(refused))
            else:
                messages.success(request, "已上传扫描件")
                return redirect("close-form", no=no)
    return render(request, "inspections/close_form_scan.html", {"task": task, "row": row, "form": form})
