"""The building blocks of a paper: headings, paragraphs, the chart, tables. Plain data; nothing here knows of
HTML.

``Text`` numbers headings and points as GB/T 9704 asks (一、 黑体, （一） 楷体, 1. 仿宋), so that a section
that is left out leaves no gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

NOTHING = "—"
_NUMERALS = "〇一二三四五六七八九"
_LONGEST_LEAD = 22  # characters of an office's sentence that may stand in 楷体 as the point's own heading
_OWN_NUMBER = re.compile(
    r"^\s*(（[一二三四五六七八九十]+）|[一二三四五六七八九十]+、|\d{1,2}、|\d{1,2}[.．]\s*(?!\d))"
)


def numeral(number: int) -> str:
    """1 to 999 in Chinese: 七, 十二, 二十三, 一百零四."""
    hundreds, below = divmod(number, 100)
    tens, ones = divmod(below, 10)
    head = f"{_NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        head += "十" if tens == 1 and not hundreds else f"{_NUMERALS[tens]}十"
    elif hundreds and ones:
        head += "零"
    return head + (_NUMERALS[ones] if ones or not head else "")


@dataclass(frozen=True)
class Span:
    """Some words in one face: fang (仿宋), kai (楷体), hei (黑体)."""

    text: str
    style: str = "fang"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the text, indented by two characters. ``level`` above 0 is a heading on its own line.

    ``source`` of a heading names the part of the report's figures that stands under it (figures.py).
    """

    spans: tuple[Span, ...]
    level: int = 0
    kind: str = "paragraph"
    source: str = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Bar:
    """One group in the chart: this term and the last one, in per cent (None: no figure) and in counts."""

    label: str
    now: float | None
    before: float | None
    now_words: str
    before_words: str


@dataclass(frozen=True)
class Chart:
    """The one chart of a report: bars in black and hatching, the figures beside them."""

    title: str
    bars: tuple[Bar, ...]
    note: str
    kind: str = "chart"


@dataclass(frozen=True)
class Column:
    """A column: its head, its width in per cent of the block, and whether words stand flush left."""

    head: str
    width: int
    is_text: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``total`` is its last row, ``is_dense`` sets it smaller. Without rows it has one of 「—」."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    note: str = ""
    is_dense: bool = False
    kind: str = "table"

    @property
    def lines(self) -> list[list[tuple[str, Column]]]:
        """The rows with each cell's column; one of 「—」 where there is nothing."""
        rows = self.rows or (tuple(NOTHING for _ in self.columns),)
        return [list(zip(row, self.columns, strict=True)) for row in rows]

    @property
    def total_line(self) -> list[tuple[str, Column]]:
        return list(zip(self.total, self.columns, strict=True)) if self.total else []


@dataclass(frozen=True)
class MatrixRow:
    """One unit: (mark, how many columns it spans); an empty mark is out of scope."""

    name: str
    cells: tuple[tuple[str, int], ...]
    share: str
    problems: str


@dataclass(frozen=True)
class Matrix:
    """The table units × rules: heads by group, one row a unit, the problems of each rule last."""

    groups: tuple[tuple[str, int], ...]
    rules: tuple[tuple[int, str], ...]
    rows: tuple[MatrixRow, ...]
    totals: tuple[str, ...]
    total: str
    note: str
    kind: str = "matrix"


Block = Paragraph | Chart | Table | Matrix


@dataclass(frozen=True)
class Annex:
    """An annex on pages of its own; ``is_wide`` turns the sheet."""

    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False


@dataclass
class Text:
    """A text under way: adds blocks and counts headings, points and figures."""

    blocks: list[Block] = field(default_factory=list)
    _heading: int = 0
    _point: int = 0
    _item: int = 0

    def heading(self, title: str, source: str = "") -> None:
        """一、 in 黑体; points begin anew. ``source``: the part of the figures that are told of under it."""
        self._heading += 1
        self._point = self._item = 0
        self._add(Span(f"{numeral(self._heading)}、{title}", "hei"), level=1, source=source)

    def plain(self, words: str) -> None:
        """An unnumbered paragraph."""
        self._add(Span(words))

    def plains(self, lines: Iterable[str]) -> None:
        """Unnumbered paragraphs, one a line that says something."""
        for line in lines:
            if line.strip():
                self.plain(line.strip())

    def point(self, lead: str, words: str = "") -> None:
        """（一） with its lead in 楷体 and the words after it in 仿宋."""
        self._point += 1
        self._item = 0
        spans = [Span(f"（{numeral(self._point)}）{lead}", "kai")]
        self._add(*spans, *([Span(words)] if words else []), level=0 if words else 2)

    def item(self, words: str) -> None:
        """1. in 仿宋."""
        self._item += 1
        self._add(Span(f"{self._item}. {words}"))

    def put(self, block: Block) -> None:
        self.blocks.append(block)

    def written(self, words: str) -> None:
        """The office's own text: one paragraph a line, each a point; a first short sentence is its lead."""
        for line in paragraphs_of(words):
            lead, mark, rest = line.partition("。")
            if mark and rest and len(lead) <= _LONGEST_LEAD:
                self.point(lead + mark, rest)
            else:
                self.point("", line)

    def _add(self, *spans: Span, level: int = 0, source: str = "") -> None:
        shown = tuple(span for span in spans if span.text)
        self.blocks.append(Paragraph(shown, level=level, source=source))


def paragraphs_of(words: str) -> list[str]:
    """The lines of an office's text without the numbers it may have typed itself: the paper numbers them."""
    lines = (_OWN_NUMBER.sub("", line).strip() for line in words.splitlines())
    return [line for line in lines if line]


def joined(names: Iterable[str], most: int = 8) -> str:
    """城关小学、实验学校; a long list is cut with its count: …等12家."""
    found = list(names)
    return "、".join(found) if len(found) <= most else f"{'、'.join(found[:most])}等{len(found)}家"
