"""What the county's work is measured by, as settings: the versions of the rulebook."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render

from shuangjian import clock
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.policy import versions
from shuangjian.policy.models import ProhibitionList, Rulebook
from shuangjian.policy.selectors import current_rulebook

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
