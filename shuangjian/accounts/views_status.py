"""运行状态 and 演示日期: what the system administrator looks at when the background is said to be silent."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.forms_status import DemoDayForm
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.dates import cn_date
from shuangjian.journal import demo_clock, status
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import Job

PAGE_SIZE = 50


@access(roles={Role.SYSTEM_ADMIN}, scope="list")
def status_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The machinery line by line, the jobs by state, and those that died, with a button each."""
    dead = Job.objects.visible_to(request.user).filter(state=Job.State.DEAD).order_by("-finished_at", "-pk")
    page = Paginator(dead, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/status.html", {"status": status.read(), "page_obj": page})


@access(roles={Role.SYSTEM_ADMIN}, methods=("GET", "POST"), audit="change")
def demo_day(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Move the demo county's day. Does not exist outside demo mode."""
    if not settings.DEMO_MODE:
        raise Http404(demo_clock.NOT_HERE)
    form = DemoDayForm(request.POST or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            to = form.wanted()
            _stay_in_office(request.user, to or timezone.localdate())
            day = demo_clock.move(to=to, actor=request.user, knows_what_stays=form.cleaned_data["back"])
        except demo_clock.Backwards as refused:
            form.add_error("back", f"{refused}。仍要改请勾选")
        except Refused as refused:
            form.add_error("day", str(refused))
        else:
            messages.success(request, f"演示日期已改为{cn_date(day)}，到期的事由后台接着办")
            return redirect("demo-day")
    return render(request, "accounts/demo_day.html", {"form": form})


def _stay_in_office(user: User, day: date) -> None:
    """Who moves himself to before his post began could not open the page again. Raises Refused."""
    if not user.memberships.in_force(day).filter(role=Role.SYSTEM_ADMIN).exists():
        raise Refused("那一天您还不是、或已不是系统管理员，改过去就打不开这一页了；只能在服务器上用命令改")
