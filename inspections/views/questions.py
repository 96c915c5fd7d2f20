"""填报答疑: what was asked and answered, for all units; asking, answering, correcting."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import QUESTIONS
from inspections.forms import questions as forms
from inspections.models import Question
from inspections.workflows import questions as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve
from shuangjian.accounts.roles import ANSWERING_ROLES, BUSINESS_ROLES, OFFICE_ROLES
from shuangjian.policy.models import CheckItem
from shuangjian.policy.selectors import current_rulebook, guidance_of

PAGE_SIZE = 50


@access(roles=BUSINESS_ROLES, scope="list")
def question_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Search over all that was answered; one's own that wait; for the offices all that wait."""
    reading = QUESTIONS.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "filter": reading.filter,
        "is_office": request.user.has_role(*OFFICE_ROLES),
        "may_ask": request.user.has_role(*ANSWERING_ROLES),
    }
    return render(request, "inspections/question_list.html", context)


@access(roles=ANSWERING_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def question_new(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Ask about one item; what is said of it and was answered already stands above the form."""
    items = CheckItem.objects.filter(rule__rulebook=current_rulebook()).select_related("rule")
    item = items.filter(code=code).first() if "\x00" not in code else None
    if item is None:
        raise Http404(code)
    form = forms.AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = workflow.ask(item=item, actor=request.user, **form.cleaned_data)
        messages.success(request, f"已提交，编号{row.no}，答复后在通知里看")
        return redirect(row)
    answered = Question.objects.answered().filter(item_code=code).prefetch_related("answers")
    context = {"item": item, "form": form, "said": guidance_of([code]).get(code), "answered": answered[:20]}
    return render(request, "inspections/question_new.html", context)


def _row(request: AuthenticatedHttpRequest, no: str) -> Question:
    related = ("organisation", "author", "same_as")
    row: Question = get_visible(Question.objects.select_related(*related), request.user, no=no)
    return row


@access(roles=BUSINESS_ROLES, scope="own")
def question_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One question with its answer and the earlier ones."""
    row = _row(request, no)
    answers = (row.same_as or row).answers.select_related("made_by")
    own_units = request.user.unit_ids(ANSWERING_ROLES)
    context = {
        "question": row,
        "answers": list(answers),
        "item": CheckItem.objects.filter(rule__rulebook=current_rulebook(), code=row.item_code).first(),
        "shows_author": request.user.has_role(*OFFICE_ROLES) or row.organisation_id in own_units,
        "moves": [
            (key, workflow.TRANSITIONS[key].label) for key in workflow.MACHINE.open_moves(row, request.user)
        ],
    }
    return render(request, "inspections/question.html", context)


MOVE_PAGES = {
    "answer": MovePage(forms.AnswerForm, workflow.answer, "已答复，所有单位都能看到"),
    "lead": MovePage(forms.LeadForm, workflow.lead, "已指到那一个答复"),
    "correct": MovePage(forms.AnswerForm, workflow.correct, "已更正，原来的答复留作历史"),
    "withdraw": MovePage(forms.WithdrawForm, workflow.withdraw, "已撤回"),
}


@access(roles=OFFICE_ROLES | ANSWERING_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def question_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """Answer, lead to another answer, correct, withdraw."""
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        _row(request, no),
        noun="question",
        template="inspections/question_move.html",
    )
