"""各学期指标: the goals as numbers over the terms, the rows behind each figure, correcting a frozen one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.goals import CorrectionForm
from inspections.goals import measures
from inspections.goals.measures import Measure, in_words, rows_of
from inspections.goals.pages import goals_of
from inspections.models import GoalFigure, GoalSnapshot
from inspections.workflows import goals as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.errors import Refused
from shuangjian.policy.selectors import current_plan

PAGE_SIZE = 50
READERS = COUNTY_ROLES


@access(roles=READERS, scope="list")
def goal_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every goal with its measures, term by term, and how it stands now."""
    return render(request, "inspections/goal_list.html", {"goals": goals_of(current_plan())})


def _measure(key: str) -> Measure:
    measure = measures.find(key)
    if measure is None or measure.take is None:
        raise Http404(key)
    return measure


@access(roles=READERS, scope="list")
def rows_now(request: AuthenticatedHttpRequest, measure: str) -> HttpResponse:
    """The rows of a figure of the term under way, as it was counted last."""
    one = _measure(measure)
    figure = GoalFigure.objects.select_related("term").filter(measure=one.key).first()
    if figure is None:
        raise Http404(measure)
    return _rows_page(request, one, figure, {"counted_at": figure.counted_at})


@access(roles=READERS, scope="list")
def rows_frozen(request: AuthenticatedHttpRequest, term: str, measure: str) -> HttpResponse:
    """The rows of a frozen figure; ``?v=`` an earlier version than the newest."""
    one = _measure(measure)
    versions = list(_versions(term, one).defer("rows"))
    if not versions:
        raise Http404(measure)
    asked = request.GET.get("v", "")
    chosen = next((row for row in versions if str(row.version) == asked), versions[-1])
    more = {
        "snapshot": chosen,
        "versions": [(row, in_words(row.count, row.base, one.unit)) for row in reversed(versions)],
        "may_correct": chosen is versions[-1] and request.user.has_role(*workflow.CORRECTORS),
    }
    return _rows_page(request, one, chosen, more)


def _versions(term: str, measure: Measure) -> Any:
    rows = GoalSnapshot.objects.filter(term__code=term, measure=measure.key)
    return rows.select_related("term", "made_by").order_by("version")


def _rows_page(
    request: AuthenticatedHttpRequest, measure: Measure, figure: Any, more: dict[str, Any]
) -> HttpResponse:
    rows = rows_of(figure.rows)
    counted = [row for row in rows if row.is_counted]
    shows_all = request.GET.get("tab") == "all" and measure.is_share
    context = {
        "measure": measure,
        "term": figure.term,
        "words": in_words(figure.count, figure.base, measure.unit),
        "tab": "all" if shows_all else "counted",
        "counted": len(counted),
        "total": len(rows),
        "page_obj": Paginator(rows if shows_all else counted, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "inspections/goal_rows.html", context | more)


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def correct(request: AuthenticatedHttpRequest, term: str, measure: str) -> HttpResponse:
    """Count the newest version again from what is on record now; the old one stays beside the new one."""
    one = _measure(measure)
    newest = _versions(term, one).defer("rows").last()
    if newest is None:
        raise Http404(measure)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = workflow.correct(snapshot_id=newest.pk, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已更正为第{made.version}版，原来的数值保留")
            return redirect("goal-rows", term=term, measure=measure)
    context = {
        "measure": one,
        "snapshot": newest,
        "words": in_words(newest.count, newest.base, one.unit),
        "form": form,
    }
    return render(request, "inspections/goal_correct.html", context)
