"""Terms as settings: their days, breaks and examination weeks, the roll-over into the next school year."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy import forms
from shuangjian.policy.models import SchoolYear, Term, TermPeriod
from shuangjian.policy.views_settings import READERS
from shuangjian.policy.workflows import term_effects, terms


@access(roles=READERS)
def term_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The terms with their days, newest first."""
    today = clock.today()
    found = Term.objects.select_related("school_year").order_by("-first_on")
    rows = [
        (term, "已结束" if term.last_on < today else "进行中" if term.first_on <= today else "未开始")
        for term in found.prefetch_related(Prefetch("periods", TermPeriod.objects.order_by("first_on")))
    ]
    context = {
        "terms": rows,
        "may_change": request.user.has_role(*terms.KEEPERS),
        "next_year": SchoolYear(start_year=terms.next_start_year()),
    }
    return render(request, "policy/terms.html", context)


@access(roles=terms.KEEPERS, methods=("GET", "POST"), audit="change")
def term_year_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """结转到下一学年: the dates as this year had them, to be mended before the year is created."""
    form = forms.YearForm(request.POST or None, initial=_proposal(terms.next_start_year()))
    if request.method == "POST" and form.is_valid():
        try:
            year, is_new = terms.roll_over(
                start_year=form.cleaned_data["start_year"],
                autumn=form.days("autumn_first_on", "autumn_last_on"),
                spring=form.days("spring_first_on", "spring_last_on"),
                actor=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已结转到{year}" if is_new else f"{year}已经有了，没有重复新建")
            return redirect("terms")
    asked = form.cleaned_data.get("start_year") if form.is_bound else None
    year = SchoolYear(start_year=asked or terms.next_start_year())
    return render(request, "policy/term_year.html", {"form": form, "year": year})


def _proposal(start_year: int) -> dict[str, Any]:
    """What the form begins with."""
    initial: dict[str, Any] = {"start_year": start_year}
    for season, days in zip(("autumn", "spring"), terms.proposed(start_year), strict=False):
        initial |= {f"{season}_first_on": days.first_on, f"{season}_last_on": days.last_on}
    return initial


@access(roles=terms.KEEPERS, methods=("GET", "POST"), audit="change")
def term_edit(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """The days of a term that isn't over, with its examination weeks and breaks."""
    term = Term.objects.filter(code=code).first()
    if term is None:
        raise Http404("没有这个学期")
    data = request.POST or None
    form = forms.TermForm(data, initial={"first_on": term.first_on, "last_on": term.last_on})
    rows = forms.PeriodFormSet(data, prefix="period", initial=forms.initial_periods(term))
    effects: list[term_effects.Effect] = []
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            terms.change(
                term_id=term.pk,
                days=form.days("first_on", "last_on"),
                periods=rows.periods(),
                actor=request.user,
                version=posted_version(request),
                moves_covered=form.moves_covered,
            )
        except term_effects.Touches as touches:
            effects = touches.effects
            form.ask_of_covered(str(touches))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{term.short_title}已保存")
            return redirect("terms")
    context = {"form": form, "rows": rows, "term": term, "faulty": [form, rows], "effects": effects}
    return render(request, "policy/term_form.html", context)
