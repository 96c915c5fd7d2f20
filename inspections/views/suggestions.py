"""意见建议: the entry of every page, one's own with their answers; all of them for the task force."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import SUGGESTIONS
from inspections.forms.suggestions import AnswerForm, SuggestionForm
from inspections.models import Suggestion
from inspections.workflows import suggestions as workflow
from shuangjian.accounts.access import SIGNED_IN, AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import Role
from shuangjian.journal.conflict import posted_version
from shuangjian.policy.workflows import counting

PAGE_SIZE = 50


@access(roles=SIGNED_IN, scope="list")
def suggestion_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own, newest first; for the task force what waits, most urgent first, and what was answered."""
    rows = Suggestion.objects.visible_to(request.user)
    answers = request.user.has_role(Role.TASK_FORCE)
    is_done = answers and request.GET.get("state") == "done"
    waiting, done = rows.waiting(), rows.filter(state=Suggestion.State.ANSWERED)
    found = SUGGESTIONS.read(request.user, request.GET).rows
    context = {
        "page_obj": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "answers": answers,
        "is_done": is_done,
        "counts": {"waiting": waiting.count(), "done": done.count()} if answers else None,
    }
    return render(request, "inspections/suggestion_list.html", context)


@access(roles=SIGNED_IN, methods=("GET", "POST"), audit="change")
def suggestion_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The entry of every page."""
    form = SuggestionForm(request.POST or None, initial={"page": request.GET.get("page", "")[:200]})
    if request.method == "POST" and form.is_valid():
        row = workflow.make(actor=request.user, **form.cleaned_data)
        messages.success(request, f"已提交，编号{row.no}")
        return redirect("suggestion", row.no)
    context = {"form": form, "days": workflow.ANSWER_DAYS}
    return render(request, "inspections/suggestion_new.html", context)


def _row(request: AuthenticatedHttpRequest, no: str) -> Suggestion:
    rows = Suggestion.objects.select_related("author", "organisation", "answered_by")
    row: Suggestion = get_visible(rows, request.user, no=no)
    return row


@access(roles=SIGNED_IN, scope="own")
def suggestion_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One of them with its answer; for the task force the form that answers it."""
    row = _row(request, no)
    form = AnswerForm() if workflow.MACHINE.open_moves(row, request.user) else None
    return _page(request, row, form)


def _page(request: AuthenticatedHttpRequest, row: Suggestion, form: AnswerForm | None) -> HttpResponse:
    context = {"suggestion": row, "form": form, "counted": counting.words_of(row, "due_on")}
    return render(request, "inspections/suggestion.html", context)


@access(roles={Role.TASK_FORCE}, methods=("POST",), scope="own", audit="change")
def suggestion_answer(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """Answer: POST /suggestions/<no>/answer/."""
    row = _row(request, no)
    require(request.user, "inspections.answer_suggestion", row)
    form = AnswerForm(request.POST)
    if form.is_valid():
        workflow.answer(
            suggestion_id=row.pk, actor=request.user, version=posted_version(request), **form.cleaned_data
        )
        messages.success(request, "已答复")
        return redirect("suggestion", no)
    return _page(request, row, form)
