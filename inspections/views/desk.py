"""待办: the first page of everybody who signs in."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render

from inspections import desk
from inspections.models import Bulletin
from shuangjian import clock
from shuangjian.accounts import set_up
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.models import County, User
from shuangjian.accounts.roles import BUSINESS_ROLES, COUNTY_ROLES, EVERYBODY_SIGNED_IN, UNIT_ROLES
from shuangjian.navigation import Frame
from shuangjian.policy.selectors import next_phase_date

SHOWN_DAYS = 30  # how long a bulletin stands on the desk of those whom it was published to


def _bulletins_lately(user: User) -> list[Bulletin]:
    """What the county told the person's unit lately; its own staff has the list alone."""
    if not user.has_role(*UNIT_ROLES):
        return []
    rows = Bulletin.objects.visible_to(user).filter(
        state=Bulletin.State.PUBLISHED, published_at__gte=clock.now() - timedelta(days=SHOWN_DAYS)
    )
    return list(rows.defer("body").order_by("-published_at")[:3])


@access(roles=EVERYBODY_SIGNED_IN, scope="list")
def desk_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What to do next, first row first; an empty desk names the next date of the plan.

    In a county that is still empty those who run it see what is left to set up.
    """
    user = request.user
    frame = Frame(request)  # the page's own: it reads the county's settings once
    todo = desk.desk_of(user, frame.county or County())
    is_idle = not todo.groups
    context = {
        "frame": frame,
        "title": next((item.label for item in frame.menu if item.is_current), "待办"),  # 分管领导 has 待签
        "desk": todo,
        "today": clock.today(),
        "bulletins": _bulletins_lately(user),
        "set_up": set_up.steps_of(user) if is_idle and user.has_role(*COUNTY_ROLES) else [],
        # The administrators' menus have no desk: who comes here all the same is shown on.
        "onward": frame.menu if not user.has_role(*BUSINESS_ROLES) else [],
        "next_date": next_phase_date(clock.today()) if is_idle and user.has_role(*BUSINESS_ROLES) else None,
    }
    return render(request, "inspections/desk.html", context)
