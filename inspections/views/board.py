"""工作看板: the numbers, 条目情况表, what one of its cells rests on, and 一页纸 for the leader."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import push_url

from inspections import board, board_matrix
from inspections.filters.board import BoardFilter
from shuangjian import clock, navigation
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.policy.models import Term

READERS = COUNTY_ROLES


@access(roles=READERS, scope="list")
def board_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The five numbers, what is longest overdue, the rules with problems; of all units, or as asked for."""
    term = board_matrix.term_from(request.GET)
    chosen = BoardFilter(request.GET, queryset=Organisation.objects.visible_to(request.user).units())
    asked = f"board?{request.GET.urlencode()}"
    counted = navigation.kept(asked, request.user, partial(_front, request.user, term, chosen))
    context = {**counted, "filter": chosen, "term": term, "as_of": clock.now()}
    return render(request, "inspections/board.html", context)


def _front(user: User, term: Term | None, chosen: BoardFilter) -> dict[str, Any]:
    scope = chosen.asked
    units = chosen.qs if chosen.narrows_units else None
    rules = board.problems_by_rule(user, term, units) if term else []
    return {
        "numbers": board.five_numbers(user, scope),
        "urgent": board.urgent(user, scope),
        "rules": [(rule, board.links_of(rule, term, scope)) for rule in rules] if term else [],
        "bars": board.bars_of(rules, term, scope) if term else [],
    }


@access(roles=READERS, scope="list")
def table(request: AuthenticatedHttpRequest) -> HttpResponse:
    """条目情况表: units by rules in a term, fifty units a page; ``cell`` opens what one of them rests on."""
    term = board_matrix.term_from(request.GET)
    matrix = board_matrix.matrix_of(request.user, request.GET, term, request) if term else None
    opened = _opened(request, term) if term else None
    address = _without_cell(request.GET)
    context = {"matrix": matrix, "term": term, "opened": opened, "address": address}
    return render(request, "inspections/board_table.html", context)


def _without_cell(query: QueryDict) -> str:
    """The table's own address, nothing opened."""
    asked = query.copy()
    asked.pop("cell", None)
    return asked.urlencode()


def _opened(request: AuthenticatedHttpRequest, term: Term) -> dict[str, Any] | None:
    """What stands in the panel: the cell that the address names (``cell=<code>.<rule>``), if there is one."""
    code, _, number = request.GET.get("cell", "").partition(".")
    if not (code and number.isascii() and number.isdecimal() and len(number) < 4):
        return None
    try:
        return _cell(request, code, int(number), term)
    except Http404:
        return None


def _cell(request: AuthenticatedHttpRequest, code: str, number: int, term: Term | None) -> dict[str, Any]:
    """The unit and all that its cell rests on. Raises Http404."""
    unit = get_visible(Organisation.objects.select_related("school", "institution"), request.user, code=code)
    chain = board_matrix.chain_of(unit, number, term, request.user) if term else None
    if chain is None:
        raise Http404
    return {"unit": unit, "term": term, "chain": chain}


@access(roles=READERS, scope="list")
def county(request: AuthenticatedHttpRequest) -> HttpResponse:
    """县里九条: the county's own rules with the offices that answer them."""
    term = board_matrix.term_from(request.GET)
    lines = board_matrix.county_lines(request.user, term) if term else []
    context = {"lines": lines, "term": term, "may_charge": request.user.has_role(Role.TASK_FORCE)}
    return render(request, "inspections/board_county.html", context)


@access(roles=READERS, scope="own", audit="read")
def cell(request: AuthenticatedHttpRequest, code: str, number: int) -> HttpResponse:
    """What the portal knows of one unit under one rule: answers, visits, problems.

    Asked for from the table it is the panel beside it, and the table's address then says which cell is open.
    """
    context = _cell(request, code, number, board_matrix.term_from(request.GET))
    if not request.htmx:
        return render(request, "inspections/board_cell.html", context)
    here = urlsplit(request.htmx.current_url_abs_path or reverse("board-table"))
    asked = QueryDict(_without_cell(QueryDict(here.query)), mutable=True)
    response = render(request, "inspections/_board_panel.html", context | {"address": asked.urlencode()})
    asked["cell"] = f"{code}.{number}"
    return push_url(response, f"{reverse('board-table')}?{asked.urlencode()}")


@access(roles=READERS, scope="list")
def one_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """一页纸: the leader's brief with the lists behind its numbers; on paper it is a printout."""
    context = {"page": board.one_page(request.user), "as_of": clock.now()}
    return render(request, "inspections/board_one_page.html", context)
