"""Writing one text of a draft report: the figures beside it, and both texts where a colleague was faster."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.reports import SectionForm
from inspections.models import SupervisionReport
from inspections.reports import rendering, sections
from inspections.workflows import report as workflow
from inspections.workflows import report_text
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.journal.conflict import posted_version


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def report_section(request: AuthenticatedHttpRequest, no: str, key: str) -> HttpResponse:
    """One text: read, write, save. Texts beside it are not touched."""
    rows = SupervisionReport.objects.select_related("organisation", "term")
    report: SupervisionReport = get_visible(rows, request.user, no=no)
    require(request.user, "inspections.draft_report", report)
    section = next((one for one in rendering.texts_of(report) if one.key == key), None)
    if section is None:
        raise Http404(key)
    if "save" not in workflow.MACHINE.open_moves(report, request.user) and request.method == "GET":
        messages.error(request, f"报告{report.get_state_display()}，文字不能再改")
        return redirect("report", no=no)
    form = SectionForm(request.POST or None, section=section)
    if request.method != "POST" or not form.is_valid():
        return _page(request, report, section, form)
    text = form.cleaned_data["text"]
    try:
        report_text.write(
            report_id=report.pk, actor=request.user, key=key, text=text, seen=posted_version(request)
        )
    except sections.SectionChanged as changed:
        return _page(request, report, changed.section, form, conflict=changed)
    messages.success(request, f"“{section.title}”已保存")
    return redirect("report", no=no)


def _page(
    request: AuthenticatedHttpRequest,
    report: SupervisionReport,
    section: sections.Section,
    form: SectionForm,
    conflict: sections.SectionChanged | None = None,
) -> HttpResponse:
    """The form; after a conflict it holds the person's own text, beside it the colleague's, which a second
    saving replaces knowingly."""
    context = {
        "report": report,
        "section": section,
        "form": form,
        "conflict": conflict,
        "writer": User.objects.filter(pk=section.writer_id).first() if section.writer_id else None,
        "summary": rendering.summary_of(report),
    }
    status = conflict.status if conflict is not None else 200
    return render(request, "inspections/report_section.html", context, status=status)
