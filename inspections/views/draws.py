"""双随机抽取: announced, drawn, replayed by anybody of the county; one made elsewhere is entered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from inspections.exports.work import DRAWS
from inspections.forms import draws as forms
from inspections.models import VisitDraw
from inspections.workflows import draws as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.journal.errors import NotAllowed, Refused

PAGE_SIZE = 50
READERS = DRAWS.roles
OFFICE = frozenset({Role.TASK_FORCE, Role.SUPERVISION_OFFICE})


@access(roles=READERS, scope="list")
def draw_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every draw, newest first."""
    rows = DRAWS.read(request.user, request.GET).rows
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_announce": request.user.has_role(*OFFICE),
    }
    return render(request, "inspections/draw_list.html", context)


@access(roles=OFFICE, methods=("GET", "POST"), scope="list", audit="change")
def draw_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Announce a draw: its lists are frozen and hashed with it."""
    form = forms.AnnounceForm(request.POST or None, initial={"team_size": 2, "most_per_inspector": 5})
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.announce(actor=request.user, **form.announced())
        except (Refused, NotAllowed) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已公布，编号{row.no}，名单已冻结")
            return redirect("draw", no=row.no)
    return render(request, "inspections/draw_new.html", {"form": form, "label": "公布抽取"})


@access(roles=OFFICE, methods=("GET", "POST"), scope="list", audit="change")
def draw_elsewhere(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Enter a draw that another platform made (P9), with its document."""
    form = forms.ElsewhereForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        for name in ("units", "inspectors"):
            data[name] = list(data[name])
        try:
            data["document"] = files.receive(upload=data["document"][0], uploader=request.user)
            row = workflow.enter_elsewhere(actor=request.user, **data)
        except files.Rejected as rejected:
            form.add_error("document", str(rejected))
        except (Refused, NotAllowed) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已登记，编号{row.no}")
            return redirect("draw", no=row.no)
    return render(request, "inspections/draw_new.html", {"form": form, "label": "登记其他平台的抽取"})


def _draw(request: AuthenticatedHttpRequest, no: str) -> VisitDraw:
    rows = VisitDraw.objects.select_related("announced_by", "drawn_by", "document")
    row: VisitDraw = get_visible(rows, request.user, no=no)
    return row


@access(roles=READERS, scope="own", audit="read")
def draw_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One draw, drawn again on the spot from what was published; the lists once the person may read them."""
    row = _draw(request, no)
    shows_all = row.shows_all_to(request.user)
    context: dict[str, Any] = {
        "draw": row,
        "shows_all": shows_all,
        "moves": [
            (key, workflow.TRANSITIONS[key].label) for key in workflow.MACHINE.open_moves(row, request.user)
        ],
        "may_plan": row.state == VisitDraw.State.DRAWN and request.user.sees_county,
    }
    if not row.is_elsewhere:
        context["replay"] = workflow.replay(row)
    if shows_all:
        names = {unit["code"]: unit["name"] for unit in row.frozen["units"]}
        people = {person["key"]: person["name"] for person in row.frozen["inspectors"]}
        context |= {
            "result": [
                (names.get(drawn["unit"], drawn["unit"]), [people.get(key, key) for key in drawn["team"]])
                for drawn in row.drawn
            ],
            "visits": row.visits.select_related("organisation").order_by("no"),
        }
    return render(request, "inspections/draw.html", context)


@access(roles=READERS, scope="own", audit="read")
def draw_inputs(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Published inputs and result as a file, from which ``replay_draw`` draws without the database."""
    row = _draw(request, no)
    if row.is_elsewhere or not row.shows_all_to(request.user):
        raise Http404(no)
    data = {"frozen": row.frozen, "list_hash": row.list_hash, "seed": row.seed, "drawn": row.drawn}
    answer = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{row.no}.json"'
    return answer


MOVE_PAGES = {
    "draw": MovePage(forms.SeedForm, workflow.draw, "已抽取"),
    "cancel": MovePage(forms.CancelForm, workflow.cancel, "已取消抽取"),
}


@access(roles=OFFICE, methods=("GET", "POST"), scope="own", audit="change")
def draw_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """Draw with the published seed, or take the announcement back."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _draw(request, no),
        noun="draw",
        template="inspections/draw_move.html",
    )
