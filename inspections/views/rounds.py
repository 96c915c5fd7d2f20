"""Rounds (自查批次): the list, one round with the progress of its units, its moves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from inspections.models import Round
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role

MOVERS = frozenset({Role.TASK_FORCE, Role.LEADER})


@access(roles=COUNTY_ROLES, scope="list")
def round_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    return render(request, "inspections/round_list.html", {"rounds": Round.objects.all()})


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def round_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    return render(request, "inspections/round_list.html", {})


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def round_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    round_ = get_object_or_404(Round, pk=pk)
    return render(request, "inspections/round_list.html", {"rounds": [round_]})


@access(roles=COUNTY_ROLES, scope="own")
def round_preview(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    return round_page(request, pk)


@access(roles=MOVERS, methods=("GET", "POST"), scope="own", audit="change")
def round_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    return round_page(request, pk)
