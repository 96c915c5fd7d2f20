"""What is written into the cells of a return: its figures, and the words that each copy has of its own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from inspections.models import BoundCell, UpwardReturn
from inspections.returns.sheets import Grid, grids_of
from inspections.text_cells import writable
from inspections.workbook_bytes import undated
from shuangjian.accounts.selectors import the_county
from shuangjian.files import services as files

Value = int | float | str


def _cells(row: UpwardReturn) -> Iterator[tuple[BoundCell, Value | None]]:
    """Every bound cell with its value; None for a figure that nobody has given yet."""
    figures: dict[int | None, Decimal | None] = {line.statistic_id: line.value for line in row.lines.all()}
    words = {
        BoundCell.Word.UNIT: unit_name(),
        BoundCell.Word.PERIOD: row.period_words,
        BoundCell.Word.FIGURES_ON: row.figures_words,
    }
    before = grids_of(row.template.sheets)
    for cell in row.template.cells.all():
        if cell.word:
            printed = before[cell.sheet].find(cell.cell)
            yield cell, f"{printed.text if printed else ''}{words[BoundCell.Word(cell.word)]}"
            continue
        figure = figures.get(cell.statistic_id)
        if figure is None:
            yield cell, None
        else:
            yield cell, int(figure) if figure == figure.to_integral_value() else float(figure)


def unit_name() -> str:
    """Who fills in: the bureau, which has the seal (P11)."""
    county = the_county()
    return county.bureau_name or county.name


def drawn(row: UpwardReturn) -> list[Grid]:
    """The sheets as they stand filled in. Reads lines and cells, which pages prefetch."""
    figures: dict[int | None, str] = {line.statistic_id: line.value_words for line in row.lines.all()}
    texts = {
        (cell.sheet, cell.cell): str(value) if cell.word else figures.get(cell.statistic_id, "")
        for cell, value in _cells(row)
    }
    return grids_of(row.template.sheets, texts)


def workbook_of(row: UpwardReturn) -> bytes:
    """The office's own workbook with the bound cells filled and all else as it came; the same figures give
    the same bytes.

    Takes up to 20 s: hold no locks. Raises Rejected where the workbook cannot be opened any more.
    """
    sheets = row.template.sheets
    cells: dict[str, dict[str, Value]] = {}
    for cell, value in _cells(row):
        if value is not None:
            content = writable(value) if isinstance(value, str) else value
            cells.setdefault(sheets[cell.sheet]["name"], {})[cell.cell] = content
    return undated(files.fill_workbook(row.template.stored_file, cells))
