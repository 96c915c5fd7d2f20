"""线索点: the list, registering one, its page, and the page of each of its moves."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, Role
from shuangjian.journal.errors import Refused
from tutoring.filters import READERS, read_leads
from tutoring.forms import leads as forms
from tutoring.models import Lead
from tutoring.selectors import course_of, next_step_of
from tutoring.workflows import leads as workflow

PAGE_SIZE = 50
REGISTRARS = OFFICE_ROLES | {Role.AREA_INSPECTOR}
MOVERS = REGISTRARS | {Role.PARTNER}


@access(roles=READERS, scope="list")
def lead_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The leads that exist for this person, one tab a state, the latest first."""
    reading = read_leads(request.user, request.GET)
    context = {
        "filter": reading.filter,
        "tabs": reading.tabs,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "registers": request.user.has_role(*REGISTRARS),
    }
    return render(request, "tutoring/lead_list.html", context)


@access(roles=REGISTRARS, methods=("GET", "POST"), scope="list", audit="change")
def lead_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Register a lead."""
    form = forms.LeadForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            lead = workflow.register(actor=request.user, **form.arguments())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已登记，编号{lead.no}")
            return redirect("lead", no=lead.no)
    return render(request, "tutoring/lead_new.html", {"form": form})


def _lead(request: AuthenticatedHttpRequest, no: str) -> Lead:
    rows = Lead.objects.select_related(
        "township", "area", "handed_to", "institution", "found_by", "created_by"
    )
    lead: Lead = get_visible(rows, request.user, no=no)
    return lead


# The one primary action of the page, the first that is open.
_PRIMARY_ORDER = ("reply", "verify", "hand-over", "close")


@access(roles=READERS, scope="own", audit="read")
def lead_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One lead: what comes next, its facts, its course."""
    lead = _lead(request, no)
    moves = workflow.MACHINE.open_moves(lead, request.user)
    primary = next((key for key in _PRIMARY_ORDER if key in moves), "")
    if primary == "reply" and lead.replied_on:
        primary = ""  # it waits for the office that sent it; more may be said until then
    labels = [(key, workflow.TRANSITIONS[key].label, key == primary) for key in moves]
    context = {
        "lead": lead,
        "next_step": next_step_of(lead),
        "moves": sorted(labels, key=lambda move: not move[2]),
        "course": course_of(lead),
        "sees_units": request.user.has_role(*COUNTY_ROLES),
    }
    return render(request, "tutoring/lead.html", context)


MOVE_PAGES = {
    "verify": MovePage(forms.CheckForm, workflow.verify, "已核实，待移交"),
    "rule-out": MovePage(
        forms.CheckForm, workflow.rule_out, "已排除", "排除后不再办理；以后又发现的，另行登记。"
    ),
    "hand-over": MovePage(forms.HandOverForm, workflow.hand_over, "已移交"),
    "reply": MovePage(
        forms.ReplyForm, workflow.reply, "已回复，等双减专班或督导室办结", "办结前可以补充回复。"
    ),
    "close": MovePage(forms.CloseForm, workflow.close, "已办结"),
    "take-back": MovePage(
        forms.TakeBackForm, workflow.take_back, "已收回", "收回后部门不再看到这个线索点，可以另行移交。"
    ),
    "link": MovePage(forms.LinkForm, workflow.link, "已登记", "查明属于在册机构的，在这里登记；机构看不到。"),
    "correct": MovePage(
        forms.CorrectForm, workflow.correct, "已更正", "登记有误的才更正；原来的内容留在经过里。"
    ),
}


@access(roles=MOVERS, methods=("GET", "POST"), scope="own", audit="change")
def lead_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /leads/<no>/<move>/."""
    lead = _lead(request, no)
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        lead,
        noun="lead",
        template="tutoring/lead_move.html",
        more=lambda: (
            {"reply": lead.steps.filter(kind="replied").last() if lead.replied_on else None}
            if move == "close"
            else {}
        ),
    )
