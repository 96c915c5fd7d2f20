"""The working calendar as settings: years and versions, the county's own days, a whole year by its notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.dates import cn_weekday
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar, forms
from shuangjian.policy.models import CalendarEdition
from shuangjian.policy.views_settings import READERS
from shuangjian.policy.workflows import days


@dataclass(frozen=True)
class Run:
    """Days in a row that are worked or not alike, under one name."""

    first_on: date
    last_on: date
    works: bool
    name: str
    is_local: bool

    @property
    def count(self) -> int:
        return (self.last_on - self.first_on).days + 1

    @property
    def words(self) -> str:
        """10月1日（星期四）至10月7日（星期三）"""
        first = cn_weekday(self.first_on)
        return first if self.count == 1 else f"{first}至{cn_weekday(self.last_on)}"


def runs_of(edition: CalendarEdition) -> list[Run]:
    """What an edition says, day after day joined into runs, in order of time."""
    listed = []
    for at, (iso, day) in enumerate(sorted(edition.days.items())):
        on = date.fromisoformat(iso)
        alike = (on - timedelta(days=at), day["works"], day["name"], iso in edition.local)
        listed.append((alike, on))
    return [
        Run(run[0][1], run[-1][1], works, name, is_local)
        for (_, works, name, is_local), run in (
            (alike, list(group)) for alike, group in groupby(listed, key=lambda one: one[0])
        )
    ]


def _year(year: int) -> int:
    if year not in days.years():
        raise Http404("日历没有这一年")
    return year


@access(roles=READERS)
def calendar_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The years of the calendar with where their days come from, newest first."""
    known = {edition.year: edition for edition in calendar.editions_in_force()}
    rows = [(year, known.get(year)) for year in reversed(days.years())]
    return render(request, "policy/calendar.html", {"years": rows})


@access(roles=READERS)
def calendar_year(request: AuthenticatedHttpRequest, year: int) -> HttpResponse:
    """One year: its days off and days worked, and every version with its reason; ``?version=`` shows one."""
    editions = list(CalendarEdition.objects.filter(year=_year(year)).select_related("made_by"))
    asked = request.GET.get("version", "")
    shown = next((one for one in editions if str(one.ordinal) == asked), None) or next(iter(editions), None)
    context = {
        "year": year,
        "editions": editions,
        "shown": shown,
        "is_newest": not editions or shown == editions[0],
        "runs": runs_of(shown) if shown is not None else [],
        "may_change": request.user.has_role(*days.KEEPERS),
    }
    return render(request, "policy/calendar_year.html", context)


@access(roles=days.KEEPERS, methods=("GET", "POST"), audit="change")
def calendar_days(request: AuthenticatedHttpRequest, year: int) -> HttpResponse:
    """The county's own days: a closure, a typhoon day, a day made up for, or back to the country's."""
    form = forms.LocalDaysForm(request.POST or None, year=_year(year))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            edition = days.set_local_days(
                span=days.Span(first_on=said["first_on"], last_on=said["last_on"]),
                works=forms.LocalDaysForm.WORKS[said["kind"]],
                name=said["name"],
                reason=said["reason"],
                actor=request.user,
                version=posted_version(request),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已保存为{edition}。以后计算的期限按新日历，已经定下的期限不变")
            return redirect("calendar-year", year=edition.year)
    return _form_page(request, form, year, "登记本县的放假、上班", "保存")


@access(roles=days.KEEPERS, methods=("GET", "POST"), audit="change")
def calendar_whole(request: AuthenticatedHttpRequest, year: int) -> HttpResponse:
    """A whole year from the words of the notice."""
    form = forms.WholeYearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            edition = days.enter_year(
                year=_year(year), actor=request.user, version=posted_version(request), **form.cleaned_data
            )
        except Refused as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, f"已录入{year}年，{_summary(edition)}。请与通知核对")
            return redirect("calendar-year", year=year)
    return _form_page(request, form, _year(year), f"录入{year}年全年放假安排", "录入")


def _summary(edition: CalendarEdition) -> str:
    worked = sum(day["works"] for day in edition.national.values())
    return f"放假{len(edition.national) - worked}天，调休上班{worked}天"


def _form_page(
    request: AuthenticatedHttpRequest, form: Any, year: int, heading: str, label: str
) -> HttpResponse:
    guard = days.in_force(year) or CalendarEdition(year=year, ordinal=0)
    context = {"form": form, "year": year, "heading": heading, "label": label, "guard": guard}
    return render(request, "policy/calendar_form.html", context)
