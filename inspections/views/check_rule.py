"""One rule of a self-check: its page, saving as one goes, its evidence."""

from __future__ import annotations

from django.http import HttpResponse

from inspections.views.checks import check_page
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import UNIT_ROLES


@access(roles=UNIT_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def rule_page(request: AuthenticatedHttpRequest, no: str, number: int) -> HttpResponse:
    return check_page(request, no)


@access(roles=UNIT_ROLES, methods=("POST",), scope="own", audit="change")
def save(request: AuthenticatedHttpRequest, no: str, number: int) -> HttpResponse:
    return check_page(request, no)


@access(roles=UNIT_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def evidence(request: AuthenticatedHttpRequest, no: str, number: int, code: str) -> HttpResponse:
    return check_page(request, no)
