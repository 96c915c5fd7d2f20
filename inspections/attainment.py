"""达标情况 for its pages: the county rule by rule, one unit with what it still lacks, the plan's date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from inspections.conclusions import DEFINITION
from inspections.models import Attainment, AttainmentCount, Problem
from inspections.reports.data import RuleLine
from inspections.reports.records import Book, Records, carried_into
from inspections.unit_terms import RuleMark, Strip, strip_from
from inspections.workflows.attainment import as_counted
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_plan

GOAL = "G4"  # of the plan: all schools and institutions meet the thirty rules
Mark = Attainment.Mark
_GROUPS = ("school", "institution")


def counted_at(term: Term) -> datetime | None:
    """「数据截至」 of the list; None before the term was counted."""
    return AttainmentCount.objects.filter(term=term).values_list("counted_at", flat=True).first()


def wanted_by() -> date | None:
    """The day by which the plan wants every unit to meet the rules; None where it names none."""
    plan = current_plan()
    by = next((goal.get("by") for goal in plan.goals if goal["code"] == GOAL), None) if plan else None
    return date.fromisoformat(by) if by else None


def frame(term: Term) -> dict[str, Any]:
    """What stands on every page of 达标情况 besides its own content."""
    by = wanted_by()
    return {
        "term": term,
        "wanted_by": by,
        "days_left": (by - clock.today()).days if by is not None else None,
        "definition": DEFINITION,
    }


# --- The county, rule by rule -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleCount:
    """One rule: of how many units it stands how; each number with the address of its list."""

    rule: RuleLine
    counts: list[tuple[str, int, str]]  # (label, number of units, address), in the order of Mark
    total: int
    url: str


def by_rule(rows: Any, term: Term, query: QueryDict) -> list[RuleCount]:
    """The rules of schools and institutions with the standing of ``rows``, an Attainment queryset of the
    term; ``query`` is the address's own filter, which the links keep. One query besides the rulebook's."""
    sql, params = rows.order_by().values("marks").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT one.key, one.value, count(*) FROM ({sql}) AS rows, jsonb_each_text(rows.marks) AS one"  # noqa: S608  (a queryset's own statement)
            " GROUP BY one.key, one.value",
            params,
        )
        found = {(int(key), value): count for key, value, count in cursor.fetchall()}
    kept = {name: query[name] for name in ("kind", "township", "area", "term") if query.get(name)}
    base = reverse("attainment")

    def address(number: int, mark: str = "") -> str:
        asked = {**kept, "rule": number, **({"mark": mark} if mark else {})}
        return f"{base}?{urlencode(asked)}"

    lines = []
    for rule in Book.of(term).rules:
        counts = [
            (str(mark.label), found.get((rule.number, mark.value), 0), address(rule.number, mark))
            for mark in Mark
        ]
        total = sum(count for _, count, _ in counts)
        if rule.group in _GROUPS:
            lines.append(RuleCount(rule, counts, total, address(rule.number)))
    return lines


# --- One unit ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lack:
    """One rule that is not met: how it stands, the problems under it, open ones first."""

    rule: RuleMark
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class UnitAttainment:
    """One unit now: its conclusion, the rules that are met, those that are not, those nobody knows of."""

    row: Attainment
    strip: Strip
    met: list[RuleMark]
    lacking: list[Lack]
    unknown: list[RuleMark]
    others: list[Problem]  # still open under a rule that is none of the unit's


def of_unit(unit: Organisation, term: Term) -> UnitAttainment:
    """The unit as it stands at this moment; the number of queries is always the same."""
    now = clock.now()
    records = Records.of(term, [unit], now, Book.of(term))
    carried = carried_into(term, now, [unit])
    strip, row = strip_from(unit, records), next(as_counted(records, carried, [unit], now))
    own = [*carried, *records.problems]
    by_number: dict[int, list[Problem]] = {}
    for problem in own:
        by_number.setdefault(problem.rule.number, []).append(problem)
    lacking = [
        Lack(rule, _open_first(by_number.get(rule.number, [])))
        for rule in strip.concerned
        if rule.mark in ("bad", "partial") or any(map(_is_open, by_number.get(rule.number, [])))
    ]
    short, concerned = {one.rule.number for one in lacking}, {rule.number for rule in strip.concerned}
    rest = [rule for rule in strip.concerned if rule.number not in short]
    return UnitAttainment(
        row=row,
        strip=strip,
        met=[rule for rule in rest if rule.mark == "ok"],
        lacking=lacking,
        unknown=[rule for rule in rest if rule.mark == "none"],
        others=[one for one in own if _is_open(one) and one.rule.number not in concerned],
    )


def _is_open(problem: Any) -> bool:
    return not problem.rounds or problem.rounds[-1].closed_at is None


def _open_first(problems: Sequence[Any]) -> list[Any]:
    return sorted(problems, key=lambda one: (not _is_open(one), one.no))
