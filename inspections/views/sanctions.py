"""约谈、通报、建议问责: the leader's 批示, the list, one case with its moves, and its papers."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inspections.exports.work import SANCTIONS
from inspections.forms import sanctions as forms
from inspections.models import Paper, Problem, Sanction
from inspections.selectors import story_of_sanction
from inspections.workflows import disclosures, papers
from inspections.workflows import sanctions as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
READERS = SANCTIONS.roles


@access(roles=READERS, scope="list")
def sanction_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The cases that exist for this person, the latest first."""
    reading = SANCTIONS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "filter": reading.filter,
        "instructs": request.user.has_role(Role.LEADER),
    }
    return render(request, "inspections/sanction_list.html", context)


@access(roles={Role.LEADER}, methods=("GET", "POST"), audit="change")
def sanction_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """批示 on a problem (``?problem=`` its number) or on a unit (``?unit=`` its code)."""
    no = request.POST.get("problem") or request.GET.get("problem", "")
    problem: Problem | None = None
    if no:
        found = Problem.objects.select_related("organisation", "rule", "prohibition")
        problem = get_visible(found, request.user, no=no)
    form = forms.InstructForm(request.POST or None, problem=problem, unit=request.GET.get("unit", ""))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        if problem is not None:
            data |= {"problem": problem, "organisation": problem.organisation}
        try:
            row = workflow.instruct(actor=request.user, **data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已批示，编号{row.no}，交办公室编号用印")
            return redirect("sanction", no=row.no)
    back = reverse("problem", args=[no]) if problem is not None else reverse("sanctions")
    context = {"form": form, "problem": problem, "back": back}
    return render(request, "inspections/sanction_new.html", context)


def _sanction(request: AuthenticatedHttpRequest, no: str) -> Sanction:
    rows = Sanction.objects.select_related("organisation__filer", "problem", "instructed_by")
    rows = rows.prefetch_related("commitments", "appeals")
    row: Sanction = get_visible(rows, request.user, no=no)
    return row


_PRIMARY_ORDER = ("issue", "handle", "reject-appeal", "keep", "close")
_NEXT = {
    Sanction.State.INSTRUCTED: "下一步：起草公文送分管领导签发，或者登记别处所发公文的文号",
    Sanction.State.NOTIFIED: "下一步：登记办理情况",
    Sanction.State.CLOSED: "已办结",
}


def next_step_of(row: Sanction) -> str:
    """Who must do what now."""
    if row.state == Sanction.State.REVOKED:
        return f"已撤销：{row.revoke_words}"
    if row.state == Sanction.State.HANDLED:
        left = sum(one.done_on is None for one in row.commitments.all())
        return f"下一步：{row.organisation.name}落实{left}项承诺" if left else "下一步：办结"
    return _NEXT[Sanction.State(row.state)]


@access(roles=READERS, scope="own", audit="read")
def sanction_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One case: what comes next, what it is about, commitments, ways of appeal, its course."""
    row = _sanction(request, no)
    moves = workflow.MACHINE.open_moves(row, request.user)
    if any(one.done_on is None for one in row.commitments.all()):
        moves = [key for key in moves if key != "close"]
    primary = next((key for key in _PRIMARY_ORDER if key in moves), "")
    labels = [(key, workflow.TRANSITIONS[key].label, key == primary) for key in moves]
    context = {
        "sanction": row,
        "next_step": next_step_of(row),
        "moves": sorted(labels, key=lambda move: not move[2]),
        "terms": workflow.terms_of(row),
        "story": story_of_sanction(row),
        "outcome_label": forms.HandleForm.OUTCOMES[row.kind][0],
        "sees_instruction": request.user.sees_county,
        "papers": Paper.objects.visible_to(request.user).filter(sanction=row).defer("data", "sections"),
        "may_disclose": request.user.has_role(*OFFICE_ROLES) and disclosures.may_propose(row),
        "paper_kinds": papers.offered_in(row, request.user),
    }
    return render(request, "inspections/sanction.html", context)


MOVE_PAGES = {
    "issue": MovePage(
        forms.IssueForm,
        workflow.issue,
        "已登记文号，单位收到通知",
        "公文在别处编号用印的才在这里登记；在平台起草的，签发时自动登记。",
    ),
    "handle": MovePage(forms.HandleForm, workflow.handle, "已登记办理情况"),
    "keep": MovePage(forms.KeepForm, workflow.keep, "已登记承诺完成"),
    "close": MovePage(forms.CloseForm, workflow.close, "已办结"),
    "revoke": MovePage(forms.RevokeForm, workflow.revoke, "已撤销"),
    "appeal": MovePage(
        forms.AppealForm, workflow.appeal, "已提出", "复核、申诉各可以提出一次，期间不停止执行。"
    ),
    "reject-appeal": MovePage(forms.AnswerForm, workflow.reject_appeal, "已答复", "由作出决定以外的人答复。"),
    "grant-appeal": MovePage(
        forms.AnswerForm, workflow.grant_appeal, "已答复，原决定撤销", "由作出决定以外的人答复。"
    ),
}


@access(roles=READERS, methods=("GET", "POST"), scope="own", audit="change")
def sanction_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /sanctions/<no>/<move>/."""
    row = _sanction(request, no)
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        row,
        noun="sanction",
        template="inspections/sanction_move.html",
        standing=row.state_label,
        more=lambda: {"terms": workflow.terms_of(row) if move == "appeal" else []},
    )
