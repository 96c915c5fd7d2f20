"""The ledger (台账): all problems of a person's scope as one list to find and to act on.

A view over problems, never a table of its own. What stands on the page, on paper and in the workbook is read
here, through the person's own scope, from the same address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import QueryDict

from inspections.filters import LedgerFilter, problem_tabs
from inspections.filters.problems import conditions
from inspections.models import Problem, RectificationTask
from inspections.querysets import is_open, is_running
from shuangjian import clock
from shuangjian.accounts.list_filters import Tabs
from shuangjian.accounts.models import User

MOST_PICKED = 200  # one by one; more are chosen by the filter
SORTS = {
    "due": ("期限", ("due_on", "problem__no")),
    "no": ("编号", ("problem__no",)),
    "unit": ("单位", ("problem__organisation__pinyin_key", "problem__no")),
    "rule": ("条目", ("problem__rule__number", "due_on", "problem__no")),
}
_SHOWN = ("problem__organisation__area", "problem__rule", "problem__prohibition", "overseer")
_WRITTEN = (
    "problem__organisation__township",
    "problem__item",
    "problem__found_by",
    "problem__term",
    "verified_by",
    "closed_by",
)


@dataclass(frozen=True)
class Selection:
    """What is selected, as the address says it: numbers one by one, the page, or all of the filter.

    ``left_out``: how many were picked beyond what can be picked one by one; the page says so.
    """

    picks: tuple[str, ...]
    how: str
    left_out: int = 0

    @classmethod
    def of(cls, query: QueryDict) -> Selection:
        how = query.get("select", "")
        numbers = dict.fromkeys(no for no in query.getlist("no") if no and "\x00" not in no)
        left_out = max(len(numbers) - MOST_PICKED, 0)
        return cls(tuple(numbers)[:MOST_PICKED], how if how in ("page", "all") else "", left_out)

    @property
    def is_whole(self) -> bool:
        """Everything that the filter finds, on all pages."""
        return self.how == "all"

    @property
    def is_page(self) -> bool:
        return self.how == "page"

    @property
    def is_empty(self) -> bool:
        return not self.picks and not self.is_whole


@dataclass(frozen=True)
class Ledger:
    """The ledger as one address shows it to one person. ``query`` is the view without its selection."""

    user: User
    query: QueryDict
    filter: LedgerFilter
    tabs: Tabs
    sort: str
    selection: Selection

    @property
    def rows(self) -> QuerySet[RectificationTask]:
        """The rows of the chosen tab in order, with what a line shows."""
        return with_line(self.tabs.queryset, self.sort)

    @property
    def count(self) -> int:
        """How many rows the chosen tab holds."""
        return next(tab.count for tab in self.tabs.tabs if tab.is_current)

    @property
    def words(self) -> str:
        """What was asked for, in words: 「逾期；条目：第4条 严控书面作业总量」."""
        return "；".join(filter(None, [self.tabs.label, self.filter.words]))

    @property
    def address(self) -> str:
        """The view as a query string: filter, tab and order."""
        return self.query.urlencode()

    @property
    def asked(self) -> str:
        """The address again, without what says nothing: empty fields, names that the ledger doesn't know."""
        known = [*self.filter.filters, "tab", "sort"]
        kept = QueryDict(mutable=True)
        for name in known:
            if value := self.query.get(name):
                kept[name] = value
        kept["tab"] = self.tabs.current
        return kept.urlencode()

    @property
    def selected_words(self) -> str:
        """What is selected, in words: the filter, or how many were picked one by one."""
        if self.selection.is_whole or self.selection.is_empty:
            return self.words
        return f"逐条选中{len(self.selection.picks)}条"

    @property
    def address_with_selection(self) -> str:
        """The view and what is selected in it as a query string."""
        whole = self.query.copy()
        if self.selection.is_whole:
            whole["select"] = "all"
        elif self.selection.picks:
            whole.setlist("no", list(self.selection.picks))
        return whole.urlencode()

    def chosen(self) -> QuerySet[RectificationTask]:
        """The rows picked one by one wherever they stand, else all that the view holds."""
        if self.selection.is_whole or self.selection.is_empty:
            return self.rows
        return with_line(visible_rows(self.user).filter(problem__no__in=self.selection.picks), self.sort)


def read(user: User, query: QueryDict) -> Ledger:
    """The ledger of ``user`` as the address ``query`` asks for it."""
    view = query.copy()
    for gone in ("no", "select", "page", "_key", "csrfmiddlewaretoken"):
        view.pop(gone, None)
    chosen = LedgerFilter(view, queryset=visible_rows(user))
    sort = view.get("sort", "")
    return Ledger(
        user=user,
        query=view,
        filter=chosen,
        tabs=problem_tabs(chosen.qs, view),
        sort=sort if sort in SORTS else "",
        selection=Selection.of(query),
    )


def words_of(query: QueryDict) -> str:
    """What an address asks for, in words, without counting anything."""
    tabs = conditions()
    tab = query.get("tab", "")
    label = tabs[tab][0] if tab in tabs else ""
    sort = SORTS.get(query.get("sort", ""))
    chosen = LedgerFilter(query, queryset=RectificationTask.objects.none())
    return "；".join(filter(None, [label, chosen.words, f"按{sort[0]}排列" if sort else ""]))


def visible_rows(user: User) -> QuerySet[RectificationTask]:
    """One row a problem, its last round, of the problems that exist for ``user``."""
    return RectificationTask.objects.visible_to(user).latest_rounds()


def with_line(rows: QuerySet[RectificationTask], sort: str = "") -> QuerySet[RectificationTask]:
    """Rows in order with what a line of the page shows."""
    return in_order(rows, sort).select_related(*_SHOWN).prefetch_related("measures")


def with_everything(rows: QuerySet[RectificationTask]) -> QuerySet[RectificationTask]:
    """Rows of ``with_line`` with what a line of paper or workbook tells besides."""
    return rows.select_related(*_SHOWN, *_WRITTEN).prefetch_related("measures", "extensions")


def in_order(rows: Any, sort: str = "") -> QuerySet[RectificationTask]:
    """Overdue longest first, then red lines, then the rest by date, closed ones last; or as asked for."""
    if sort in SORTS:
        return rows.order_by(*SORTS[sort][1])
    rank = Case(
        When(is_running() & Q(due_on__lt=clock.today()), then=Value(0)),
        When(is_open() & Q(problem__severity=Problem.Severity.CRITICAL), then=Value(1)),
        When(is_open(), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return rows.order_by(rank, F("closed_at").desc(nulls_first=True), "due_on", "problem__no")


def person_of(task: RectificationTask) -> str:
    """责任人 of the unit by its plan in force; empty before there is one. Reads prefetched measures."""
    return "、".join(dict.fromkeys(measure.person for measure in task.measures_in_force))


def days_late(task: RectificationTask) -> int | None:
    """By how many days an open case has passed its date; None where it has not, or is closed."""
    late = (clock.today() - task.due_on).days
    return late if task.is_late else None
