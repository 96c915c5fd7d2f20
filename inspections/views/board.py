"""工作看板: the numbers, 条目情况表, what one of its cells rests on, and 一页纸 for the leader."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from inspections import board, board_matrix
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.policy.selectors import current_term

READERS = COUNTY_ROLES


@access(roles=READERS, scope="list")
def board_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The five numbers, what is longest overdue, the rules with problems."""
    term = current_term()
    rules = board.problems_by_rule(request.user, term) if term else []
    context = {
        "numbers": board.five_numbers(request.user),
        "urgent": board.urgent(request.user),
        "rules": [(rule, board.links_of(rule, term)) for rule in rules] if term else [],
        "bars": board.bars_of(rules, term) if term else [],
        "term": term,
        "as_of": clock.now(),
    }
    return render(request, "inspections/board.html", context)


@access(roles=READERS, scope="list")
def table(request: AuthenticatedHttpRequest) -> HttpResponse:
    """条目情况表: units by rules in a term, fifty units a page."""
    term = board_matrix.term_from(request.GET)
    matrix = board_matrix.matrix_of(request.user, request.GET, term, request) if term else None
    return render(request, "inspections/board_table.html", {"matrix": matrix, "term": term})


@access(roles=READERS, scope="list")
def county(request: AuthenticatedHttpRequest) -> HttpResponse:
    """县里九条: the county's own rules with the offices that answer them."""
    term = board_matrix.term_from(request.GET)
    lines = board_matrix.county_lines(request.user, term) if term else []
    context = {"lines": lines, "term": term, "may_charge": request.user.has_role(Role.TASK_FORCE)}
    return render(request, "inspections/board_county.html", context)


@access(roles=READERS, scope="own", audit="read")
def cell(request: AuthenticatedHttpRequest, code: str, number: int) -> HttpResponse:
    """What the portal knows of one unit under one rule: answers, visits, problems."""
    unit = get_visible(Organisation.objects.select_related("school", "institution"), request.user, code=code)
    term = board_matrix.term_from(request.GET)
    chain = board_matrix.chain_of(unit, number, term, request.user) if term else None
    if chain is None:
        raise Http404
    return render(request, "inspections/board_cell.html", {"unit": unit, "term": term, "chain": chain})


@access(roles=READERS, scope="list")
def one_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """一页纸: the leader's brief with the lists behind its numbers; on paper it is a printout."""
    context = {"page": board.one_page(request.user), "as_of": clock.now()}
    return render(request, "inspections/board_one_page.html", context)
