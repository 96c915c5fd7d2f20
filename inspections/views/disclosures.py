"""公开 of accountability inside: what was proposed, decided, came down; proposing and deciding."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections import white_list
from inspections.forms import disclosures as forms
from inspections.models import Disclosure, Sanction
from inspections.selectors import story_of_disclosure
from inspections.workflows import disclosures as workflow
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.list_filters import tabs_of
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.journal.errors import Refused
from shuangjian.policy.workflows import counting

PAGE_SIZE = 50
READERS = COUNTY_ROLES | UNIT_ROLES
S = Disclosure.State
_TABS = {
    "proposed": ("待决定", Q(state=S.PROPOSED)),
    "published": ("公开中", Q(state=S.PUBLISHED)),
    "over": ("不公开和已下线", Q(state__in=[S.DECLINED, S.TAKEN_DOWN])),
}


@access(roles=READERS, scope="list")
def disclosure_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Everything proposed, public and over that exists for the person."""
    rows = Disclosure.objects.visible_to(request.user).defer("facts", "codes")
    tabs = tabs_of(rows, request.GET, _TABS, default="proposed")
    context = {
        "page_obj": Paginator(tabs.queryset.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": tabs,
        "proposes": request.user.has_role(*OFFICE_ROLES),
    }
    return render(request, "inspections/disclosure_list.html", context)


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), audit="change")
def exposure_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Propose an entry of the exposure list."""
    form = forms.ExposureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.propose_exposure(named=form.named(), actor=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _proposed(request, row)
    return _new_page(request, form, "提请曝光")


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def circular_new(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Propose to make an issued circular public."""
    rows = Sanction.objects.select_related("organisation").filter(
        kind=Sanction.Kind.CIRCULAR, issued_on__isnull=False
    )
    sanction: Sanction = get_visible(rows, request.user, no=no)
    form = forms.CircularForm(request.POST or None, sanction=sanction)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.propose_circular(sanction=sanction, named=form.named(), actor=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _proposed(request, row)
    return _new_page(request, form, f"提请公开通报{sanction.no}")


def _proposed(request: AuthenticatedHttpRequest, row: Disclosure) -> HttpResponse:
    messages.success(request, f"已提请公开，编号{row.no}，由分管领导决定")
    return redirect(row)


def _new_page(request: AuthenticatedHttpRequest, form: forms.NamedForm, label: str) -> HttpResponse:
    context = {"form": form, "label": label, "days": workflow.HEARING_DAYS}
    return render(request, "inspections/disclosure_new.html", context)


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), audit="change")
def white_list_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Propose the white list of today, after looking at it."""
    refusal = ""
    if request.method == "POST":
        try:
            row = workflow.propose_white_list(actor=request.user)
        except Refused as refused:
            refusal = str(refused)
        else:
            return _proposed(request, row)
    context = {"units": white_list.in_order(clock.today()), "refusal": refusal}
    return render(request, "inspections/white_list_new.html", context)


def _row(request: AuthenticatedHttpRequest, no: str) -> Disclosure:
    rows = Disclosure.objects.select_related("organisation", "sanction", "proposed_by", "published_by")
    row: Disclosure = get_visible(rows, request.user, no=no)
    return row


@access(roles=READERS, scope="own", audit="read")
def disclosure_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One of them: what the public reads or would read, what the unit said, its course."""
    row = _row(request, no)
    moves = workflow.MACHINE.open_moves(row, request.user)
    if row.statement:
        moves = [key for key in moves if key != "state"]
    context = {
        "row": row,
        "moves": [(key, workflow.TRANSITIONS[key].label, key == "publish") for key in moves],
        "units": white_list.in_order(clock.today(), row.codes) if row.codes else [],
        "counted": counting.words_of(row, "heard_until") if row.heard_until else "",
        "course": story_of_disclosure(row),
    }
    return render(request, "inspections/disclosure.html", context)


MOVE_PAGES = {
    "state": MovePage(forms.StateForm, workflow.state, "已提交意见"),
    "publish": MovePage(
        forms.PublishForm, workflow.publish, "已公开", "公开后任何人都能看到，到下线日期自动下线。"
    ),
    "decline": MovePage(forms.ReasonForm, workflow.decline, "已决定不公开"),
    "repair": MovePage(forms.RepairForm, workflow.repair, "已下线", "完成信用修复的，凭决定下线。"),
    "take-down": MovePage(forms.ReasonForm, workflow.take_down, "已下线"),
}


@access(roles=UNIT_ROLES | {Role.LEADER}, methods=("GET", "POST"), scope="own", audit="change")
def disclosure_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /disclosures/<no>/<move>/."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _row(request, no),
        noun="disclosure",
        template="inspections/disclosure_move.html",
    )
