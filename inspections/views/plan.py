"""The plan: its calendar drawn and as a table, how far it is carried out, and its dates to be changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.coverage import Coverage, coverage_of
from inspections.forms.duties import PhaseForm
from inspections.goals.pages import briefs
from inspections.plan_timeline import draw
from inspections.returns.due_days import ahead
from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import BUSINESS_ROLES, Role
from shuangjian.dates import cn_weekday
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.navigation import page_url
from shuangjian.policy.models import Obligation, Phase, Plan
from shuangjian.policy.selectors import current_plan, current_plans
from shuangjian.policy.workflows import counting, plan_dates

NEXT_ROWS = 4  # dates ahead that are named above the table
_TAGS = {
    Phase.State.AHEAD: ("none", "未开始"),
    Phase.State.OPEN: ("wait", "进行中"),
    Phase.State.CLOSED: ("none", "已结束"),
}


@access(roles=BUSINESS_ROLES)
def plan_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Stages and steps with what is owed in each; ``?plan=`` chooses where two run at once (P21)."""
    plans = list(current_plans())
    asked = request.GET.get("plan", "")
    plan = next((one for one in plans if str(one.start_year) == asked), None) or current_plan()
    today = clock.today()
    context: dict[str, Any] = {
        "plan": plan,
        "plans": plans if len(plans) > 1 else [],
        "today": today,
        "today_words": cn_weekday(today),
        "is_staff": request.user.sees_county,
        "going_up": ahead(request.user) if request.user.sees_county else [],
        "changes_dates": request.user.has_role(Role.TASK_FORCE),
        "publicity": page_url("publicity-work", request.user),
    }
    if plan is not None:
        covered = coverage_of(plan, request.user)
        stages = _stages(plan, covered)
        context |= {
            "stages": stages,
            "rungs": plan.rungs.all(),
            "timeline": draw([step["phase"] for row in stages for step in row["phases"]], today),
            "coming": _coming(stages),
            "goals": _goals(plan, is_staff=request.user.sees_county),
            "has_duties": bool(covered),
        }
    return render(request, "inspections/plan.html", context)


def _stages(plan: Plan, covered: dict[int, Coverage]) -> list[dict[str, Any]]:
    today, provisional = clock.today(), counting.provisional(Obligation)
    rows = []
    for stage in plan.stages.prefetch_related("phases__obligations"):
        phases = []
        for phase in stage.phases.all():
            state = phase.state_on(today)
            phases.append(
                {
                    "phase": phase,
                    "tag": _TAGS[state],
                    "is_open": state == Phase.State.OPEN,
                    "provisional": provisional,
                    "may_change": not plan_dates.is_locked(phase),
                    "duties": [(one, covered.get(one.pk)) for one in phase.obligations.all()],
                }
            )
        rows.append({"stage": stage, "phases": phases})
    return rows


def _coming(stages: list[dict[str, Any]]) -> list[Any]:
    """The dates ahead, nearest first, with what is owed by them."""
    today = clock.today()
    ahead = [
        (one.due_on, one, covered)
        for row in stages
        for step in row["phases"]
        for one, covered in step["duties"]
        if one.due_on is not None and one.due_on >= today
    ]
    return sorted(ahead, key=lambda line: (line[0], line[1].code))[:NEXT_ROWS]


def _goals(plan: Plan, *, is_staff: bool) -> list[tuple[dict[str, Any], Any]]:
    """The goals with their measures, which are the whole county's and shown to its staff alone."""
    known = briefs() if is_staff else {}
    return [
        (goal | {"by_day": date.fromisoformat(goal["by"]) if "by" in goal else None}, known.get(goal["code"]))
        for goal in plan.goals
    ]


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), audit="change")
def phase_dates(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Change the dates of a step, and of what is owed in it."""
    rows = Phase.objects.select_related("stage__plan").prefetch_related("obligations")
    phase = rows.filter(pk=pk).first()
    if phase is None:
        raise Http404("没有这个步骤")
    if request.method == "GET" and plan_dates.is_locked(phase):
        messages.info(request, f"“{phase.title}”已经结束并锁定，日期不能再改")
        return redirect("plan")
    form = PhaseForm(request.POST or None, phase=phase)
    if request.method == "POST" and form.is_valid():
        try:
            moved = plan_dates.change(
                phase_id=phase.pk,
                actor=request.user,
                version=posted_version(request),
                dates=form.dates(),
                reason=form.cleaned_data.get("reason", ""),
                moves_open=form.cleaned_data.get("moves_open", True),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            words = f"，{moved}项未完成的任务改到新期限，已通知单位" if moved else ""
            messages.success(request, f"“{phase.title}”的日期已保存{words}")
            return redirect("plan")
    context = {"form": form, "phase": phase, "is_running": plan_dates.is_running(phase)}
    return render(request, "inspections/plan_dates.html", context)
