"""A unit over its terms: the thirty rules of one term with their marks, and a line for each term.

The marks are the report's own (``reports.records``): what was seen on site outweighs what the unit answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from inspections.models import Paper, Problem, RectificationTask, SelfCheck, SupervisionReport, Visit
from inspections.reports.records import MARK_GLYPHS, MARK_WORDS, Records, term_at
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.policy.models import Term


@dataclass(frozen=True)
class RuleMark:
    """One rule of the strip: its mark, whether it was seen on site, the problems of the term under it."""

    number: int
    title: str
    mark: str
    on_site: bool
    problems: list[Problem] = field(default_factory=list)

    @property
    def glyph(self) -> str:
        return MARK_GLYPHS.get(self.mark, "")

    @property
    def word(self) -> str:
        return MARK_WORDS[self.mark]

    @property
    def concerns(self) -> bool:
        return self.mark != "out"

    @property
    def basis(self) -> str:
        """On what the mark rests."""
        if not self.concerns or self.mark == "none":
            return ""
        return "现场查看" if self.on_site else "自查" if not self.problems else "登记的问题"


@dataclass(frozen=True)
class Strip:
    """The thirty rules of one unit in one term."""

    term: Term
    rules: list[RuleMark]

    @property
    def is_empty(self) -> bool:
        """Nothing is known of any rule."""
        return all(rule.mark in ("none", "out") for rule in self.rules)

    @property
    def concerned(self) -> list[RuleMark]:
        return [rule for rule in self.rules if rule.concerns]

    @property
    def numbers(self) -> list[int]:
        """The rules that concern the unit, by number."""
        return [rule.number for rule in self.concerned]

    @property
    def on_site_count(self) -> int:
        return sum(rule.on_site for rule in self.concerned)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(word, number of rules) of the marks that occur, in the order of the legend."""
        marks = [rule.mark for rule in self.concerned]
        return [(MARK_WORDS[mark], marks.count(mark)) for mark in MARK_GLYPHS if mark in marks]


def strips_of(unit: Organisation, terms: list[Term], shown: Collection[int]) -> dict[int, Strip]:
    """Term -> the marks of ``unit`` in it as they are now; the number of queries is always the same.

    ``terms``: all there are, in their order, so that each row finds its own; ``shown``: the keys meant.
    """
    found = Records.over_terms(unit, terms, shown, clock.now())
    return {key: strip_from(unit, records) for key, records in found.items()}


def strip_from(unit: Organisation, records: Records) -> Strip:
    """The rules of the records' term at one of their units."""
    seen, problems = records.rules_seen(unit), records.problems_by_unit.get(unit.pk, [])
    rules = [
        RuleMark(
            rule.number,
            rule.title,
            mark,
            rule.number in seen,
            [problem for problem in problems if problem.rule.number == rule.number],
        )
        for rule, mark in zip(records.book.rules, records.marks(unit), strict=True)
    ]
    return Strip(records.term, rules)


@dataclass
class TermLine:
    """What happened at the unit in one term."""

    term: Term
    checks: list[SelfCheck] = field(default_factory=list)
    visits: int = 0
    found: int = 0
    closed: int = 0


def lines_of(
    terms: Sequence[Term],
    checks: Iterable[SelfCheck],
    tasks: Iterable[RectificationTask],
    visits: Iterable[Visit],
) -> list[TermLine]:
    """A line for each of the ``terms`` (in their order) in which anything happened, the latest first."""
    lines = {term.pk: TermLine(term) for term in terms}

    def line_at(term_id: int | None, day: date) -> TermLine:
        return lines[term_at(terms, term_id, day)]

    if not terms:
        return []
    for check in checks:
        line_at(check.round.term_id, check.due_on).checks.append(check)
    for task in tasks:
        if task.state == RectificationTask.State.WITHDRAWN:
            continue  # there was no problem
        line = line_at(task.problem.term_id, task.problem.found_on)
        line.found += 1
        line.closed += not task.is_open
    for visit in visits:
        line_at(visit.term_id, visit.planned_on).visits += visit.state == Visit.State.CONFIRMED
    return [line for line in reversed(lines.values()) if line.checks or line.found or line.visits]


def term_to_show(terms: Sequence[Term], lines: list[TermLine], asked: str) -> Term | None:
    """The term whose code was asked for, else the one of the latest self-check, else the current one."""
    today = clock.today()
    current = next((term for term in terms if term.last_on >= today), terms[-1] if terms else None)
    chosen = next((line.term for line in lines if line.term.code == asked), None)
    latest = next((line.term for line in lines if any(map(_is_answered, line.checks))), None)
    return chosen or latest or current


def _is_answered(check: SelfCheck) -> bool:
    return check.submission_count > 0


# --- Papers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UnitPaper:
    """One paper of the unit's file: day, what it is, its number, where it is read."""

    on: date
    what: str
    no: str
    url: str
    link: str


def papers_of(
    checks: Iterable[SelfCheck],
    tasks: Iterable[RectificationTask],
    visits: Iterable[Visit],
    reports: Iterable[SupervisionReport],
    papers: Iterable[Paper],
) -> list[UnitPaper]:
    """Signed, sealed and confirmed papers, the latest first: records, scans, reports, requests for time."""
    found: list[UnitPaper] = []
    for check in checks:
        if check.scan is not None:
            day = clock.local_day(check.submitted_at) if check.submitted_at else check.due_on
            found.append(UnitPaper(day, "自查盖章扫描件", check.no, *_file(check.scan)))
    for visit in visits:
        if visit.state == Visit.State.CONFIRMED:
            page = reverse("visit", args=[visit.no])
            found.append(UnitPaper(visit.planned_on, "现场检查记录", visit.record_no, page, "打开记录"))
        if visit.scan is not None:
            found.append(
                UnitPaper(visit.planned_on, "现场检查记录扫描件", visit.record_no, *_file(visit.scan))
            )
    for report in reports:
        if report.final_file is not None:
            day = report.signed_on or clock.local_day(report.as_of)
            no = report.document_no or report.no
            found.append(UnitPaper(day, "督导报告", no, *_file(report.final_file)))
    for paper in papers:
        if paper.final_file is not None and paper.signed_on is not None:
            found.append(
                UnitPaper(
                    paper.signed_on, paper.get_kind_display(), paper.document_no, *_file(paper.final_file)
                )
            )
    for task in tasks:
        for asked in task.extensions.all():
            if asked.sealed_page is not None:
                day = clock.local_day(asked.asked_at)
                found.append(UnitPaper(day, "延期申请盖章页", task.no, *_file(asked.sealed_page)))
    return sorted(found, key=lambda paper: (paper.on, paper.no), reverse=True)


def _file(stored: StoredFile) -> tuple[str, str]:
    return reverse("file", args=[stored.pk]), stored.original_name
