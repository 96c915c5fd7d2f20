"""Printouts: what one ordered, ordering one, and its page with progress and file."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.models import Printout
from inspections.printouts.kinds import EVERYBODY_WHO_PRINTS, KINDS
from inspections.workflows import printouts as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50


@access(roles=EVERYBODY_WHO_PRINTS, scope="list")
def printout_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own printouts, newest first."""
    rows = Printout.objects.visible_to(request.user).select_related("job", "stored_file")
    rows = rows.defer("data", "parameters")  # whole papers, which no line of a list shows
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "inspections/printout_list.html", {"page_obj": page})


@access(roles=EVERYBODY_WHO_PRINTS, methods=("GET", "POST"), scope="own", audit="change")
def printout_new(request: AuthenticatedHttpRequest, kind: str) -> HttpResponse:
    """Order one: what it is about stands in the address, what can be chosen in the form."""
    printable = KINDS.get(kind)
    if printable is None:
        raise Http404(kind)
    if not printable.admits(request.user):
        raise PermissionDenied(kind)
    asked = printable.asked(request.GET)
    subject = printable.subject(request.user, asked)
    form = printable.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            printout = workflow.order(kind=kind, actor=request.user, parameters={**asked, **form.arguments()})
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(printout)
    context = {"kind": printable, "subject": subject, "form": form}
    return render(request, "inspections/printout_new.html", context)


@access(roles=EVERYBODY_WHO_PRINTS, scope="own", audit="read")
def printout_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One printout: how far its file is, then the file.

    Asked for every two seconds while it is made; the answer that finds it finished asks for the whole page.
    """
    rows = Printout.objects.select_related("job", "stored_file", "organisation").defer("data")
    printout: Printout = get_visible(rows, request.user, no=no)
    context = {"printout": printout, "job": printout.job}
    if not request.htmx:
        return render(request, "inspections/printout.html", context)
    response = render(request, "inspections/_printout_job.html", context)
    if printout.job is None or not printout.job.is_open:
        response.headers["HX-Refresh"] = "true"
    return response
