"""Supervision reports: the list, writing, preview, draft PDF, signing, correction."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms import reports as forms
from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.workflows import report as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import BUSINESS_ROLES, COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import Job
from shuangjian.policy.selectors import current_term

PAGE_SIZE = 50
READERS = BUSINESS_ROLES - {Role.PARTNER, Role.OFFICE_STAFF}


@access(roles=READERS, scope="list")
def report_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The reports that exist for this person, newest first."""
    reports = SupervisionReport.objects.visible_to(request.user).select_related(
        "organisation", "term", "final_file"
    )
    page = Paginator(reports.order_by("-no"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "may_draft": request.user.has_role(Role.SUPERVISION_OFFICE)}
    return render(request, "inspections/report_list.html", context)


@access(roles={Role.SUPERVISION_OFFICE}, methods=("GET", "POST"), scope="list", audit="change")
def report_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Begin a report; the figures are taken at once."""
    initial = {"term": current_term(), "kind": "county"}
    if request.GET.get("unit"):
        initial |= {"kind": "unit", "organisation": request.GET.get("unit")}
    form = forms.ReportForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            report = workflow.draft(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已取数，编号{report.no}")
            return redirect("report", no=report.no)
    return render(request, "inspections/report_new.html", {"form": form})


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
    )
    return get_visible(rows, request.user, no=no)


def _latest_job(report: SupervisionReport) -> Job | None:
    """The newest rendering of this report, whatever its state."""
    return Job.objects.filter(kind__startswith="reports.", payload__report=report.pk).order_by("-pk").first()


@access(roles=READERS, scope="own", audit="read")
def report_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One report: where it stands, its PDF, its texts, and the next step."""
    report = _report(request, no)
    moves = workflow.MACHINE.open_moves(report, request.user)
    sections = rendering.sections_of(report.kind)
    context: dict[str, Any] = {
        "report": report,
        "moves": moves,
        "labels": {key: move.label for key, move in workflow.TRANSITIONS.items()},
        "sections": [(title, report.sections.get(key, "")) for key, title, _ in sections],
        "summary": rendering.summary_of(report),
        "job": _latest_job(report) if request.user.sees_county else None,
        "file": workflow.final_or_draft(report) if request.user.sees_county else report.final_file,
        "corrected_by": SupervisionReport.objects.visible_to(request.user).filter(corrects=report).first(),
    }
    if "save" in moves:
        context["form"] = forms.SectionsForm(initial=report.sections, sections=sections)
    return render(request, "inspections/report.html", context)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_preview(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The report as it will be printed, as a page of the browser."""
    return HttpResponse(rendering.preview_html(_report(request, no)))


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def report_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """POST /reports/<no>/<move>/; GET gives the confirmation page of those moves that need one."""
    transition = workflow.TRANSITIONS.get(move)
    if transition is None:
        raise Http404(move)
    report = _report(request, no)
    require(request.user, transition.permission, report)
    if move == "save":
        return _save(request, report)
    form = forms.WordsForm(request.POST or None) if move in ("return", "withdraw") else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _run(request, report, move, form)
        except Refused as refused:
            if form is not None:
                form.add_error(None, str(refused))
            else:
                messages.error(request, str(refused))
                return redirect("report", no=no)
    context = {"report": report, "move": move, "label": transition.label, "form": form}
    return render(request, "inspections/report_move.html", context)


def _save(request: AuthenticatedHttpRequest, report: SupervisionReport) -> HttpResponse:
    if request.method != "POST":
        return redirect("report", no=report.no)
    sections = rendering.sections_of(report.kind)
    form = forms.SectionsForm(request.POST, sections=sections)
    if form.is_valid():
        workflow.save(
            report_id=report.pk,
            actor=request.user,
            version=posted_version(request),
            sections=form.cleaned_data,
        )
        messages.success(request, "已保存")
        return redirect("report", no=report.no)
    context = {"report": report, "form": form, "moves": ["save"], "summary": rendering.summary_of(report)}
    return render(request, "inspections/report.html", context)


def _run(request: AuthenticatedHttpRequest, report: SupervisionReport, move: str, form: Any) -> HttpResponse:
    common: dict[str, Any] = {
        "report_id": report.pk,
        "actor": request.user,
        "version": posted_version(request),
    }
    if move == "draft-pdf":
        job = workflow.order_draft_pdf(report_id=report.pk, actor=request.user)
        messages.success(request, "正在生成PDF，可以离开本页")
        return redirect("job", job.pk)
    if move == "correct":
        new = workflow.correct(**common)
        messages.success(request, f"已开始更正，编号{new.no}")
        return redirect("report", no=new.no)
    if form is not None:
        common["words"] = form.cleaned_data["words"]
    act = {
        "refresh": workflow.refresh,
        "submit": workflow.submit,
        "return": workflow.send_back,
        "sign": workflow.sign,
        "withdraw": workflow.withdraw,
    }[move]
    act(**common)
    done = {
        "refresh": "已重新取数",
        "submit": "已送审签",
        "return": "已退回修改",
        "sign": "已签发，正在生成正式PDF",
        "withdraw": "已撤回",
    }[move]
    messages.success(request, done)
    return redirect("report", no=report.no)
