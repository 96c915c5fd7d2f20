"""The ledger: the list with its filter, and the same list on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from inspections import ledger
from inspections.models import RectificationTask
from inspections.views.problems import REGISTRARS
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES

PAGE_SIZE = 50
MOST_ON_PAPER = 500


@dataclass(frozen=True)
class Heading:
    """A column that can be sorted by: its words, the address sorted by it, and whether it is."""

    label: str
    url: str
    is_current: bool


def _headings(book: ledger.Ledger) -> dict[str, Heading]:
    """The sortable columns. A second click gives back the order of the ledger itself."""
    found = {}
    for key, (label, _) in ledger.SORTS.items():
        link = book.query.copy()
        link.pop("sort", None)
        if key != book.sort:
            link["sort"] = key
        found[key] = Heading(label, f"?{link.urlencode()}", key == book.sort)
    return found


@access(roles=COUNTY_ROLES, scope="list")
def ledger_page(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All problems of the person's scope: overdue first, then red lines, then the rest."""
    book = ledger.read(request.user, request.GET)
    paginator = Paginator(book.rows, PAGE_SIZE)
    paginator.count = book.count  # counted with the tabs already
    page = paginator.get_page(request.GET.get("page"))
    return render(request, "inspections/ledger.html", _page_context(request, book, page))


def _page_context(request: AuthenticatedHttpRequest, book: ledger.Ledger, page: Any) -> dict[str, Any]:
    tasks: list[RectificationTask] = list(page.object_list)
    here = {task.problem.no for task in tasks}
    selection = book.selection
    elsewhere = [] if selection.is_whole else [no for no in selection.picks if no not in here]
    picked = here if selection.is_whole or selection.is_page else here & set(selection.picks)
    return {
        "book": book,
        "page_obj": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "lines": [(task, ledger.person_of(task), task.problem.no in picked) for task in tasks],
        "headings": _headings(book),
        "kept": [(name, value) for name, values in book.query.lists() for value in values if value],
        "elsewhere": elsewhere,
        "picked_count": book.count if selection.is_whole else len(picked) + len(elsewhere),
        "may_register": request.user.has_role(*REGISTRARS),
    }


@access(roles=COUNTY_ROLES, scope="list", audit="read")
def ledger_print(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What is picked, or the whole list, as a paper: A4 landscape, heading repeated, signed below."""
    book = ledger.read(request.user, request.GET)
    chosen = ledger.with_everything(book.chosen())
    tasks = list(chosen[: MOST_ON_PAPER + 1])
    context = {
        "book": book,
        "lines": [(task, ledger.days_late(task)) for task in tasks[:MOST_ON_PAPER]],
        "is_cut": len(tasks) > MOST_ON_PAPER,
        "most": MOST_ON_PAPER,
    }
    return render(request, "inspections/ledger_print.html", context)
