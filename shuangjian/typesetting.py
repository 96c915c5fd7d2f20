"""Composes Chinese paragraphs into lines that end evenly, before they are rendered.

The renderer justifies by widening spaces only, which Chinese text has not. So lines are broken here: widths
from the font files, no closing mark at the start of a line and no opening mark at its end, figures never torn
apart, pairs of marks set closer, and what remains spread as letter spacing. All lines of a paragraph are
weighed together, so one tight line doesn't leave the next one gaping. Rules: GB/T 15834 (marks at line ends),
GB/T 9704 (28 characters a line).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shuangjian.typefaces import advance, can_halve

OPENING = frozenset("（《〈「『【〔〖“‘")
CLOSING = frozenset("）》〉」』】〕〗”’，。、；：")
MARKS = OPENING | CLOSING
NO_START = CLOSING | frozenset("！？…—·％‰℃～")
NO_END = OPENING | frozenset("￥№")
# Marks that turn the order of characters round are left out: a sentence reads on paper as it is stored.
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))

TOKEN = re.compile(r"[0-9A-Za-z]+(?:[.,:/\-–_@+&'][0-9A-Za-z]+)*%?|—{2,}|…{2,}|[ \t\r\n]+|.", re.DOTALL)
LONGEST_TOKEN = 14.0  # ems; a longer word (an address of the net) is broken where the line ends
HALF = 0.5

TIGHTEST = -0.036  # ems of letter spacing; tighter looks crammed
TIGHT, LOOSE = 0.018, 0.05  # spacing that is judged equally bad either way
SHORT_END = 4.0  # cost of a last line with one character only
HALVED_END = 0.3  # cost of a mark at half width at a line's end


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style; ``family`` is the face its widths are taken from."""

    text: str
    style: str
    family: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a composed line; ``halved`` marks are set at half width (OpenType "halt")."""

    text: str
    style: str
    halved: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One composed line; ``spacing`` is the letter spacing in ems."""

    pieces: tuple[Piece, ...]
    spacing: float

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(slots=True)
class _Atom:
    text: str
    style: str
    width: float
    may_halve: bool  # a mark of full width in a face that has it at half width
    halved: bool
    glyphs: int

    @property
    def is_space(self) -> bool:
        return self.text.isspace() and self.text != "\u3000"


def compose(runs: Sequence[Run], *, measure: float, indent: float = 0.0) -> list[Line]:
    """Break a paragraph into lines.

    ``measure`` is the width of a line, ``indent`` that of the first line's start, both in ems. Every line but
    the last fills the measure by its spacing; the last one stands as it is, unless it only fits when drawn
    together.
    """
    atoms = _atoms(runs)
    if not atoms:
        return []
    count = len(atoms)
    best: list[tuple[float, int, float, bool]] = [(0.0, -1, 0.0, False)] + [
        (float("inf"), -1, 0.0, False)
    ] * count
    for start in range(count):
        if best[start][0] == float("inf"):
            continue
        room = measure - (indent if start == 0 else 0.0)
        natural, glyphs, fallback = 0.0, 0, None
        for end in range(start + 1, count + 1):
            atom = atoms[end - 1]
            natural += atom.width
            glyphs += atom.glyphs
            if end == start + 1 and start and atom.text in OPENING and atom.may_halve and not atom.halved:
                natural -= HALF
            if natural + (glyphs - 1) * TIGHTEST - HALF > room and fallback is not None:
                break
            if end < count and not _may_break(atoms, end):
                continue
            cost, spacing, halved = _judge(atoms, start, end, natural, glyphs, room)
            fallback = cost
            if best[start][0] + cost < best[end][0]:
                best[end] = (best[start][0] + cost, start, spacing, halved)
    return _lines(atoms, best)


def _atoms(runs: Sequence[Run]) -> list[_Atom]:
    atoms: list[_Atom] = []
    for run in runs:
        for text in TOKEN.findall(run.text):
            if text.isspace() and text[0] in " \t\r\n":
                text = " "
            width = sum(advance(character, run.family) for character in text)
            parts = text if width > LONGEST_TOKEN else (text,)
            for part in parts:
                part_width = advance(part, run.family) if len(part) == 1 else width
                may_halve = part in MARKS and part_width == 1.0 and can_halve(part, run.family)
                atoms.append(_Atom(part, run.style, part_width, may_halve, False, len(part)))
    while atoms and atoms[-1].is_space:
        atoms.pop()
    while atoms and atoms[0].is_space:
        atoms.pop(0)
    for left, right in itertools.pairwise(atoms):
        if left.text in CLOSING and (right.text in CLOSING or right.text in OPENING) and not left.halved:
            _halve(left)
        elif left.text in OPENING and right.text in OPENING:
            _halve(right)
    return atoms


def _halve(atom: _Atom) -> None:
    if atom.may_halve:
        atom.halved, atom.width = True, HALF


def _may_break(atoms: list[_Atom], at: int) -> bool:
    """May a line end before atom ``at``?"""
    before, after = atoms[at - 1], atoms[at]
    if after.is_space:
        return False
    if before.is_space:
        return True
    return before.text[0] not in NO_END and after.text[0] not in NO_START


def _judge(
    atoms: list[_Atom], start: int, end: int, natural: float, glyphs: int, room: float
) -> tuple[float, float, bool]:
    """Cost, spacing, and whether the mark at the end is halved, for the line of atoms[start:end]."""
    final = end == len(atoms)
    last = atoms[end - 1]
    if last.is_space:
        natural -= last.width
        glyphs -= 1
    gaps = max(1, glyphs - 1)
    if final and natural <= room:
        return (SHORT_END if start and glyphs <= 2 else 0.0), 0.0, False
    may_halve = last.text in CLOSING and last.may_halve and not last.halved
    ways = [(natural, 0.0, False)] + ([(natural - HALF, HALVED_END, True)] if may_halve else [])
    judged = []
    for width, extra, halved in ways:
        spacing = (room - width) / gaps
        if final and spacing > 0:
            judged.append((extra, 0.0, halved))
        elif spacing < TIGHTEST:
            judged.append((1e6 + 1e4 * (width - room), max(spacing, TIGHTEST), halved))
        else:
            judged.append((extra + (spacing / (LOOSE if spacing > 0 else TIGHT)) ** 2, spacing, halved))
    return min(judged)


def _lines(atoms: list[_Atom], best: list[tuple[float, int, float, bool]]) -> list[Line]:
    lines: list[Line] = []
    end = len(atoms)
    while end > 0:
        _, start, spacing, halved_end = best[end]
        pieces: list[Piece] = []
        for index in range(start, end):
            atom = atoms[index]
            if atom.is_space and index == end - 1:
                continue
            at_edge = (index == start and start and atom.text in OPENING and atom.may_halve) or (
                index == end - 1 and halved_end
            )
            piece = Piece(atom.text, atom.style, atom.halved or bool(at_edge))
            if pieces and (pieces[-1].style, pieces[-1].halved) == (piece.style, piece.halved):
                piece = Piece(pieces.pop().text + piece.text, piece.style, piece.halved)
            pieces.append(piece)
        lines.append(Line(tuple(pieces), round(spacing, 4)))
        end = start
    return lines[::-1]
