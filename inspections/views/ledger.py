"""The ledger: the list with its filter, and what is done to many of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections import ledger
from inspections.forms.ledger import FORMS
from inspections.imports.old_ledger.kind import OLD_LEDGER
from inspections.models import BulkRow, BulkRun, LedgerView, RectificationTask
from inspections.notices import reminder
from inspections.views.problems import REGISTRARS
from inspections.workflows import bulk, oversight
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.journal.errors import Refused, WrongState

PAGE_SIZE = 50
FIRST_ROWS = 5  # of a selection, shown before it is acted upon


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
        "views": LedgerView.objects.visible_to(request.user),
        "kept": [(name, value) for name, values in book.query.lists() for value in values if value],
        "elsewhere": elsewhere,
        "picked_count": book.count if selection.is_whole else len(picked) + len(elsewhere),
        "actions": [(key, bulk.label_of(key)) for key in bulk.ACTIONS if _may(request.user, key)],
        "may_register": request.user.has_role(*REGISTRARS),
        "may_import": OLD_LEDGER.may(request.user),
    }


# --- Many rows at once --------------------------------------------------------------
def _may(user: User, action: str) -> bool:
    """May the person order this for many problems at all? Each row asks for the right to it again."""
    return user.has_role(*bulk.ACTIONS[action].by)


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def ledger_act(request: AuthenticatedHttpRequest, move: str) -> HttpResponse:
    """One thing for all selected rows: first what and to whom, then the order; its page has the results."""
    if move not in bulk.ACTIONS:
        raise Http404(move)
    if not _may(request.user, move):
        raise PermissionDenied(bulk.ACTIONS[move].permission)
    book = ledger.read(request.user, request.GET)
    count = 0 if book.selection.is_empty else book.chosen().count()
    form = FORMS[move](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _as_it_was_seen(request, count)
            run = bulk.order(kind=move, actor=request.user, book=book, arguments=form.arguments())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("ledger-run", pk=run.pk)
    first = list(book.chosen()[:FIRST_ROWS]) if count else []
    context = {
        "book": book,
        "move": move,
        "label": bulk.label_of(move),
        "form": form,
        "count": count,
        "first": first,
        "sample": _sample(first) if move == BulkRun.Kind.REMIND else "",
    }
    return render(request, "inspections/ledger_act.html", context)


def _as_it_was_seen(request: AuthenticatedHttpRequest, count: int) -> None:
    """What the filter finds may have changed since the page was shown. Raises Refused then."""
    seen = request.POST.get("count", "")
    if seen != str(count):
        raise Refused(f"选中的问题刚才有变化，现在是{count}条，请核对后再办理")


def _sample(tasks: list[RectificationTask]) -> str:
    """The reminder as the first unit that can be reminded will read it."""
    for task in tasks:
        try:
            return reminder(task, *oversight.awaited(task)) if task.is_open else ""
        except WrongState:
            continue
    return ""


@access(roles=COUNTY_ROLES, methods=("GET", "POST"), scope="list", audit="change")
def ledger_export(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What is selected, or the whole view, as a workbook."""
    book = ledger.read(request.user, request.GET)
    if request.method == "POST":
        run = bulk.order_export(actor=request.user, book=book)
        return redirect("ledger-run", pk=run.pk)
    return render(request, "inspections/ledger_export.html", {"book": book, "count": book.chosen().count()})


@access(roles=COUNTY_ROLES, scope="own")
def ledger_run(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """What became of an order: its progress, then each row's result; an export's file."""
    run = get_visible(BulkRun.objects.select_related("job", "stored_file"), request.user, pk=pk)
    counts = bulk.counts_of(run)
    context: dict[str, Any] = {
        "run": run,
        "job": run.job,
        "counts": counts,
        "total": sum(counts.values()),
        "overseer": User.objects.filter(pk=run.arguments.get("overseer", 0)).first(),
    }
    rows = run.rows.select_related("task__problem__organisation", "task__problem__rule")
    page = Paginator(rows.order_by(_refused_first(), "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "inspections/ledger_run.html", {**context, "page_obj": page})


def _refused_first() -> Case:
    outcomes = BulkRow.Outcome
    order = (outcomes.SKIPPED, outcomes.WAITING, outcomes.DONE)
    whens = [When(outcome=outcome, then=Value(at)) for at, outcome in enumerate(order)]
    return Case(*whens, output_field=IntegerField())
