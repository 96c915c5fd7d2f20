"""The workbook to fill in, made from tables of columns: headings, lists to choose from, notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from inspections.imports.sheets import NOTES_SHEET, Column, Sheet
from inspections.text_cells import put_text

ROWS_WITH_LISTS = 1_000
_HEAD, _NEEDED = PatternFill("solid", fgColor="E8F0FA"), PatternFill("solid", fgColor="FFF3DC")
Rows = Iterable[Sequence[str]]


def written(sheets: Sequence[Sheet], rows: Mapping[str, Rows], notes: Sequence[str]) -> bytes:
    """The bytes of the workbook: its sheets with their ``rows`` by name, then the notes."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        head = _write_head(page, sheet)
        for at, values in enumerate(rows.get(sheet.name, ()), start=head + 1):
            for column, value in enumerate(values, start=1):
                _put(page.cell(at, column), value)
        _offer_choices(page, sheet, head)
    _write_notes(book.create_sheet(NOTES_SHEET), sheets, notes)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Cell, value: str) -> None:
    """Text, kept as text while it is filled in."""
    if value:
        put_text(cell, value)
    cell.number_format = "@"


def _write_head(page: Worksheet, sheet: Sheet) -> int:
    """Write title and headings; the number of the row of headings."""
    number = 2 if sheet.title else 1
    if sheet.title:
        _put(page.cell(1, 1), sheet.title)
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(sheet.columns))
        page.row_dimensions[1].height = 24
    for at, column in enumerate(sheet, start=1):
        head = page.cell(number, at)
        _put(head, column.printed)
        head.font = Font(bold=True)
        head.fill = _NEEDED if column.required else _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        dimension = page.column_dimensions[head.column_letter]
        dimension.width = column.width
        dimension.number_format = "@"
    page.freeze_panes = f"A{number + 1}"
    page.row_dimensions[number].height = 32
    return number


def _offer_choices(page: Worksheet, sheet: Sheet, head: int) -> None:
    """Lists to choose from in the table program; a cell with several answers is written by hand."""
    for at, column in enumerate(sheet, start=1):
        offered = _offered(column)
        if not offered:
            continue
        rule = DataValidation(type="list", formula1=f'"{offered}"', allow_blank=True, showErrorMessage=False)
        letter = get_column_letter(at)
        rule.add(f"{letter}{head + 1}:{letter}{ROWS_WITH_LISTS}")
        page.add_data_validation(rule)


def _offered(column: Column) -> str:
    if column.kind == "yes_no":
        return "是,否"
    return ",".join(label for _, label in column.choices or []) if column.kind == "choice" else ""


def _write_notes(page: Worksheet, sheets: Sequence[Sheet], notes: Sequence[str]) -> None:
    table = [("表", "列", "是否必填", "怎么填", "示例")]
    for sheet in sheets:
        for column in sheet:
            needed = "必填" if column.required else "选填"
            table.append((sheet.name, column.heading, needed, _how(column), column.example))
    for row, text in enumerate(notes, start=1):
        _put(page.cell(row, 1), text)
    head = len(notes) + 2
    for row, texts in enumerate(table, start=head):
        for at, text in enumerate(texts, start=1):
            _put(page.cell(row, at), text)
    for cell in page[head]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    for letter, width in zip("ABCDE", (12, 22, 10, 60, 24), strict=True):
        page.column_dimensions[letter].width = width


def _how(column: Column) -> str:
    labels = "、".join(label for _, label in column.choices or [])
    return "；".join(part for part in (column.hint, f"可填：{labels}" if labels else "") if part)
