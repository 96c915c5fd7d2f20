"""Supervision reports: the list, writing, preview, draft PDF, signing, correction."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import REPORTS
from inspections.forms import reports as forms
from inspections.models import SupervisionReport
from inspections.reports import comparing, rendering, word, workbook
from inspections.reports.comparing import Changed
from inspections.views.signing import as_file, carry_out, form_of, job_of, live_job
from inspections.workflows import report as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.files.services import XLSX
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.selectors import current_term
from shuangjian.word import DOCX

PAGE_SIZE = 50
READERS = REPORTS.roles


@access(roles=READERS, scope="list")
def report_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The reports that exist for this person, newest first."""
    reading = REPORTS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "filter": reading.filter,
        "may_draft": request.user.has_role(Role.SUPERVISION_OFFICE),
    }
    return render(request, "inspections/report_list.html", context)


@access(roles={Role.SUPERVISION_OFFICE}, methods=("GET", "POST"), scope="list", audit="change")
def report_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Begin a report; the figures are taken at once."""
    term = current_term()
    county = Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first()
    standing = term and county and workflow.standing_report(kind="county", term=term, organisation=county)
    initial: dict[str, Any] = {"term": term, "kind": "unit" if standing else "county"}
    unit = (
        Organisation.objects.visible_to(request.user).units().filter(code=request.GET.get("unit", "")).first()
    )
    if unit is not None:
        initial |= {"kind": "unit", "organisation": unit}
    form = forms.ReportForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            report = workflow.draft(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已取数，编号{report.no}")
            return redirect("report", no=report.no)
    return render(request, "inspections/report_new.html", {"form": form, "standing": standing})


def _report(request: AuthenticatedHttpRequest, no: str) -> SupervisionReport:
    rows = SupervisionReport.objects.select_related(
        "organisation",
        "term",
        "final_file",
        "draft_file",
        "signed_by",
        "submitted_by",
        "created_by",
        "corrects",
        "scan",
    )
    return get_visible(rows, request.user, no=no)


@access(roles=READERS, scope="own", audit="read")
def report_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One report: where it stands, its PDF, its texts, and the next step."""
    report = _report(request, no)
    if request.htmx:
        return live_job(request, workflow.SIGNING, report)
    may_read = request.user.has_perm("inspections.read_report_draft", report)
    texts = rendering.texts_of(report)
    writers = [text.writer_id for text in texts if may_read and text.writer_id is not None]
    context: dict[str, Any] = {
        "report": report,
        "row": report,
        "noun": "report",
        "moves": workflow.MACHINE.open_moves(report, request.user),
        "outline": rendering.outline_of(report) if may_read else texts,
        "may_read_figures": may_read,
        "writers": {person.pk: person.name for person in User.objects.filter(pk__in=writers)},
        "summary": rendering.summary_of(report),
        "job": job_of(request, workflow.SIGNING, report),
        "file": workflow.final_or_draft(report) if request.user.sees_county else report.final_file,
        "corrected_by": SupervisionReport.objects.visible_to(request.user).filter(corrects=report).first(),
    }
    return render(request, "inspections/report.html", context)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_preview(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The report as it will be printed, as a page of the browser."""
    return HttpResponse(rendering.preview_html(_report(request, no)))


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_word(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The report as .docx, for the office's own red head and seal; the signed file is the PDF."""
    report = _report(request, no)
    return as_file(word.docx_of(report), f"{report.no}.docx", DOCX)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_workbook(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The report's annexes as a workbook: units × rules, problem list; the frozen figures."""
    report = _report(request, no)
    return as_file(workbook.workbook_of(report), f"{report.no}附件.xlsx", XLSX)


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def report_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """POST /reports/<no>/<move>/; GET gives the confirmation page of those moves that need one."""
    transition = workflow.TRANSITIONS.get(move)
    if transition is None or move == "save":  # each text has a page of its own (views.report_text)
        raise Http404(move)
    report = _report(request, no)
    require(request.user, transition.permission, report)
    form = form_of(request, move)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _run(request, report, move, form)
        except Changed as changed:
            messages.error(request, str(changed))
            return redirect("report-move", no=no, move=move)
        except Refused as refused:
            if form is not None:
                form.add_error(None, str(refused))
            else:
                messages.error(request, str(refused))
                return redirect("report", no=no)
    context = {"report": report, "move": move, "label": transition.label, "form": form}
    if move == "refresh":
        return _compared(request, report)
    if move == "sign":
        context |= {"summary": rendering.summary_of(report), "today": clock.today()}
    return render(request, "inspections/report_move.html", context)


def _compared(request: AuthenticatedHttpRequest, report: SupervisionReport) -> HttpResponse:
    """The draft's numbers beside those of now; within the report's page only how many differ, and the way."""
    if "refresh" not in workflow.MACHINE.open_moves(report, request.user):
        messages.error(request, f"报告{report.get_state_display()}，数字不能再更新")
        return redirect("report", no=report.no)
    context = {"report": report, "found": comparing.compare(report)}
    name = "_report_changes" if request.htmx else "report_refresh"
    return render(request, f"inspections/{name}.html", context)


def _run(request: AuthenticatedHttpRequest, report: SupervisionReport, move: str, form: Any) -> HttpResponse:
    common: dict[str, Any] = {
        "report_id": report.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "correct":
        new = workflow.correct(**common)
        messages.success(request, f"已开始更正，编号{new.no}")
        return redirect("report", no=new.no)
    if move == "refresh":
        workflow.refresh(**common, seen=request.POST.get("seen", ""))
        messages.success(request, "已更新为刚才对照的数字")
        return redirect("report", no=report.no)
    return carry_out(request, workflow.SIGNING, report, move, form)
