"""The numbers of a report as pages: each opens the rows that it was counted from, as they were frozen."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from inspections.models import Problem, SupervisionReport
from inspections.reports import rendering
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import COUNTY_ROLES

PAGE_SIZE = 50
NUMBERS_A_PAGE = 120


def _report(request: AuthenticatedHttpRequest, no: str) -> SupervisionReport:
    report: SupervisionReport = get_visible(SupervisionReport, request.user, no=no)
    return report


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_figures(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """All numbers of one part of the report; ``?part=`` names it, the first where it doesn't."""
    report = _report(request, no)
    figures = rendering.numbers_of(report.kind, report.data)
    parts = [part for part in figures.parts if part.numbers]
    asked = request.GET.get("part", "")
    shown = next((part for part in parts if part.key == asked), None) or next(iter(parts), None)
    numbers = shown.numbers if shown is not None else ()
    page = Paginator(numbers, NUMBERS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "report": report,
        "parts": parts,
        "shown": shown,
        "page_obj": page,
        "lines": [(number, figures.share(number)) for number in page],
    }
    return render(request, "inspections/report_figures.html", context)


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def report_figure(request: AuthenticatedHttpRequest, no: str, key: str) -> HttpResponse:
    """The rows behind one number; a problem's own page says what became of it since."""
    report = _report(request, no)
    figures = rendering.numbers_of(report.kind, report.data)
    number = figures.find(key)
    if number is None:
        raise Http404(key)
    part = next(part for part in figures.parts if number in part.numbers)
    page = Paginator(number.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    here = number.problem_column
    numbers = [row[here] for row in page] if here is not None else []
    known = set(Problem.objects.visible_to(request.user).filter(no__in=numbers).values_list("no", flat=True))
    context = {
        "report": report,
        "part": part,
        "number": number,
        "share": figures.share(number),
        "whole": figures.find(number.of) if number.of else None,
        "page_obj": page,
        "lines": [
            [
                (head, cell, cell if at == here and cell in known else "")
                for at, (head, cell) in enumerate(zip(number.head, row, strict=True))
            ]
            for row in page
        ],
    }
    return render(request, "inspections/report_figure.html", context)
