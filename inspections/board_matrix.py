"""条目情况表: what is known of each unit under each rule in a term, and what one cell of it rests on.

The marks are the report's own (``reports.records``). One page of units is read at a time, so that a county of
a thousand units costs what one of fifty does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import QueryDict

from inspections import board_voices
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
from shuangjian.dates import cn_short
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
    on_site: bool = False
    is_overdue: bool = False
    span: int = 1
    both: tuple[str, str] | None = None  # what the unit says and what was seen, where the two are compared

    @property
    def glyph(self) -> str:
        if self.both is not None and self.mark != "ok":
            return "".join(MARK_GLYPHS[mark] for mark in self.both)
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
        if self.both is not None:
            own, site = (MARK_WORDS[mark] for mark in self.both)
            return "说法一致" if self.mark == "ok" else f"单位自报{own}，到校看到{site}"
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

    @property
    def share_words(self) -> str:
        """What the count beside a unit is: 符合 of what is known, or of what can be compared."""
        return "一致/可比" if self.filter.asked_voice == "gap" else "符合/查清"


def matrix_of(user: User, query: QueryDict, term: Term, request: Any = None) -> Matrix:
    """The page of the table that the address asks for, within the person's scope."""
    units = units_of(term).visible_to(user)
    chosen = MatrixFilter(query, queryset=units, request=request, term=term)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(query.get("page"))
    rules, rows = rows_of(user, list(page.object_list), term, chosen.asked_voice)
    return Matrix(term, rules, rows, page, chosen)


def rows_of(
    user: User, units: Sequence[Organisation], term: Term, voice: str = ""
) -> tuple[list[RuleLine], list[Row]]:
    """The columns and a row for each of ``units``, with its ``open_problems``, by one voice or by all."""
    book = Book.of(term)
    records = Records.of(term, units, clock.now(), book, marks_alone=True)
    kinds = {unit.kind for unit in units} or set(GROUPS)
    rules = [rule for rule in book.rules if rule.group in GROUPS and rule.group in kinds]
    late = {} if voice else _overdue(user, units, term)
    rows = []
    for unit in units:
        marks, seen = records.marks_by_rule(unit), records.rules_seen(unit)
        late_here: Collection[int] = late.get(unit.pk, ())
        cells = [
            Cell(marks[rule.number], rule.number, rule.number in seen, rule.number in late_here)
            for rule in rules
        ]
        rows.append(_row(unit, _voiced(cells, records, unit, voice) if voice else cells))
    return rules, rows


def _overdue(user: User, units: Iterable[Organisation], term: Term) -> dict[int, set[int]]:
    """By unit the rules with an open problem past its date, found in the term or before it."""
    found: dict[int, set[int]] = {}
    tasks = RectificationTask.objects.visible_to(user).overdue()
    places = tasks.filter(problem__organisation__in=units, problem__found_on__lte=term.last_on)
    for unit, rule in places.order_by().values_list("problem__organisation", "problem__rule__number"):
        found.setdefault(unit, set()).add(rule)
    return found


def _voiced(cells: Iterable[Cell], records: Records, unit: Organisation, voice: str) -> Iterator[Cell]:
    """The same cells as one voice fills them; what is out of the unit's scope stays so."""
    both = board_voices.both_said(records, unit) if voice == "gap" else {}
    said = board_voices.marks_said(records, unit, voice) if voice != "gap" else {}
    for cell in cells:
        if cell.is_out:
            yield cell
        elif cell.number in both:
            pair = both[cell.number]
            yield Cell(board_voices.gap_of(*pair), cell.number, both=pair)
        else:
            yield Cell(said.get(cell.number, "none"), cell.number, on_site=voice == "site")


def _row(unit: Organisation, voiced: Iterable[Cell]) -> Row:
    cells = list(voiced)
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


def _is_closed(problem: Problem) -> bool:
    """Is its last round over? Of a problem read with its ``rounds``."""
    rounds: list[RectificationTask] = problem.rounds  # type: ignore[attr-defined]  # by problems_at
    return bool(rounds) and not rounds[-1].is_open


@dataclass(frozen=True)
class Step:
    """One step of the chain: what it is called, what became of it, whether it was taken at all."""

    label: str
    words: str
    is_taken: bool


@dataclass(frozen=True)
class Chain:
    """All that a cell rests on; ``problems`` of the term and those carried into it, each with its rounds.

    ``voices``: (who, mark) of what the unit says and of what was seen.
    """

    cell: Cell
    rule: RuleLine
    items: list[ItemChain]
    problems: list[Problem]
    voices: list[tuple[str, str]]

    @property
    def steps(self) -> list[Step]:
        """自查 → 督导 → 问题 → 销号, each in a few words."""
        said = max((line.said.on for line in self.items if line.said), default=None)
        seen = max((one.on for line in self.items for one in line.seen), default=None)
        closed = sum(_is_closed(problem) for problem in self.problems)
        found = len(self.problems)
        return [
            Step("自查", f"{cn_short(said)}提交" if said else "没有提交", said is not None),
            Step("督导", f"{cn_short(seen)}到校" if seen else "没有到校查", seen is not None),
            Step("问题", f"{found}个" if found else "没有登记", found > 0),
            Step("销号", f"{closed}/{found}个" if found else "—", found > 0 and closed == found),
        ]


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
    problems = [*carried_into(term, now, [unit]), *records.problems]
    return Chain(
        cell=Cell(mark, number, on_site=number in records.rules_seen(unit), is_overdue=number in late),
        rule=rule,
        items=_items(unit, number, term, records),
        problems=[problem for problem in problems if problem.rule.number == number],
        voices=[
            (board_voices.VOICES[voice], board_voices.marks_said(records, unit, voice).get(number, "none"))
            for voice in ("unit", "site")
        ],
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
