"""A workbook's sheets as tables: drawn on a page or on paper, with merged cells and what stands in each.

Pure: over the cells as ``files.read_workbook`` gave them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter, range_boundaries

from shuangjian.journal.errors import Refused

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_MERGED = 5, 80, 26, 150
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class GridCell:
    """One cell that is drawn; ``columns`` and ``rows``: how many it covers."""

    place: str  # C5
    text: str
    columns: int = 1
    rows: int = 1
    is_formula: bool = False
    is_filled: bool = False  # by us, whatever the workbook itself holds there

    @property
    def takes_figure(self) -> bool:
        """May a figure be written here? What is printed there or computed by the table itself stays."""
        return not self.is_formula and (not self.text or _NUMBER.fullmatch(self.text) is not None)


@dataclass(frozen=True)
class Grid:
    """One sheet."""

    name: str
    rows: tuple[tuple[GridCell, ...], ...]

    def find(self, place: str) -> GridCell | None:
        return next((cell for row in self.rows for cell in row if cell.place == place), None)


def check_sheets(sheets: list[dict[str, Any]]) -> None:
    """Raises Refused for what is no table that a page can draw."""
    filled = [sheet for sheet in sheets if _size_of(sheet) != (0, 0)]
    if not filled:
        raise Refused("表里没有内容，请选择上级下发的表")
    if len(sheets) > MOST_SHEETS:
        raise Refused(f"这个文件有{len(sheets)}张表，最多{MOST_SHEETS}张，请删去用不到的表")
    for sheet in sheets:
        rows, columns = _size_of(sheet)
        if rows > MOST_ROWS or columns > MOST_COLUMNS:
            limits = f"不超过{MOST_ROWS}行、{MOST_COLUMNS}列"
            raise Refused(f"“{sheet['name']}”表有{rows}行、{columns}列，上报表{limits}，请删去多余的行和列")
        if len(sheet["merged"]) > MOST_MERGED:
            raise Refused(f"“{sheet['name']}”表的合并单元格太多，最多{MOST_MERGED}处")


def _size_of(sheet: dict[str, Any]) -> tuple[int, int]:
    """How many rows and columns are to be drawn, merged cells included."""
    rows, columns = len(sheet["rows"]), max((len(row) for row in sheet["rows"]), default=0)
    for merged in sheet["merged"]:
        _, _, right, bottom = _bounds(merged)
        rows, columns = max(rows, bottom), max(columns, right)
    return rows, columns


def _bounds(merged: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of 「A1:D1」, from 1."""
    left, top, right, bottom = (edge or 1 for edge in range_boundaries(merged))
    return left, top, right, bottom


def grids_of(sheets: list[dict[str, Any]], values: Mapping[tuple[int, str], str] | None = None) -> list[Grid]:
    """All sheets; ``values`` stand in place of what the workbook holds, by sheet (from 0) and place."""
    return [_grid_of(at, sheet, values or {}) for at, sheet in enumerate(sheets)]


def _grid_of(at: int, sheet: dict[str, Any], values: Mapping[tuple[int, str], str]) -> Grid:
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for merged in sheet["merged"]:
        left, top, right, bottom = _bounds(merged)
        spans[top, left] = (right - left + 1, bottom - top + 1)
        covered |= {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
    covered -= set(spans)
    formulas = set(sheet["formulas"])
    height, width = _size_of(sheet)
    rows = []
    for row in range(1, height + 1):
        cells = []
        for column in range(1, width + 1):
            if (row, column) in covered:
                continue
            place = f"{get_column_letter(column)}{row}"
            columns, depth = spans.get((row, column), (1, 1))
            cells.append(
                GridCell(
                    place=place,
                    text="" if place in formulas else values.get((at, place), _text(sheet, row, column)),
                    columns=columns,
                    rows=depth,
                    is_formula=place in formulas,
                    is_filled=(at, place) in values,
                )
            )
        rows.append(tuple(cells))
    return Grid(sheet["name"], tuple(rows))


def _text(sheet: dict[str, Any], row: int, column: int) -> str:
    """A cell's content as ``read_workbook`` tells it: text, number, truth, {"date": …} or nothing."""
    rows = sheet["rows"]
    held = rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None
    if held is None:
        return ""
    return str(held["date"] if isinstance(held, dict) else held).strip()
