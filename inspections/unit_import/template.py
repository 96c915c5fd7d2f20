"""The workbook to fill in, made from the table of columns: empty, or with the units of the register."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from inspections.text_cells import put_text
from inspections.unit_import.columns import (
    CAMPUSES,
    INSTITUTIONS,
    NOTES_SHEET,
    SCHOOLS,
    SHEETS,
    Column,
    Sheet,
)
from inspections.unit_import.forms import terms_not_over
from schools.grades import grades_in_words
from shuangjian import clock
from shuangjian.accounts.models import Organisation

ROWS_WITH_LISTS = 1_000
_HEAD, _NEEDED = PatternFill("solid", fgColor="E8F0FA"), PatternFill("solid", fgColor="FFF3DC")
_NOTES = (
    "每个单位一行，从第2行起填写；不要合并单元格，不要改表头，不用的列可以空着或删去。",
    "单位按代码核对：平台里没有的是新增，已有的是修改；修改时空着的格保持原样，不会清空。",
    "代码、电话和日期请用文本格式填写；日期写成2026-09-01。",
    "上传后先核对，列出要新增、修改的单位和有问题的单元格；确认以前什么也不写入。",
)


def template(units: Iterable[Organisation] = ()) -> bytes:
    """The bytes of the workbook, filled with ``units`` (schools and institutions, with their facts)."""
    book = Workbook()
    book.remove(book.worksheets[0])
    listed = list(units)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.name)
        _write_head(page, sheet)
        for at, values in enumerate(_rows_of(sheet, listed), start=2):
            for column, value in enumerate(values, start=1):
                _put(page.cell(at, column), value)
        _offer_choices(page, sheet)
    _write_notes(book.create_sheet(NOTES_SHEET))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Cell, value: str) -> None:
    """Text, kept as text while it is filled in."""
    if value:
        put_text(cell, value)
    cell.number_format = "@"


def _write_head(page: Worksheet, sheet: Sheet) -> None:
    for at, column in enumerate(sheet, start=1):
        head = page.cell(1, at)
        _put(head, column.printed)
        head.font = Font(bold=True)
        head.fill = _NEEDED if column.required else _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        dimension = page.column_dimensions[head.column_letter]
        dimension.width = column.width
        dimension.number_format = "@"
    page.freeze_panes = "A2"
    page.row_dimensions[1].height = 32


def _offer_choices(page: Worksheet, sheet: Sheet) -> None:
    """Lists to choose from in the table program; a cell with several answers is written by hand."""
    for at, column in enumerate(sheet, start=1):
        offered = _offered(column)
        if not offered:
            continue
        rule = DataValidation(type="list", formula1=f'"{offered}"', allow_blank=True, showErrorMessage=False)
        letter = page.cell(1, at).column_letter
        rule.add(f"{letter}2:{letter}{ROWS_WITH_LISTS}")
        page.add_data_validation(rule)


def _offered(column: Column) -> str:
    if column.kind == "yes_no":
        return "是,否"
    return ",".join(label for _, label in column.choices or []) if column.kind == "choice" else ""


def _write_notes(page: Worksheet) -> None:
    table = [("表", "列", "是否必填", "怎么填", "示例")]
    for sheet in SHEETS:
        for column in sheet:
            needed = "必填" if column.required else "选填"
            table.append((sheet.name, column.heading, needed, _how(column), column.example))
    for row, text in enumerate(_NOTES, start=1):
        _put(page.cell(row, 1), text)
    head = len(_NOTES) + 2
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


# --- Units as the register has them -------------------------------------------


def _rows_of(sheet: Sheet, units: list[Organisation]) -> Iterable[list[str]]:
    kind = Organisation.Kind(sheet.kind)
    for unit in units:
        if unit.kind != kind:
            continue
        if sheet in (SCHOOLS, INSTITUTIONS):
            yield [_printed(column, _value(unit, column.field)) for column in sheet]
            continue
        places = unit.school.campuses.all() if sheet is CAMPUSES else unit.institution.places.all()
        for place in places:
            yield [
                unit.code if column.field == "unit" else _printed(column, getattr(place, column.field))
                for column in sheet
            ]


def _value(unit: Organisation, name: str) -> Any:
    if name.startswith("head_"):
        begun = (term for term in terms_not_over(unit) if term.from_on <= clock.today())
        head = next(begun, None)
        return getattr(head, name.removeprefix("head_")) if head is not None else ""
    facts = unit.school if unit.kind == Organisation.Kind.SCHOOL else unit.institution
    return getattr(unit, name) if hasattr(unit, name) else getattr(facts, name)


def _printed(column: Column, value: Any) -> str:
    """A stored value in the words in which the import reads it back."""
    if value is None or value == "":
        return ""
    labels = dict(column.choices or [])
    match column.kind:
        case "grades":
            return grades_in_words(value)
        case "yes_no":
            return "是" if value else "否"
        case "choice":
            return labels.get(value, "")
        case "choices":
            return "、".join(labels[one] for one in value if one in labels)
        case "unit":
            return str(value.code)
        case "township" | "area":
            return str(value.name)
    return value.isoformat() if isinstance(value, date) else str(value)
