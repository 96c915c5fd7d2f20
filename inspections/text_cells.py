"""Text in the cell of a workbook or of CSV: text and nothing else, whatever it begins with or holds."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# What a reader of the format would take for a character's code: written as text it must stay text.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNSEEN = "\N{REPLACEMENT CHARACTER}"


def writable(text: str) -> str:
    """``text`` as a workbook can hold it: the unseen is shown."""
    shown = ILLEGAL_CHARACTERS_RE.sub(_UNSEEN, text.replace("\r\n", "\n"))
    return _LOOKS_ESCAPED.sub("_x005F_", shown)


def put_text(cell: Any, text: str) -> None:
    """Write ``text`` into a cell: what begins with “=” is no formula."""
    cell.value = writable(text)
    cell.data_type = "s"


def no_formula(text: str) -> str:
    """``text`` for CSV, which knows no types: what a table program would compute stays text."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
