"""What the county's work is measured by, as settings: the versions of the rulebook, the terms."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy import forms, versions
from shuangjian.policy.models import ProhibitionList, Rulebook, SchoolYear, Term
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.workflows import terms

READERS = COUNTY_ROLES | {Role.SYSTEM_ADMIN}


@access(roles=READERS)
def rulebook_versions(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every version of the rulebook and of the prohibitions; ``?old=…&new=…`` says what differs."""
    books = list(versions.versions())
    by_version = {book.version: book for book in books}
    new = by_version.get(request.GET.get("new", "")) or (books[0] if books else None)
    old = by_version.get(request.GET.get("old", "")) or _before(books, new)
    current = current_rulebook()
    context = {
        "books": [(book, _standing(book, current)) for book in books],
        "old": old,
        "new": new,
        "changes": versions.differences(old, new) if old and new and old != new else [],
        "sources": current.sources.order_by("code") if current else [],
        "lists": ProhibitionList.objects.annotate(
            strict=Count("prohibitions", filter=Q(prohibitions__kind="严禁")),
            other=Count("prohibitions", filter=~Q(prohibitions__kind="严禁")),
            unverified=Count("prohibitions", filter=Q(prohibitions__verified=False)),
        ).order_by("code", "-in_force_from"),
    }
    return render(request, "policy/rulebook_versions.html", context)


def _before(books: list[Rulebook], new: Rulebook | None) -> Rulebook | None:
    """The version that ``new`` took the place of."""
    older = books[books.index(new) + 1 :] if new else []
    return older[0] if older else None


def _standing(book: Rulebook, current: Rulebook | None) -> tuple[str, str]:
    """The tag of a version: in force, still to come, superseded."""
    if book == current:
        return "ok", "现行"
    return ("wait", "未施行") if book.in_force_from > clock.today() else ("none", "已被取代")


@access(roles=READERS)
def term_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The terms with their days, newest first."""
    today = clock.today()
    rows = [
        (term, "已结束" if term.last_on < today else "进行中" if term.first_on <= today else "未开始")
        for term in Term.objects.select_related("school_year").order_by("-first_on")
    ]
    context = {
        "terms": rows,
        "may_change": request.user.has_role(*terms.KEEPERS),
        "next_year": SchoolYear(start_year=terms.next_start_year()),
    }
    return render(request, "policy/terms.html", context)


@access(roles=terms.KEEPERS, methods=("GET", "POST"), audit="change")
def term_year_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Enter the next school year from the published calendar."""
    form = forms.YearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            year = terms.add_year(
                autumn=form.days("autumn_first_on", "autumn_last_on"),
                spring=form.days("spring_first_on", "spring_last_on"),
                actor=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已录入{year}")
            return redirect("terms")
    year = SchoolYear(start_year=terms.next_start_year())
    context = {"form": form, "heading": f"录入{year}", "label": "录入学年", "row": None}
    return render(request, "policy/term_form.html", context)


@access(roles=terms.KEEPERS, methods=("GET", "POST"), audit="change")
def term_edit(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Move the first or last day of a term that isn't over."""
    term = Term.objects.filter(code=code).first()
    if term is None:
        raise Http404("没有这个学期")
    form = forms.TermForm(request.POST or None, initial={"first_on": term.first_on, "last_on": term.last_on})
    if request.method == "POST" and form.is_valid():
        try:
            terms.change_days(
                term_id=term.pk,
                days=form.days("first_on", "last_on"),
                actor=request.user,
                version=posted_version(request),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{term.short_title}的日期已保存")
            return redirect("terms")
    context = {"form": form, "heading": f"修改{term.short_title}", "label": "保存日期", "row": term}
    return render(request, "policy/term_form.html", context)
