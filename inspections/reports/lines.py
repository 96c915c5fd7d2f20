"""Turns the paragraphs of a report into composed lines, as the templates print them.

A line's spacing is a class (``p3``: 3 thousandths of an em wider, ``m12``: 12 narrower), never a style
attribute, so that the page that is printed may be shown in the browser under the portal's content policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from inspections.reports.blocks import Block, Paragraph
from shuangjian import typesetting

MEASURE = (
    28.07  # ems of 15.75 pt in the 156 mm of the text block: 28 characters and what the millimetres leave
)
INDENT = 2  # of every paragraph's first line (GB/T 9704), as report.css has it
TIGHTEST, WIDEST = -36, 160  # thousandths of an em; the bounds of report_steps.css
STEPS_CSS = Path(__file__).resolve().parents[2] / "static" / "css" / "report_steps.css"

HEAD_SIZE, HEAD_ROOM = 40.0, 436.0  # points: type of the red head, and the block's width less a little air

FAMILIES = {"fang": "FandolFang", "kai": "FandolKai", "hei": "Noto Sans CJK SC", "song": "Noto Serif CJK SC"}


@dataclass(frozen=True)
class SetPiece:
    """Words in one face; ``css`` is empty for plain 仿宋."""

    text: str
    css: str


@dataclass(frozen=True)
class SetLine:
    css: str
    pieces: tuple[SetPiece, ...]


@dataclass(frozen=True)
class SetParagraph:
    """A paragraph ready for the template."""

    lines: tuple[SetLine, ...]
    level: int
    source: str = ""
    kind: str = "paragraph"
    is_flush: bool = False

    @property
    def tag(self) -> str:
        """Headings are headings in the file too: readers' outlines and screen readers go by them."""
        return {1: "h2", 2: "h3"}.get(self.level, "p")


def set_blocks(blocks: Sequence[Block]) -> list[Block | SetParagraph]:
    """The blocks with every paragraph composed; notes in small type and tables stay as they are."""
    return [set_paragraph(block) if block.kind == "paragraph" else block for block in blocks]  # type: ignore[arg-type]


def set_paragraph(paragraph: Paragraph, measure: float = MEASURE, *, is_flush: bool = False) -> SetParagraph:
    """``is_flush``: its first line begins at the edge, as that of the addressee does."""
    indent = 0 if is_flush else INDENT
    return SetParagraph(
        _composed(paragraph, measure, indent), paragraph.level, paragraph.source, is_flush=is_flush
    )


@lru_cache(maxsize=2000)
def _composed(paragraph: Paragraph, measure: float, indent: int) -> tuple[SetLine, ...]:
    runs = [typesetting.Run(span.text, span.style, FAMILIES[span.style]) for span in paragraph.spans]
    lines = typesetting.compose(runs, measure=measure, indent=indent)
    return tuple(
        SetLine(
            spacing_class(line.spacing), tuple(SetPiece(piece.text, _css(piece)) for piece in line.pieces)
        )
        for line in lines
    )


def _css(piece: typesetting.Piece) -> str:
    face = "" if piece.style == "fang" else piece.style
    return f"{face} half".strip() if piece.halved else face


def spacing_class(spacing: float) -> str:
    """The class of a letter spacing in ems, to the thousandth."""
    steps = max(TIGHTEST, min(WIDEST, round(spacing * 1000)))
    return "" if steps == 0 else f"p{steps}" if steps > 0 else f"m{-steps}"


def steps_css() -> str:
    """The text of report_steps.css; a test keeps the file equal to it."""
    rules = [
        f".{spacing_class(steps / 1000)} {{ letter-spacing: {steps / 1000:g}em; }}"
        for steps in range(TIGHTEST, WIDEST + 1)
        if steps
    ]
    rules += [f"col.w{percent} {{ width: {percent}%; }}" for percent in range(1, 101)]
    # The red head is set in 40 pt; a longer name is drawn together to the block's width, never made smaller.
    natural = HEAD_ROOM / HEAD_SIZE
    rules += [f".n{count} {{ transform: scaleX({natural / count:.4f}); }}" for count in range(12, 61)]
    head = "/* One class a step of spacing, width, head; written by inspections.reports.lines.steps_css(). */"
    return "\n".join([head, *rules, ""])
