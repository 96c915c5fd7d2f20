"""上报指标: the library of figures, one figure with its definition, adding one, ending one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from inspections.exports.office import STATISTICS
from inspections.forms.returns import EndForm, StatisticForm
from inspections.models import Statistic
from inspections.returns.queries import QUERIES
from inspections.workflows import statistics as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

PAGE_SIZE = 50
KEEPERS = frozenset({Role.TASK_FORCE})


@access(roles=COUNTY_ROLES, scope="list")
def statistic_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All figures by code, with how each is had."""
    rows = STATISTICS.read(request.user, request.GET).rows
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "keeps": request.user.has_role(*KEEPERS),
    }
    return render(request, "inspections/statistic_list.html", context)


@access(roles=COUNTY_ROLES, scope="own")
def statistic_page(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One figure: what it means, where it comes from, which tables ask for it."""
    row: Statistic = get_visible(Statistic, request.user, code=code)
    context = {
        "statistic": row,
        "query": QUERIES[row.query] if row.query else None,
        "cells": row.cells.select_related("template").order_by("template__code", "-template__ordinal", "pk"),
        "keeps": request.user.has_role(*KEEPERS) and row.ended_on is None,
    }
    return render(request, "inspections/statistic.html", context)


@access(roles=KEEPERS, methods=("GET", "POST"), audit="change")
def statistic_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Add a figure."""
    form = StatisticForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.add(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, f"已新增指标{row.code}")
            return redirect(row)
    return render(request, "inspections/statistic_new.html", {"form": form})


@access(roles=KEEPERS, methods=("GET", "POST"), scope="own", audit="change")
def statistic_end(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """停用: /returns/statistics/<code>/end/."""
    row: Statistic = get_visible(Statistic, request.user, code=code)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.end(
                statistic_id=row.pk, actor=request.user, version=posted_version(request), **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"指标{row.code}已停用")
            return redirect(row)
    return render(request, "inspections/statistic_end.html", {"form": form, "statistic": row})
