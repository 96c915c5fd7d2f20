"""The two tables that come with the portal: read from shipped.yaml, their workbooks made by code."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from inspections.text_cells import put_text
from inspections.workbook_bytes import undated

_DATA = Path(__file__).with_name("shipped.yaml")
_WIDTHS = {"A": 8, "B": 34, "C": 12, "D": 18, "E": 24}
_HEADS = ("序号", "指标", "计量单位", "本期数", "备注")
_FIRST_ROW = 5  # of the figures
UNIT_CELL, FIGURES_ON_CELL, PERIOD_CELL = "A2", "D2", "A3"


@dataclass(frozen=True)
class ShippedStatistic:
    """As it stands in the file: counted by ``query``, or keyed in from ``source``."""

    code: str
    name: str
    measure: str
    definition: str
    query: str = ""
    source: str = ""


@dataclass(frozen=True)
class ShippedTable:
    """``figures`` are codes of statistics in the order of the rows."""

    code: str
    name: str
    demanded_by: str
    span: str
    due_after: int
    figures: tuple[str, ...]

    @property
    def figure_cells(self) -> dict[str, str]:
        """Place of each figure's cell -> code."""
        return {f"D{_FIRST_ROW + at}": code for at, code in enumerate(self.figures)}


@cache
def shipped() -> tuple[tuple[ShippedStatistic, ...], tuple[ShippedTable, ...]]:
    """All statistics and tables of the file."""
    data = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    tables = (ShippedTable(**{**one, "figures": tuple(one["figures"])}) for one in data["tables"])
    return tuple(ShippedStatistic(**one) for one in data["statistics"]), tuple(tables)


def workbook(table: ShippedTable, statistics: dict[str, ShippedStatistic]) -> bytes:
    """The empty table: title, unit and date, one row a figure, the three signatures."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "报表"
    thin = Side(style="thin")
    frame, middle = Border(thin, thin, thin, thin), Alignment("center", "center", wrap_text=True)

    def put(place: str, text: str) -> None:
        put_text(page[place], text)

    for merged in ("A1:E1", "A2:C2", "D2:E2", "A3:E3"):
        page.merge_cells(merged)
    put("A1", table.name)
    page["A1"].font, page["A1"].alignment = Font(bold=True, size=18), middle
    put(UNIT_CELL, "填报单位：")
    put(FIGURES_ON_CELL, "数据截至：")
    put(PERIOD_CELL, "报告期：")
    for letter, head in zip("ABCDE", _HEADS, strict=True):
        put(f"{letter}4", head)
        page[f"{letter}4"].font = Font(bold=True)
        page[f"{letter}4"].fill = PatternFill("solid", fgColor="E6E6E6")
    for at, code in enumerate(table.figures):
        row, one = _FIRST_ROW + at, statistics[code]
        page[f"A{row}"] = at + 1
        put(f"B{row}", one.name)
        put(f"C{row}", one.measure)
    last = _FIRST_ROW + len(table.figures)
    page.merge_cells(f"A{last}:E{last}")
    put(f"A{last}", "填表人：　　　　　　审核人：　　　　　　单位负责人（盖章）：")
    for cells in page[f"A4:E{last - 1}"]:
        for cell in cells:
            cell.border, cell.alignment = frame, middle
    for letter, width in _WIDTHS.items():
        page.column_dimensions[letter].width = width
    page.row_dimensions[1].height, page.row_dimensions[last].height = 34, 30
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    out = io.BytesIO()
    book.save(out)
    return undated(out.getvalue())
