"""The ledger as a workbook: the filter in words in row 1, a frozen heading, real dates and numbers.

Whatever people wrote is written as text and never as a formula. Source of the columns: workflow.md §2
(问题清单, 整改台账).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from inspections.ledger import days_late, person_of
from inspections.models import RectificationTask
from inspections.text_cells import put_text
from shuangjian import clock
from shuangjian.dates import cn_date

SHEET = "问题整改台账"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

_THIN = Side(style="thin", color="999999")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAPPED = Alignment(vertical="top", wrap_text=True)

Value = str | int | date | None
Column = tuple[str, int, Callable[[RectificationTask], Value]]  # heading, width in characters, value


def _measures(task: RectificationTask) -> str:
    return "\n".join(f"{m.text}（{m.person}，{m.due_on}）" for m in task.measures_in_force)


def _day(moment: datetime | None) -> date | None:
    return clock.local_day(moment) if moment is not None else None


def _first_due(task: RectificationTask) -> date | None:
    """原期限 where the date was extended."""
    granted = task.granted_extensions
    return granted[0].from_on if granted else None


def _broken(task: RectificationTask) -> str:
    """What is broken, in the wording of its list."""
    broken = task.problem.prohibition
    return f"{broken.kind}{broken.phrase}" if broken is not None else ""


def _name(person: Any) -> str:
    return str(person.name) if person is not None else ""


COLUMNS: tuple[Column, ...] = (
    ("编号", 12, lambda task: task.problem.no),
    ("单位代码", 20, lambda task: task.organisation.code),
    ("单位", 24, lambda task: task.organisation.name),
    ("类别", 12, lambda task: task.organisation.get_kind_display()),
    ("乡镇", 12, lambda task: str(task.organisation.township.name) if task.organisation.township else ""),
    ("督学责任区", 16, lambda task: str(task.organisation.area.name) if task.organisation.area else ""),
    ("条目", 7, lambda task: task.problem.rule.number),
    ("条目名称", 22, lambda task: task.problem.rule.title),
    ("检查项", 9, lambda task: task.problem.item.short_code if task.problem.item else ""),
    ("严禁或不得", 30, _broken),
    ("性质", 10, lambda task: task.problem.get_severity_display()),
    ("发现情况", 40, lambda task: task.problem.fact),
    ("来源", 12, lambda task: task.problem.get_origin_display()),
    ("发现日期", 12, lambda task: task.problem.found_on),
    ("发现人", 10, lambda task: _name(task.problem.found_by)),
    ("整改类别", 10, lambda task: task.problem.get_rectifying_display()),
    ("第几次整改", 10, lambda task: task.ordinal),
    ("整改措施", 40, _measures),
    ("责任人", 12, person_of),
    ("督办人", 10, lambda task: _name(task.overseer)),
    ("状态", 10, lambda task: task.get_state_display()),
    ("原期限", 12, _first_due),
    ("整改期限", 12, lambda task: task.due_on),
    ("逾期天数", 9, days_late),
    ("申请销号日期", 13, lambda task: _day(task.applied_at)),
    ("整改完成情况", 40, lambda task: task.statement),
    ("核查日期", 12, lambda task: _day(task.verified_at)),
    ("核查人", 10, lambda task: _name(task.verified_by)),
    ("销号日期", 12, lambda task: _day(task.closed_at)),
    ("销号人", 10, lambda task: _name(task.closed_by)),
    ("销号编号", 14, lambda task: task.close_no),
    ("备注", 12, lambda task: ""),
)
_HEADINGS = ("序号", *(heading for heading, _, _ in COLUMNS))


def workbook_of(rows: Iterable[RectificationTask], *, words: str, as_of: datetime) -> tuple[bytes, int]:
    """(bytes of the .xlsx, how many rows it holds). ``rows`` come from ``ledger.with_everything``."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    set_up(sheet, (6, *(width for _, width, _ in COLUMNS)), frozen="D3")
    pen = Pen(sheet)
    told = f"筛选：{words}；数据截至{cn_date(as_of)} {as_of:%H:%M}"
    sheet.append([pen.write(told, pen.title)])
    sheet.append([pen.write(heading, pen.heading) for heading in _HEADINGS])
    count = 0
    for count, task in enumerate(rows, start=1):
        sheet.append([pen.write(count), *(pen.write(value(task)) for _, _, value in COLUMNS)])
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(_HEADINGS))}{max(count + 2, 3)}"
    data = BytesIO()
    book.save(data)
    return data.getvalue(), count


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
