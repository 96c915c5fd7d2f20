"""审核: one queue of what waits for the person's decision, and one item with before and after side by side.

Deciding itself is done by the moves' own views (``problem_move``, ``check_move``) with their own forms, which
stand here in place; ``queue`` in the form makes them lead on to the next item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inspections import review_queue
from inspections.models import Problem, RectificationTask, SelfCheck
from inspections.permissions import one_page
from inspections.review_sides import sides_of
from inspections.selectors import story_of_problem
from inspections.views import queue_walk
from inspections.views.move_pages import MOVE_PAGES
from inspections.workflows import rectification
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.move_pages import MoveForm

PAGE_SIZE = 50


@dataclass(frozen=True)
class Tab:
    """One kind of the queue with the number of its items."""

    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Choice:
    """One decision that is open: the move, its form as its own page has it, and the word of its button."""

    move: str
    label: str
    form: MoveForm
    is_primary: bool


# The moves of each kind in the order of the page; the first is the one primary action.
MOVES = {
    "plan": ("approve-plan", "return-plan"),
    "verify": ("verify-and-close", "verify", "send-back"),
    "close": ("close", "send-back"),
    "extension": ("grant-extension", "refuse-extension"),
}
_STATES = {"plan": "plan_review", "verify": "verifying", "close": "verified"}


@access(roles=review_queue.DECIDERS, scope="list")
def review_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What waits for the person, earliest date first."""
    rows = review_queue.waiting_for(request.user)
    asked = request.GET.get("tab", "")
    current = asked if asked in review_queue.KINDS else queue_walk.ALL
    page = Paginator(queue_walk.of_tab(rows, current), PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = review_queue.with_subjects(list(page.object_list), "extensions")
    context = {
        "page_obj": page,
        "tabs": _tabs(request, rows, current),
        "tab": current,
        "first": page.object_list[0] if page.object_list else None,
    }
    return render(request, "inspections/reviews.html", context)


def _tabs(request: AuthenticatedHttpRequest, rows: list[review_queue.Waiting], current: str) -> list[Tab]:
    """All, and each kind that the person is ever asked for."""
    tabs = [Tab("全部", len(rows), reverse("reviews"), current == queue_walk.ALL)]
    for key, kind in review_queue.KINDS.items():
        if request.user.has_role(*kind.roles):
            count = len(queue_walk.of_tab(rows, key))
            tabs.append(Tab(kind.label, count, f"{reverse('reviews')}?tab={key}", current == key))
    return tabs


@access(roles=review_queue.DECIDERS, scope="own", audit="read")
def review_page(request: AuthenticatedHttpRequest, kind: str, no: str) -> HttpResponse:
    """One item: before and after, the decision in place, the way on. A self-check has its own page."""
    tab = queue_walk.asked_for(request) or queue_walk.ALL
    if kind == "check":
        check = get_visible(SelfCheck.objects.all(), request.user, no=no)
        return redirect(f"{reverse('check', args=[check.no])}?queue={tab}")
    if kind not in MOVES:
        raise Http404(kind)
    problems = Problem.objects.select_related("organisation", "rule", "item", "prohibition", "found_by")
    problem = get_visible(problems, request.user, no=no)
    tasks = problem.tasks.select_related("problem__organisation", "problem__rule", "problem__prohibition")
    task = tasks.latest("ordinal")
    sides = sides_of(task, kind)
    context = {
        "problem": problem,
        "task": task,
        "kind": kind,
        **queue_walk.bar_of(request, kind, no, tab=tab),
    }
    if not _waits(task, kind):
        return render(request, "inspections/review_done.html", context | _last_word(problem, task, kind))
    with one_page():
        choices = _choices(request, task, kind)
    if not choices:
        require(request.user, rectification.TRANSITIONS[MOVES[kind][0]].permission, task)
    context |= {"sides": sides, "choices": choices, "what": review_queue.KINDS[kind].what}
    return render(request, "inspections/review.html", context)


def _waits(task: RectificationTask, kind: str) -> bool:
    if kind == "extension":
        return task.pending_extension is not None
    return task.state == _STATES[kind]


def _choices(request: AuthenticatedHttpRequest, task: RectificationTask, kind: str) -> list[Choice]:
    """The moves open to the person, each with the form of its page under names of its own."""
    open_moves = rectification.MACHINE.open_moves(task, request.user)
    moves = [move for move in MOVES[kind] if move in open_moves]
    return [
        Choice(
            move,
            rectification.TRANSITIONS[move].label,
            MOVE_PAGES[move].form(row=task, user=request.user, auto_id=f"{move}-%s"),
            is_primary=at == 0 and move not in ("send-back", "return-plan", "refuse-extension"),
        )
        for at, move in enumerate(moves)
    ]


def _last_word(problem: Problem, task: RectificationTask, kind: str) -> dict[str, Any]:
    """Who settled the item, when and how, for whoever comes too late."""
    settling = {label_of(move) for move in MOVES[kind]} | {label_of("apply"), label_of("withdraw-extension")}
    story = story_of_problem(problem)
    return {"line": next((line for line in story if line.what in settling), story[0] if story else None)}


def label_of(move: str) -> str:
    return rectification.TRANSITIONS[move].label
