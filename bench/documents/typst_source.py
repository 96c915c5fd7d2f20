"""The words and tables of a county's report as a Typst document, for comparison alone."""

from __future__ import annotations

import re
from typing import Any

from inspections.reports import supervision
from inspections.reports.blocks import Chart, Matrix, Paragraph, Table
from inspections.reports.rendering import figures_of

_HEAD = """
#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm), numbering: "— 1 —")
#set text(font: ("FandolFang R", "FandolFang", "Noto Serif CJK SC"), size: 15.75pt, lang: "zh", region: "cn")
#set par(justify: true, first-line-indent: (amount: 2em, all: true), leading: 13pt)
#show table: set text(font: "Noto Serif CJK SC", size: 9.5pt)
"""
_SPECIAL = re.compile(r"([\\#$*_`<>@\[\]~/=+\-])")


def source_of(report: Any) -> str:
    figures = figures_of(report)
    parts = [_HEAD, f"#align(center, text(size: 22pt)[{_words(report.title)}])\n"]
    parts += [_block(block) for block in supervision.text_of(figures, report.sections).blocks]
    for annex in supervision.annexes_of(figures):
        opening = "#page(flipped: true)[" if annex.is_wide else "#pagebreak()\n"
        closing = "]\n" if annex.is_wide else ""
        title = f"#align(center, text(size: 22pt)[{_words(annex.title)}])\n"
        parts += [opening, title, *(_block(block) for block in annex.blocks), closing]
    return "\n".join(parts)


def _block(block: Any) -> str:
    if isinstance(block, Paragraph):
        return f"{_words(block.text)}\n"
    if isinstance(block, Table):
        rows = [*block.rows, *([block.total] if block.total else [])]
        return _table(
            [f"{column.width}fr" for column in block.columns], [c.head for c in block.columns], rows
        )
    if isinstance(block, Matrix):
        heads = ["单位", *(title for _, title in block.rules), "符合率", "问题"]
        rows = [
            (row.name, *(mark for mark, span in row.cells for _ in range(span)), row.share, row.problems)
            for row in block.rows
        ]
        return _table(["7fr", *["1fr"] * len(block.rules), "2fr", "2fr"], heads, rows)
    if isinstance(block, Chart):
        rows = [(bar.label, bar.now_words, bar.before_words) for bar in block.bars]
        return _table(["1fr"] * 3, ["组别", "本学期", "上学期"], rows)
    return ""


def _table(widths: list[str], heads: list[str], rows: Any) -> str:
    cells = ", ".join(f"[{_words(cell)}]" for row in rows for cell in row)
    head = ", ".join(f"[{_words(one)}]" for one in heads)
    return f"#table(columns: ({', '.join(widths)}), table.header({head}), {cells})\n"


def _words(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
