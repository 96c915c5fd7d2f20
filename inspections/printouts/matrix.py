"""条目情况表 on paper: all units of the view, on sheets of A4, or on few of A3 with two tables each.

Signs instead of tints (P31), those of the supervision report's annex, so that both read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, QueryDict
from django.urls import reverse

from inspections import board_matrix
from inspections.board_matrix import Cell, Row
from inspections.board_voices import VOICES
from inspections.filters.matrix import MatrixFilter
from inspections.forms.printouts import MatrixForm
from inspections.printouts.base import Printable, Subject, cut, moment
from inspections.reports.data import MARKS, restore
from inspections.reports.records import units_of
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Term

MOST_UNITS = 1000  # on one paper: 40 sheets of A4; more is chosen by town or area
IN_A_HALF = 50  # rows of one of the two tables of an A3 sheet
LONGEST_NAME = 14  # characters, so that a row has one line


@dataclass(frozen=True)
class Head:
    number: int
    title: str


@dataclass(frozen=True)
class Line:
    """One unit: a sign for each rule, an empty one where the rule is not the unit's."""

    unit: str
    signs: tuple[str, ...]
    met: str
    still_open: int


@dataclass(frozen=True)
class MatrixData:
    county: str
    term: str
    voice: str
    words: str
    total: int
    is_a3: bool
    as_of: datetime
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]


class PrintedMatrix(Printable):
    key = "table"
    roles = COUNTY_ROLES
    template = "matrix"
    form = MatrixForm

    def asked(self, query: QueryDict) -> dict[str, str]:
        return {"query": query.urlencode()}

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        term, chosen = _asked(user, parameters)
        count = chosen.qs.count()
        told = [("学期", term.short_title), ("内容", f"{count}个单位"), ("筛选", chosen.words or "全部")]
        if count > MOST_UNITS:
            told.append(
                ("注意", f"一份最多{MOST_UNITS}个，这次印前{MOST_UNITS}个；要全部请按乡镇或责任区分印")
            )
        back = f"{reverse('board-table')}?{parameters.get('query', '')}"
        return Subject(f"{the_county().name}减负三十条条目情况表", None, back, tuple(told))

    def take(self, user: User, parameters: Mapping[str, str]) -> MatrixData:
        term, chosen = _asked(user, parameters)
        units = list(chosen.qs[:MOST_UNITS])
        if not units:
            raise Refused("没有符合条件的单位，请改一改筛选")
        voice = chosen.asked_voice
        rules, rows = board_matrix.rows_of(user, units, term, voice)
        return MatrixData(
            county=the_county().name,
            term=term.short_title,
            voice=VOICES.get(voice, ""),
            words=chosen.words,
            total=chosen.qs.count(),
            is_a3=parameters.get("paper") == "a3",
            as_of=clock.now(),
            heads=tuple(Head(rule.number, rule.title) for rule in rules),
            lines=tuple(_line(row) for row in rows),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(MatrixData, data)
        return {
            "paper": "wide a3" if taken.is_a3 else "wide",
            "page": taken,
            "sheets": list(_sheets(taken)),
            "share_words": "一致/可比" if taken.voice == VOICES["gap"] else "符合/查清",
            "is_gap": taken.voice == VOICES["gap"],
            "as_of": moment(data["as_of"]),
            "is_cut": taken.total > len(taken.lines),
        }


def _asked(user: User, parameters: Mapping[str, str]) -> tuple[Term, MatrixFilter]:
    """The term and the units that the table's address asks for, within the person's scope."""
    query = QueryDict(parameters.get("query", ""))
    term = board_matrix.term_from(query)
    if term is None:
        raise Http404
    return term, MatrixFilter(query, queryset=units_of(term).visible_to(user), term=term)


def _line(row: Row) -> Line:
    signs = tuple(sign for cell in row.cells for sign in _signs(cell))
    return Line(cut(row.unit.name, LONGEST_NAME), signs, row.met.counts, row.open_problems)


def _signs(cell: Cell) -> Iterator[str]:
    """One sign a rule: 「○●」 where two voices differ; 「·」 was seen on site, 「逾」 is late."""
    if cell.is_out:
        yield from [""] * cell.span
    elif cell.both is not None and cell.mark != "ok":
        yield "".join(MARKS[mark] for mark in cell.both)
    else:
        yield MARKS[cell.mark] + ("·" if cell.on_site else "") + ("逾" if cell.is_overdue else "")


def _sheets(data: MatrixData) -> Iterator[list[Sequence[Line]]]:
    """The tables of each sheet: one that runs over pages of A4, two of 50 rows on each sheet of A3."""
    if not data.is_a3:
        yield [data.lines]
        return
    for start in range(0, len(data.lines), 2 * IN_A_HALF):
        sheet = data.lines[start : start + 2 * IN_A_HALF]
        yield [half for half in (sheet[:IN_A_HALF], sheet[IN_A_HALF:]) if half]
