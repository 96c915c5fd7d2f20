"""达标情况: the units of a term with their conclusions, the county by rule, one unit with what it lacks."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from inspections import attainment
from inspections.board_matrix import term_from
from inspections.exports.lists import ATTAINMENT
from inspections.like_units import beside_like_units
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_ROLES

PAGE_SIZE = 50
LISTERS = ATTAINMENT.roles
READERS = LISTERS | UNIT_ROLES


@access(roles=LISTERS, scope="list")
def attainment_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The units that exist for this person by conclusion, as they were counted last."""
    term = term_from(request.GET)
    context: dict[str, Any] = {"term": term}
    if term is not None:
        reading = ATTAINMENT.read(request.user, request.GET)
        context = attainment.frame(term) | {
            "filter": reading.filter,
            "tabs": reading.tabs,
            "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "counted_at": attainment.counted_at(term),
        }
    return render(request, "inspections/attainment_list.html", context)


@access(roles=LISTERS, scope="list")
def by_rule(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Each rule with the number of units by how it stands there; every number opens its list."""
    term = term_from(request.GET)
    context: dict[str, Any] = {"term": term}
    if term is not None:
        chosen: Any = ATTAINMENT.read(request.user, request.GET).filter
        context = attainment.frame(term) | {
            "filter": chosen,
            "lines": attainment.by_rule(chosen.qs, term, request.GET),
            "counted_at": attainment.counted_at(term),
            "may_open_board": request.user.has_role(*COUNTY_ROLES),
        }
    return render(request, "inspections/attainment_rules.html", context)


@access(roles=READERS, scope="own", audit="read")
def unit_attainment(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One unit at this moment: conclusion, what is missing until the plan's date, what is met and proven."""
    units = Organisation.objects.units().select_related("school", "institution", "township")
    unit: Organisation = get_visible(units, request.user, code=code)
    term = term_from(request.GET)
    context: dict[str, Any] = {"unit": unit, "term": term}
    if term is not None:
        found = attainment.of_unit(unit, term)
        context |= attainment.frame(term) | {
            "found": found,
            "beside": beside_like_units(unit, term, found.row),
            "lists": request.user.has_role(*LISTERS),
        }
    return render(request, "inspections/attainment_unit.html", context)
