"""工作看板 and 一页纸: the county's work in few numbers, each with the address of the list behind it.

A number is the count of the list that it opens, taken through that list's own filter and tabs, so it cannot
differ from it. What a report counts too (rectification, coverage, rules with problems) is counted by the
report's definitions. Everything within the person's scope, in a number of queries that does not grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.db.models.functions import TruncDate
from django.http import QueryDict
from django.urls import reverse

from inspections import ledger
from inspections.filters import CheckFilter, LedgerFilter, check_tabs
from inspections.models import Problem, RectificationTask, SelfCheck, Visit
from inspections.querysets import UNCOUNTED_STATES, is_running
from inspections.reports import counting
from inspections.reports.data import Share
from inspections.reports.records import of_term, past_problems, units_of, withdrawn_at
from shuangjian import clock, navigation
from shuangjian.accounts.models import User
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term

WEEK = timedelta(days=7)
MOST_URGENT = 8
MOST_BARS = 10
GROUPS = ("school", "institution")  # whose rules 条目情况表 has columns for
BASIC_RULES = (4, 5, 6)  # P24, goal 3: homework, examinations


@dataclass(frozen=True)
class Number:
    """One number of the board and the list that it opens; ``presses`` where it calls for action."""

    label: str
    value: int
    measure: str
    url: str
    presses: bool = False


@dataclass(frozen=True)
class RuleCount:
    """The problems registered in the term under one rule."""

    number: int
    title: str
    group: str
    count: int
    units: int
    forbidden: int
    red_lines: int
    still_open: int

    @property
    def weight(self) -> tuple[int, ...]:
        return counting.weight(
            red_lines=self.red_lines,
            forbidden=self.forbidden,
            count=self.count,
            units=self.units,
            number=self.number,
        )


class _Dates(NamedTuple):
    """What ``counting.rectification`` looks at."""

    due_on: date
    closed_on: date | None
    resting: str


@dataclass(frozen=True)
class TermFigures:
    """How far the term's work has come, by the report's definitions."""

    rectification: counting.Rectification
    coverage: Share  # units visited of all units of the term
    self_checked: Share  # units whose self-check is submitted of those that had one to submit
    basics: Share  # units with an open problem under 第4至6条, of all


@dataclass(frozen=True)
class Week:
    """What the last seven days brought."""

    since: date
    found: int
    closed: int
    became_overdue: int


# --- The five numbers ---------------------------------------------------------------------------------------


Scope = Mapping[str, str]  # what the board is narrowed to, as a part of an address (``BoardFilter.asked``)


def five_numbers(user: User, scope: Scope | None = None, *, mine: bool = True) -> list[Number]:
    """Overdue, due within a week, red lines, what waits for review, self-checks not submitted.

    ``mine``: the fourth is what waits for this person's decision, wherever it comes from; on paper, which
    others read, and where the board is narrowed, it is the self-checks to review.
    """
    scope = scope or {}
    problems = _problem_counts(user, **scope)
    red_line = {**scope, "severity": Problem.Severity.CRITICAL.value}
    red_lines = _problem_counts(user, **red_line)
    checks = _check_counts(user, **scope)
    if mine and not scope:
        review = Number("待我审核", navigation.badge("reviews", user), "件", reverse("reviews"))
    else:
        review = Number("自查待审核", checks["review"], "份", _checks(tab="review", **scope))
    return [
        Number("逾期未销号", problems["overdue"], "个问题", _problems(tab="overdue", **scope), presses=True),
        Number("7天内到期", problems["soon"], "个问题", _problems(tab="soon", **scope)),
        Number("红线未销号", red_lines["open"], "个问题", _problems(tab="open", **red_line), presses=True),
        review,
        Number("自查未提交", checks["open"], "份", _checks(tab="open", **scope)),
    ]


def _problems(**query: str) -> str:
    return _address("ledger", **query)


def _checks(**query: str) -> str:
    return _address("checks", **query)


def _address(url_name: str, **query: str) -> str:
    return f"{reverse(url_name)}?{urlencode(query)}"


def _asked(query: Scope) -> QueryDict:
    asked = QueryDict(mutable=True)
    asked.update(query)
    return asked


def _problem_counts(user: User, **query: str) -> dict[str, int]:
    """The counts of the tabs of the ledger under this query."""
    return {tab.key: tab.count for tab in ledger.read(user, _asked(query)).tabs.tabs}


def _check_counts(user: User, **query: str) -> dict[str, int]:
    asked = _asked(query)
    chosen = CheckFilter(asked, queryset=SelfCheck.objects.visible_to(user))
    return {tab.key: tab.count for tab in check_tabs(chosen.qs, asked).tabs}


# --- Overdue first, the last week ---------------------------------------------------------------------------


def urgent(user: User, scope: Scope | None = None, most: int = MOST_URGENT) -> Sequence[RectificationTask]:
    """The problems longest overdue, of what the ledger shows under ``scope``."""
    overdue = LedgerFilter(_asked(scope or {}), queryset=ledger.visible_rows(user)).qs.overdue()
    return list(
        overdue.select_related("problem__organisation", "problem__rule", "problem__prohibition").order_by(
            "due_on", "problem__no"
        )[:most]
    )


def last_week(user: User) -> Week:
    """Registered, closed and newly overdue (and still so) in the seven days before today, today included."""
    since = clock.today() - WEEK
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - WEEK
    tasks = RectificationTask.objects.visible_to(user)
    counts = tasks.aggregate(
        closed=Count("pk", filter=Q(state="closed", closed_at__gte=midnight)),
        became_overdue=Count("pk", filter=is_running() & Q(due_on__gte=since, due_on__lt=clock.today())),
    )
    found = Problem.objects.visible_to(user).filter(registered_at__gte=midnight, import_row=None).count()
    return Week(since=since, found=found, **counts)


# --- The term, by the report's definitions ------------------------------------------------------------------


def problems_by_rule(user: User, term: Term, units: Any = None) -> list[RuleCount]:
    """The rules with problems in the term, heaviest first as in the report; ``units``: only at these."""
    still_open = RectificationTask.objects.filter(problem=OuterRef("pk")).open()
    at = Q() if units is None else Q(organisation__in=units)
    rows = (
        Problem.objects.visible_to(user)
        .filter(at, of_term(term, "found_on"))
        .exclude(pk__in=withdrawn_at(clock.now()))
        .exclude(pk__in=past_problems())
        .annotate(is_open=Exists(still_open))
        .order_by()
        .values(number=F("rule__number"))
        .annotate(
            title=Max("rule__title"),
            group=Max("rule__group"),
            count=Count("pk"),
            units=Count("organisation", distinct=True),
            forbidden=Count("pk", filter=Q(prohibition__isnull=False)),
            red_lines=Count("pk", filter=Q(severity=Problem.Severity.CRITICAL)),
            still_open=Count("pk", filter=Q(is_open=True)),
        )
    )
    return sorted((RuleCount(**row) for row in rows), key=lambda row: row.weight)


def term_figures(user: User, term: Term) -> TermFigures:
    """How far the term's work has come today."""
    now = clock.now()
    groups = (
        RectificationTask.objects.visible_to(user)
        .latest_rounds()
        .filter(of_term(term, "found_on", of="problem__"))
        .exclude(state__in=UNCOUNTED_STATES)
        .order_by()
        .values_list("due_on", TruncDate("closed_at"), "state")
        .annotate(count=Count("pk"))
    )
    return TermFigures(
        rectification=counting.rectification_of(
            ((_Dates(due_on, closed_on, state), count) for due_on, closed_on, state, count in groups),
            clock.today(),
        ),
        **_unit_shares(user, term, now),
    )


def _unit_shares(user: User, term: Term, now: Any) -> dict[str, Share]:
    of_unit: dict[str, Any] = {"organisation": OuterRef("pk")}
    checks = SelfCheck.objects.filter(round__term=term, **of_unit)
    done = (SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED)
    visits = Visit.objects.filter(
        of_term(term, "planned_on"), state=Visit.State.CONFIRMED, confirmed_at__lte=now, **of_unit
    )
    basics = RectificationTask.objects.open().filter(
        problem__organisation=OuterRef("pk"), problem__rule__number__in=BASIC_RULES
    )
    units = (
        units_of(term)
        .visible_to(user)
        .annotate(
            was_visited=Exists(visits),
            had_check=Exists(checks.exclude(state=SelfCheck.State.ENDED)),
            has_submitted=Exists(checks.filter(state__in=done)),
            lacks_basics=Exists(basics),
        )
        .aggregate(
            all=Count("pk"),
            visited=Count("pk", filter=Q(was_visited=True)),
            due=Count("pk", filter=Q(had_check=True)),
            submitted=Count("pk", filter=Q(has_submitted=True)),
            basics=Count("pk", filter=Q(lacks_basics=True)),
        )
    )
    return {
        "coverage": Share(units["visited"], units["all"]),
        "self_checked": Share(units["submitted"], units["due"]),
        "basics": Share(units["basics"], units["all"]),
    }


def bars_of(rules: Sequence[RuleCount], term: Term, scope: Scope | None = None) -> list[dict[str, Any]]:
    """The chart of the rules, most units first: each bar opens those units in the table."""
    widest = sorted(rules, key=lambda rule: (-rule.units, -rule.count, rule.number))
    return [
        {
            "label": f"第{rule.number}条 {rule.title}{'（红线）' if rule.red_lines else ''}",
            "value": rule.units,
            "url": links_of(rule, term, scope).units,
            "over": rule.red_lines > 0,
        }
        for rule in widest[:MOST_BARS]
    ]


ON_ONE_PAGE = 5  # of the worst cases on the leader's page
RULES_ON_ONE_PAGE = 3


@dataclass(frozen=True)
class OnePage:
    """一页纸: what the leader reads, on the screen and on paper."""

    term: Term | None
    numbers: Sequence[Number]
    week: Week
    urgent: Sequence[RectificationTask]
    rules: Sequence[RuleCount]
    figures: TermFigures | None


def one_page(user: User) -> OnePage:
    """The leader's brief as of now; without a term no rules and no progress."""
    term = current_term()
    return OnePage(
        term=term,
        numbers=five_numbers(user, mine=False),
        week=last_week(user),
        urgent=urgent(user, most=ON_ONE_PAGE),
        rules=problems_by_rule(user, term)[:RULES_ON_ONE_PAGE] if term else [],
        figures=term_figures(user, term) if term else None,
    )


class Links(NamedTuple):
    """The lists behind the counts of one rule; no units where the table has no column for the rule."""

    units: str
    problems: str
    still_open: str


def links_of(rule: RuleCount, term: Term, scope: Scope | None = None) -> Links:
    asked = {**(scope or {}), "rule": str(rule.number), "term": term.code}
    return Links(
        units=_address("board-table", **asked) if rule.group in GROUPS else "",
        problems=_problems(tab="all", **asked),
        still_open=_problems(tab="open", **asked),
    )
