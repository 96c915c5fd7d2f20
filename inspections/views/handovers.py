"""岗位交接: the list, opening one, its page with the live list, both confirmations."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections import named_duties
from inspections.exports.office import HANDOVERS
from inspections.forms import handovers as forms
from inspections.handover_list import list_of
from inspections.models import Handover
from inspections.workflows import handovers as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import BUSINESS_ROLES, OFFICE_ROLES, UNIT_ROLES
from shuangjian.journal.errors import NotAllowed, Refused

PAGE_SIZE = 50


@access(roles=BUSINESS_ROLES, scope="list")
def handover_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Those of the person, his unit or the county, newest first; for the offices who left without one."""
    rows = HANDOVERS.read(request.user, request.GET).rows
    is_office = request.user.has_role(*OFFICE_ROLES)
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "left": list(named_duties.left_behind()[:PAGE_SIZE]) if is_office else [],
    }
    return render(request, "inspections/handover_list.html", context)


@access(roles=BUSINESS_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def handover_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Hand over one's own post."""
    return _open(request, request.user)


@access(roles=OFFICE_ROLES | UNIT_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def handover_of(request: AuthenticatedHttpRequest, username: str) -> HttpResponse:
    """Hand over somebody else's post: the county's offices anybody's, a unit those of its own people."""
    giver = User.objects.filter(username=username).first() if "\x00" not in username else None
    if giver is None:
        raise Http404(username)
    return _open(request, giver)


def _open(request: AuthenticatedHttpRequest, giver: User) -> HttpResponse:
    posts = [
        post
        for post in named_duties.posts_to_hand_over(giver)
        if request.user.has_perm("inspections.open_handover", post)
    ]
    if not posts:
        raise Http404(giver.username)
    form = forms.HandoverForm(request.POST or None, posts=posts)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.open_handover(actor=request.user, **form.opened())
        except (Refused, NotAllowed) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已发起交接，编号{row.no}，等双方确认")
            return redirect(row)
    return render(request, "inspections/handover_new.html", {"form": form, "giver": giver})


def _row(request: AuthenticatedHttpRequest, no: str) -> Handover:
    related = ("giver", "taker", "organisation", "opened_by", "given_by")
    row: Handover = get_visible(Handover.objects.select_related(*related), request.user, no=no)
    return row


@access(roles=BUSINESS_ROLES, scope="own")
def handover_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """The 交接书: live while it is open, as it was confirmed afterwards."""
    row = _row(request, no)
    is_open = row.state == Handover.State.OPEN
    found = list_of(row) if is_open else None
    context = {
        "handover": row,
        "found": found,
        "items": [] if is_open else list(row.items.all()),
        "moves": [
            (key, workflow.TRANSITIONS[key].label) for key in workflow.MACHINE.open_moves(row, request.user)
        ],
    }
    return render(request, "inspections/handover.html", context)


MOVE_PAGES = {
    "give": MovePage(
        forms.GiveForm,
        workflow.give,
        "已确认移交",
        hint="请先核对交接清单。双方都确认后，清单里的事项转给接手人",
    ),
    "take": MovePage(
        forms.TakeForm,
        workflow.take,
        "已确认接手",
        hint="请先核对交接清单。双方都确认后，清单里的事项转到您的名下",
    ),
    "cancel": MovePage(forms.CancelForm, workflow.cancel, "已取消交接"),
}


@access(roles=BUSINESS_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def handover_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """Confirm for one side, or cancel."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _row(request, no),
        noun="handover",
        template="inspections/handover_move.html",
    )
