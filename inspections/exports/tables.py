"""A list as a workbook or as CSV: the filter in words in row 1, a heading, real dates and numbers.

Whatever people wrote is written as text and never as a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from inspections.text_cells import put_text
from shuangjian.dates import cn_date

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_THIN = Side(style="thin", color="999999")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAPPED = Alignment(vertical="top", wrap_text=True)

Value = str | int | date | None


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters, what a row holds there. ``is_personal``: who is named."""

    heading: str
    width: int
    value: Callable[[Any], Value]
    is_personal: bool = False


@dataclass(frozen=True)
class Table:
    """A list that is to be written: ``words`` say what was asked for, ``as_of`` when it was read."""

    title: str
    columns: Sequence[Column]
    words: str
    as_of: datetime

    @property
    def told(self) -> str:
        return f"筛选：{self.words}；数据截至{cn_date(self.as_of)} {self.as_of:%H:%M}"

    @property
    def headings(self) -> list[str]:
        return ["序号", *(column.heading for column in self.columns)]

    def cells_of(self, number: int, row: Any) -> list[Value]:
        return [number, *(column.value(row) for column in self.columns)]


def workbook_of(table: Table, rows: Iterable[Any]) -> tuple[bytes, int]:
    """(bytes of the .xlsx, how many rows it holds)."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.title)
    set_up(sheet, (6, *(column.width for column in table.columns)), frozen="D3")
    pen = Pen(sheet)
    sheet.append([pen.write(table.told, pen.title)])
    sheet.append([pen.write(heading, pen.heading) for heading in table.headings])
    count = 0
    for count, row in enumerate(rows, start=1):
        sheet.append([pen.write(value) for value in table.cells_of(count, row)])
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(table.headings))}{max(count + 2, 3)}"
    data = BytesIO()
    book.save(data)
    return data.getvalue(), count


def csv_of(table: Table, rows: Iterable[Any]) -> tuple[bytes, int]:
    """(bytes with a byte order mark, by which table programs know UTF-8; how many rows they hold)."""
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([_plain(table.told)])
    writer.writerow([_plain(heading) for heading in table.headings])
    count = 0
    for count, row in enumerate(rows, start=1):
        writer.writerow([_plain(value) for value in table.cells_of(count, row)])
    return out.getvalue().encode("utf-8-sig"), count


def _plain(value: Value) -> str:
    """As text that no table program takes for a formula: an apostrophe goes before what looks like one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.lstrip().startswith(_FORMULA_SIGNS) else value.replace("\0", "")


def set_up(sheet: Worksheet, widths: Iterable[int], *, frozen: str) -> None:
    """Heading frozen on screen and repeated on paper, A4 landscape as wide as a sheet.

    ``widths`` in characters.
    """
    sheet.freeze_panes = frozen
    sheet.print_title_rows = "2:2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


class Pen:
    """Makes the cells of a sheet. Each look is put together once: openpyxl would compare it anew per cell."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self.title = self._look(font=Font(bold=True))  # on one line over the columns
        self.heading = self._look(font=Font(bold=True), border=_GRID, alignment=_WRAPPED)
        self._plain = self._look(border=_GRID, alignment=_WRAPPED)
        self._date = self._look(border=_GRID, alignment=_WRAPPED, number_format="yyyy-mm-dd")
        self._quoted = self._look(border=_GRID, alignment=_WRAPPED, quotePrefix=True)

    def _look(self, **style: Any) -> Any:
        cell = WriteOnlyCell(self._sheet)
        for name, value in style.items():
            setattr(cell, name, value)
        return cell._style

    def write(self, value: Value, look: Any = None) -> Any:
        """A cell of the value. Text is text, whatever it begins with, and stays text when it is edited."""
        if not isinstance(value, str) or not value:
            cell = WriteOnlyCell(self._sheet, value=None if value == "" else value)
            cell._style = self._date if isinstance(value, date) else self._plain
            return cell
        cell = WriteOnlyCell(self._sheet)
        put_text(cell, value)
        cell._style = look or (self._quoted if value.startswith(_FORMULA_SIGNS) else self._plain)
        return cell
