"""The list of problems: one row a problem, its last round of rectification."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import QueryDict

from inspections.models import Problem, RectificationTask
from inspections.querysets import PUT_RIGHT_STATES, RESTING_STATES, is_open, is_running
from inspections.reports.records import of_term
from shuangjian import clock
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of
from shuangjian.policy.models import Rule, Term
from shuangjian.policy.selectors import rules_in_force

SOON_DAYS = 7


def _rules(request: Any) -> QuerySet[Rule]:
    return rules_in_force()


class ProblemFilter(ListFilter):
    """Problems by words, rule and state, by what they break and the term in which they were registered."""

    texts = (
        "problem__no",
        "problem__old_no",
        "problem__superior_no",
        "close_no",
        "problem__organisation__name",
    )
    sounds = "problem__organisation__pinyin_key"

    rule = django_filters.ModelChoiceFilter(
        label="条目",
        method="by_rule",
        to_field_name="number",
        queryset=_rules,
        empty_label="全部条目",
    )
    state = django_filters.ChoiceFilter(
        label="状态", choices=RectificationTask.State.choices, empty_label="全部状态"
    )
    severity = django_filters.ChoiceFilter(
        label="性质",
        field_name="problem__severity",
        choices=Problem.Severity.choices,
        empty_label="全部性质",
    )
    term = django_filters.ModelChoiceFilter(
        label="学期",
        method="by_term",
        to_field_name="code",
        queryset=Term.objects.order_by("-first_on"),
        empty_label="全部学期",
    )

    class Meta:
        model = RectificationTask
        fields = ["q", "rule", "state", "severity", "term"]

    def by_rule(self, queryset: QuerySet[Any], name: str, value: Rule) -> QuerySet[Any]:
        """The rule by its number: a problem keeps the rulebook version under which it was found."""
        return queryset.filter(problem__rule__number=value.number)

    def by_term(self, queryset: QuerySet[Any], name: str, value: Term) -> QuerySet[Any]:
        """The problems of the term as a report counts them: one that names none belongs to it by its day."""
        return queryset.filter(of_term(value, "found_on", of="problem__"))


def conditions() -> dict[str, tuple[str, Q]]:
    """What the tabs of problems stand for: the same words everywhere that problems are counted."""
    today = clock.today()
    return {
        "open": ("未销号", is_open()),
        "overdue": ("逾期", is_running() & Q(due_on__lt=today)),
        "soon": (
            f"{SOON_DAYS}天内到期",
            is_running() & Q(due_on__gte=today, due_on__lte=today + timedelta(days=SOON_DAYS)),
        ),
        "review": ("计划待审", Q(state="plan_review")),
        "verify": ("待核查", Q(state="verifying")),
        "close": ("待销号", Q(state="verified")),
        "resting": ("挂账和移交", Q(state__in=RESTING_STATES)),
        "closed": ("已销号", Q(state__in=PUT_RIGHT_STATES)),
        "all": ("全部", Q()),
    }


def problem_tabs(queryset: Any, query: QueryDict) -> Tabs:
    """Open, overdue, due within a week, waiting for the county, closed, all: each count equals its list."""
    return tabs_of(queryset, query, conditions(), default="open")
