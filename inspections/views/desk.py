"""待办: the first page of everybody who signs in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from inspections import desk
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import EVERYBODY_SIGNED_IN
from shuangjian.policy.selectors import next_phase_date


@access(roles=EVERYBODY_SIGNED_IN, scope="list")
def desk_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What to do next, first row first; an empty desk names the next date of the plan."""
    todo = desk.desk_of(request.user)
    context = {
        "desk": todo,
        "today": clock.today(),
        "next_date": None if todo.groups else next_phase_date(clock.today()),
    }
    return render(request, "inspections/desk.html", context)
