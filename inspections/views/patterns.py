"""研判提示: what the nightly search found, one of it with its rows, dismissing it. Visits: visit_planning."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from inspections.exports.lists import PATTERNS
from inspections.filters.patterns import units_of
from inspections.forms.patterns import DismissForm
from inspections.models import Pattern
from inspections.selectors import story_of_pattern
from inspections.workflows import patterns as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.move_pages import MovePage, serve

PAGE_SIZE = 50
READERS = PATTERNS.roles


@access(roles=READERS, scope="list")
def pattern_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Those to be judged first, the latest on top."""
    reading = PATTERNS.read(request.user, request.GET)
    context = {
        "filter": reading.filter,
        "tabs": reading.tabs,
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "inspections/pattern_list.html", context)


def _pattern(request: AuthenticatedHttpRequest, no: str) -> Pattern:
    rows = Pattern.objects.select_related("term", "earlier", "batch", "judged_by")
    pattern: Pattern = get_visible(rows, request.user, no=no)
    return pattern


@access(roles=READERS, scope="own", audit="read")
def pattern_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One finding: what, by which rule, in which rows; what was made of it."""
    pattern = _pattern(request, no)
    rows = pattern.rows.select_related("organisation")
    context = {
        "pattern": pattern,
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "units": units_of(pattern).count(),
        "moves": workflow.MACHINE.open_moves(pattern, request.user),
        "course": story_of_pattern(pattern),
    }
    return render(request, "inspections/pattern.html", context)


MOVE_PAGES = {
    "dismiss": MovePage(
        DismissForm,
        workflow.dismiss,
        "已排除",
        "排除以后，同样的情况不再提示；有新的情况加入才另行提示。",
    )
}


@access(roles=READERS, methods=("GET", "POST"), scope="own", audit="change")
def pattern_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of dismissing and dismissing itself; 安排督导 is done where visits are planned."""
    pattern, template = _pattern(request, no), "inspections/pattern_move.html"
    return serve(request, workflow.MACHINE, MOVE_PAGES, move, pattern, noun="pattern", template=template)
