"""数据疑点: the list, one of them with its course, and judging it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.lists import DOUBTS
from inspections.forms import doubts as forms
from inspections.selectors import story_of_doubt
from inspections.views.problems import origins_for, register_from
from inspections.workflows import doubts as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, look, make
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.registers import definitions
from shuangjian.registers.models import Doubt
from shuangjian.registers.selectors import sources_of

PAGE_SIZE = 50
READERS = DOUBTS.roles
JUDGES = OFFICE_ROLES | {Role.AREA_INSPECTOR}


@access(roles=READERS, scope="list")
def doubt_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The doubts that exist for this person, those to be judged first, the latest on top."""
    reading = DOUBTS.read(request.user, request.GET)
    context = {
        "filter": reading.filter,
        "tabs": reading.tabs,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "inspections/doubt_list.html", context)


def _doubt(request: AuthenticatedHttpRequest, no: str) -> Doubt:
    rows = Doubt.objects.select_related(
        "organisation", "term", "item__rule", "prohibition", "limit__indicator", "limit__source", "judged_by"
    )
    doubt: Doubt = get_visible(rows, request.user, no=no)
    return doubt


@access(roles=READERS, scope="own", audit="read")
def doubt_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One doubt: the fact and what it speaks against, what can be done, its course."""
    doubt = _doubt(request, no)
    moves = workflow.MACHINE.open_moves(doubt, request.user)
    if not workflow.open_problems(doubt).exists():
        moves = [key for key in moves if key != "join"]
    register = definitions.find(doubt.register)
    context = {
        "doubt": doubt,
        "register": register,
        "sources": sources_of(register) if register is not None else [],
        "problems": doubt.problems.order_by("no"),
        "moves": [(key, workflow.TRANSITIONS[key].label, key == "register") for key in moves],
        "course": story_of_doubt(doubt),
    }
    return render(request, "inspections/doubt.html", context)


MOVE_PAGES = {
    "join": MovePage(
        forms.JoinForm,
        workflow.join,
        "已并入",
        "同一件事已有未销号问题的并入，不重复立账。",
    ),
    "dismiss": MovePage(
        forms.DismissForm,
        workflow.dismiss,
        "已认定不成立",
        "认定后同样的情况不再产生疑点，填报变了的另计。",
    ),
}


@access(roles=JUDGES, methods=("GET", "POST"), scope="own", audit="change")
def doubt_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /doubts/<no>/<move>/."""
    doubt = _doubt(request, no)
    way_back = look(request, workflow.MACHINE, move, doubt)
    if way_back is not None:
        return way_back
    if move == "register":
        return _register_page(request, doubt)
    page = MOVE_PAGES[move]
    form = page.form(request.POST or None, row=doubt, user=request.user)
    if make(request, page, form, doubt_id=doubt.pk):
        return redirect(doubt)
    return _move_page(request, doubt, move, form, page.hint)


def _register_page(request: AuthenticatedHttpRequest, doubt: Doubt) -> HttpResponse:
    form = forms.DoubtProblemForm(
        request.POST or None, user=request.user, origins=origins_for(request.user), doubt=doubt
    )
    if request.method == "POST" and form.is_valid():
        try:
            workflow.register(
                doubt_id=doubt.pk,
                actor=request.user,
                version=posted_version(request),
                make=lambda: register_from(form, request.user, doubt.prohibition),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已登记问题{doubt.problems.latest('pk').no}")
            return redirect(doubt)
    return _move_page(request, doubt, "register", form, "核实属实的才登记；自己先核对登记档案和单位说明。")


def _move_page(
    request: AuthenticatedHttpRequest, doubt: Doubt, move: str, form: object, hint: str
) -> HttpResponse:
    label = workflow.TRANSITIONS[move].label
    context = {"doubt": doubt, "move": move, "label": label, "form": form, "hint": hint}
    return render(request, "inspections/doubt_move.html", context)
