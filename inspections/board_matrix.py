"""条目情况表: what is known of each unit under each rule in a term, and what one cell of it rests on.

The marks are the report's own (``reports.records``). One page of units is read at a time, so that a county of
a thousand units costs what one of fifty does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import QueryDict

from inspections.board import GROUPS
from inspections.filters.matrix import MatrixFilter
from inspections.models import Problem, RectificationTask, SelfCheck, Submission, VisitFinding
from inspections.reports.counting import KNOWN_MARKS, share_of_marks
from inspections.reports.data import RuleLine, Share
from inspections.reports.records import (
    MARK_GLYPHS,
    MARK_WORDS,
    Book,
    Records,
    carried_into,
    offices_of,
    units_of,
    visit_day,
)
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import CheckItem, Term
from shuangjian.policy.selectors import current_term

PAGE_SIZE = 50
_CLASSES = {"ok": "y", "partial": "m", "bad": "x"}  # of static/css/board.css


def term_from(query: QueryDict) -> Term | None:
    """The term that the address names, else the current one."""
    code = query.get("term", "")
    named = Term.objects.filter(code=code).first() if code and code.isprintable() else None
    return named or current_term()


# --- The table ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One unit under one rule; ``span`` rules where they are not this unit's."""

    mark: str
    number: int = 0
    span: int = 1
    on_site: bool = False
    is_overdue: bool = False

    @property
    def glyph(self) -> str:
        return MARK_GLYPHS.get(self.mark, "")

    @property
    def is_known(self) -> bool:
        """Is there anything to open?"""
        return self.mark in KNOWN_MARKS or self.is_overdue

    @property
    def is_out(self) -> bool:
        """Not this unit's, and nothing of it is late."""
        return self.mark == "out" and not self.is_overdue

    @property
    def classes(self) -> str:
        """How the cell is coloured; not said in the template, through which a thousand cells run."""
        return _CLASSES.get(self.mark, "u") + (" late" if self.is_overdue else "")

    @property
    def words(self) -> str:
        """「不符合，现场看到，有逾期问题」: the cell for those who hear it."""
        said = [MARK_WORDS[self.mark]]
        if self.mark in KNOWN_MARKS:
            said.append("到校查过" if self.on_site else "单位自报")
        if self.is_overdue:
            said.append("有逾期问题")
        return "，".join(said)


@dataclass(frozen=True)
class Row:
    """One unit: its cells, 符合 of all that is known, its open problems."""

    unit: Organisation
    cells: list[Cell]
    met: Share
    unknown: int

    @property
    def open_problems(self) -> int:
        count: int = self.unit.open_problems  # type: ignore[attr-defined]  # by with_open_problems
        return count


@dataclass(frozen=True)
class Matrix:
    """One page of the table."""

    term: Term
    rules: list[RuleLine]
    rows: list[Row]
    page: Page[Organisation]
    filter: MatrixFilter


def matrix_of(user: User, query: QueryDict, term: Term, request: Any = None) -> Matrix:
    """The page of the table that the address asks for, within the person's scope."""
    units = units_of(term).visible_to(user)
    chosen = MatrixFilter(query, queryset=units, request=request, term=term)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(query.get("page"))
    shown = list(page.object_list)
    book = Book.of(term)
    records = Records.of(term, shown, clock.now(), book)
    kinds = {unit.kind for unit in shown} or set(GROUPS)
    rules = [rule for rule in book.rules if rule.group in GROUPS and rule.group in kinds]
    late = _overdue(user, shown, term)
    rows = [_row(unit, records, rules, late.get(unit.pk, frozenset())) for unit in shown]
    return Matrix(term, rules, rows, page, chosen)


def _overdue(user: User, units: Iterable[Organisation], term: Term) -> dict[int, set[int]]:
    """By unit the rules with an open problem past its date, found in the term or before it."""
    found: dict[int, set[int]] = {}
    tasks = RectificationTask.objects.visible_to(user).overdue()
    places = tasks.filter(problem__organisation__in=units, problem__found_on__lte=term.last_on)
    for unit, rule in places.order_by().values_list("problem__organisation", "problem__rule__number"):
        found.setdefault(unit, set()).add(rule)
    return found


def _row(unit: Organisation, records: Records, rules: Sequence[RuleLine], late: Iterable[int]) -> Row:
    marks, seen = records.marks_by_rule(unit), records.rules_seen(unit)
    cells = [
        Cell(marks[rule.number], rule.number, on_site=rule.number in seen, is_overdue=rule.number in late)
        for rule in rules
    ]
    return Row(
        unit=unit,
        cells=list(_runs(cells)),
        met=share_of_marks(cell.mark for cell in cells),
        unknown=sum(cell.mark == "none" for cell in cells),
    )


def _runs(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Neighbours that are not the unit's own become one cell."""
    span = 0
    for cell in cells:
        if cell.is_out:
            span += 1
            continue
        if span:
            yield Cell("out", span=span)
            span = 0
        yield cell
    if span:
        yield Cell("out", span=span)


# --- The county's own rules ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class CountyLine:
    """One of the county's own rules: the office that answers it, its mark, its self-check of the term.

    A rule that changed hands within the term has a line for each office that was asked.
    """

    rule: RuleLine
    office: Organisation | None
    cell: Cell
    check: SelfCheck | None
    open_problems: int


def county_lines(user: User, term: Term) -> list[CountyLine]:
    """第22至30条 with their offices, in order; a rule that nobody answers has a line as well."""
    book = Book.of(term)
    offices = list(offices_of(term).visible_to(user))
    records = Records.of(term, offices, clock.now(), book)
    marks = {office.pk: records.marks_by_rule(office) for office in offices}
    checks = {check.organisation_id: check for check in reversed(records.checks)}
    late = _overdue(user, offices, term)
    still_open = _open_by_rule(user, offices)
    lines: list[CountyLine] = []
    for rule in book.rules:
        if rule.group != "government":
            continue
        number = rule.number
        own = [
            CountyLine(
                rule,
                office,
                Cell(marks[office.pk][number], number, is_overdue=number in late.get(office.pk, ())),
                checks.get(office.pk),
                still_open.get((office.pk, number), 0),
            )
            for office in offices
        ]
        found = [line for line in own if line.cell.mark != "out" or line.open_problems]
        lines += found or [CountyLine(rule, None, Cell("none", number), None, 0)]
    return lines


def _open_by_rule(user: User, offices: Iterable[Organisation]) -> dict[tuple[int, int], int]:
    tasks = RectificationTask.objects.visible_to(user).open().filter(problem__organisation__in=offices)
    counts = tasks.order_by().values_list("problem__organisation", "problem__rule__number")
    return {(unit, rule): count for unit, rule, count in counts.annotate(count=Count("pk"))}


# --- One cell -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What the unit last submitted on an item."""

    value: str
    words: str
    figures: list[str]
    check_no: str
    on: date


@dataclass(frozen=True)
class Seen:
    """What was seen of an item on one visit."""

    value: str
    words: str
    visit_no: str
    on: date


@dataclass(frozen=True)
class ItemChain:
    """One item: what was said of it and what was seen."""

    item: CheckItem
    said: Said | None = None
    seen: list[Seen] = field(default_factory=list)


@dataclass(frozen=True)
class Chain:
    """All that a cell rests on; ``problems`` of the term and those carried into it, each with its rounds."""

    cell: Cell
    rule: RuleLine
    items: list[ItemChain]
    problems: list[Problem]


def chain_of(unit: Organisation, number: int, term: Term, user: User) -> Chain | None:
    """Answers, visits and problems behind one cell; None for a number that is no rule."""
    now = clock.now()
    book = Book.of(term)
    rule = next((rule for rule in book.rules if rule.number == number), None)
    if rule is None:
        return None
    records = Records.of(term, [unit], now, book)
    late = _overdue(user, [unit], term).get(unit.pk, set())
    mark = records.marks_by_rule(unit)[number]
    problems = [*carried_into(term, now, unit), *records.problems]
    return Chain(
        cell=Cell(mark, number, on_site=number in records.rules_seen(unit), is_overdue=number in late),
        rule=rule,
        items=_items(unit, number, term, records),
        problems=[problem for problem in problems if problem.rule.number == number],
    )


def _items(unit: Organisation, number: int, term: Term, records: Records) -> list[ItemChain]:
    said, seen = _said(unit, term), _seen(records, number)
    return [
        ItemChain(item, said.get(item.code), seen.get(item.code, []))
        for item in records.book.items
        if item.rule.number == number and (item.code in said or item.code in seen)
    ]


def _said(unit: Organisation, term: Term) -> dict[str, Said]:
    rows = Submission.objects.filter(self_check__round__term=term, self_check__organisation=unit)
    found: dict[str, Said] = {}
    for row in rows.select_related("self_check").order_by(
        "self_check__round__due_on", "self_check", "ordinal"
    ):
        for code, answer in row.answers.items():
            found[code] = Said(
                value=answer.get("value", ""),
                words=answer.get("problem_text") or answer.get("reason") or "",
                figures=[one["words"] for one in answer.get("figures", []) if one.get("words")],
                check_no=row.self_check.no,
                on=clock.local_day(row.submitted_at),
            )
    return found


def _seen(records: Records, number: int) -> dict[str, list[Seen]]:
    visits = {visit.pk: visit for visit in records.visits}
    rows = VisitFinding.objects.filter(visit__in=visits, item__rule__number=number).exclude(value="")
    found: dict[str, list[Seen]] = {}
    for row in rows.select_related("item"):
        visit = visits[row.visit_id]
        one = Seen(row.value, row.text, visit.no, visit_day(visit))
        found.setdefault(row.item.code, []).append(one)
    return found
