"""Self-checks: the list, one check's page, checking the answers, its moves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from inspections.models import SelfCheck
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import BUSINESS_ROLES, UNIT_ROLES, Role

READERS = BUSINESS_ROLES - {Role.PARTNER, Role.OFFICE_STAFF}


@access(roles=READERS, scope="list")
def check_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    checks = SelfCheck.objects.visible_to(request.user).select_related("round", "organisation")
    return render(request, "inspections/check_list.html", {"checks": checks[:50]})


@access(roles=READERS, scope="own", audit="read")
def check_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    check = get_visible(SelfCheck.objects.select_related("round", "organisation"), request.user, no=no)
    return render(request, "inspections/check_list.html", {"checks": [check]})


@access(roles=UNIT_ROLES, scope="own", audit="read")
def check_review(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    return check_page(request, no)


@access(roles=READERS, scope="own", audit="read")
def check_paper(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    return check_page(request, no)


@access(roles=UNIT_ROLES | {Role.TASK_FORCE}, methods=("GET", "POST"), scope="own", audit="change")
def check_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    return check_page(request, no)
