"""情况核实: the list, asking a unit, one of them and its moves."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.lists import INQUIRIES
from inspections.forms import complaints as forms
from inspections.models import Complaint, UnitInquiry
from inspections.workflows import inquiries as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import UNIT_ROLES, Role
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
READERS = INQUIRIES.roles
ASKERS = frozenset({Role.TASK_FORCE})


@access(roles=READERS, scope="list")
def inquiry_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What units were asked, as far as it exists for this person."""
    reading = INQUIRIES.read(request.user, request.GET)
    context = {
        "filter": reading.filter,
        "tabs": reading.tabs,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "asks": request.user.has_role(*ASKERS),
        "is_unit": request.user.has_role(*UNIT_ROLES),
    }
    return render(request, "inspections/inquiry_list.html", context)


@access(roles=ASKERS, methods=("GET", "POST"), scope="list", audit="change")
def inquiry_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask a unit something of one's own."""
    form = forms.InquiryForm(request.POST or None, initial={"organisation": request.GET.get("unit", "")})
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.ask(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已发给{row.organisation.name}，编号{row.no}")
            return redirect(row)
    return render(request, "inspections/inquiry_new.html", {"form": form})


def _inquiry(request: AuthenticatedHttpRequest, no: str) -> UnitInquiry:
    rows = UnitInquiry.objects.select_related("organisation", "asked_by", "replied_by")
    row: UnitInquiry = get_visible(rows, request.user, no=no)
    return row


@access(roles=READERS, scope="own", audit="read")
def inquiry_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One of them; the matter behind it for who sees that."""
    row = _inquiry(request, no)
    context = {
        "inquiry": row,
        "moves": [
            (key, workflow.TRANSITIONS[key].label) for key in workflow.MACHINE.open_moves(row, request.user)
        ],
        "complaint": Complaint.objects.visible_to(request.user).filter(pk=row.complaint_id or 0).first(),
    }
    return render(request, "inspections/inquiry.html", context)


MOVE_PAGES = {
    "reply": MovePage(forms.ReplyForm, workflow.reply, "已说明"),
    "withdraw": MovePage(forms.ConfirmForm, workflow.withdraw, "已撤回", "撤回后单位不用再说明。"),
}


@access(roles=READERS - {Role.LEADER}, methods=("GET", "POST"), scope="own", audit="change")
def inquiry_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """POST /inquiries/<no>/<move>/."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _inquiry(request, no),
        noun="inquiry",
        template="inspections/inquiry_move.html",
    )
