"""From the cells of a workbook to what a form takes: by the table of columns, each fault with its cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl.utils import get_column_letter

from inspections.imports.sheets import REQUIRED_MARK, Column, Sheet
from shuangjian.accounts.unit_codes import normalised
from shuangjian.files.child import MOST_MARKS
from shuangjian.policy.scope import grade_name

LARGEST_EXACT = 10**15  # a table program keeps fifteen digits of a number; the rest is gone
MOST_SHOWN = 40  # characters of a cell that a fault repeats
MOST_TITLES = 6  # rows among which the headings are looked for
_NOTHING = "表里没有填写内容，请在表头下面逐行填写"


class BadCell(Exception):
    """What a cell holds cannot be taken; the message says why and what to write instead."""


@dataclass(frozen=True)
class Fault:
    """One thing to mend in the workbook: where it stands, what stands there, what is wrong and what to do."""

    sheet: str
    cell: str
    heading: str
    found: str
    words: str


@dataclass
class ReadRow:
    """One row that says something: the values of its filled cells by field, and what was wrong with them."""

    sheet: Sheet
    number: int
    letters: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)  # what the cells hold, as it came
    faults: list[Fault] = field(default_factory=list)
    blamed: set[str] = field(default_factory=set)

    def blame(self, name: str, words: str) -> None:
        """Note a fault of the column ``name`` (or of the row, where the column is not in the file)."""
        self.blamed.add(name)
        cell = self.letters.get(name, "A") + str(self.number)
        heading = next((column.heading for column in self.sheet if column.field == name), "")
        self.faults.append(Fault(self.sheet.name, cell, heading, _shown(self.found.get(name)), words))


@dataclass
class ReadBook:
    """All rows of all known sheets, the texts above their headings, and the faults that are no row's."""

    rows: list[ReadRow] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, sheet: str, cell: str, words: str, *, heading: str = "", found: str = "") -> None:
        """Note a fault that is no row's: nothing of the file can be taken before it is mended."""
        self.faults.append(Fault(sheet, cell, heading, found, words))

    def keep(self, is_filled_in: Callable[[ReadRow], bool]) -> None:
        """Leave out the rows that a template offers and nobody filled in; that none is left is a fault."""
        offered, self.rows = self.rows, [row for row in self.rows if is_filled_in(row)]
        if offered and not self.rows:
            self.blame(offered[0].sheet.name, "", _NOTHING)


def read_book(sheets: list[dict[str, Any]], known: Sequence[Sheet]) -> ReadBook:
    """Read what ``files.read_workbook`` gave, by the tables of columns that are ``known``."""
    book = ReadBook()
    by_name = {sheet["name"].strip(): sheet for sheet in sheets}
    if len(known) == 1 and known[0].name not in by_name and sheets:
        by_name = {known[0].name: sheets[0]}  # where one table is asked for, its sheet may have any name
    for sheet in known:
        if sheet.name in by_name:
            _read_sheet(sheet, by_name[sheet.name], book)
    if not book.faults and not book.rows:
        names = "、".join(f"“{sheet.name}”" for sheet in known)
        named = any(sheet.name in by_name for sheet in known)
        words = _NOTHING if named else f"没有找到{names}中的任何一张表，请用平台的模板填写"
        book.blame("、".join(by_name)[:MOST_SHOWN], "", words)
    return book


def _read_sheet(sheet: Sheet, raw: dict[str, Any], book: ReadBook) -> None:
    rows = raw["rows"]
    if not any(_is_filled(cell) for row in rows for cell in row):
        return
    head = _head_of(sheet, rows)
    book.titles += [_shown(cell) for row in rows[:head] for cell in row if _is_filled(cell)]
    columns = _columns_of(sheet, head + 1, rows[head], book)
    letters = {column.field: get_column_letter(at + 1) for at, column in columns.items()}
    marked = {cell: "formula" for cell in raw["formulas"]} | {cell: "error" for cell in raw["errors"]}
    for kind in ("formulas", "errors", "merged"):
        if len(raw[kind]) >= MOST_MARKS:
            book.blame(sheet.name, "", "公式、出错或合并的单元格太多，请复制后用“选择性粘贴－数值”换成结果")
    for merged in raw["merged"]:
        if _last_row(merged) > head + 1:
            words = "是合并单元格，请取消合并，每格都填"
            book.blame(sheet.name, merged, words)
    for number, cells in enumerate(rows[head + 1 :], start=head + 2):
        is_marked = marked and any(f"{letter}{number}" in marked for letter in letters.values())
        if is_marked or any(_is_filled(cell) for cell in cells):
            row = ReadRow(sheet, number, letters)
            _read_row(row, cells, columns, marked)
            book.rows.append(row)


def _is_filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _last_row(merged: str) -> int:
    """The last row of 「A2:C5」."""
    digits = "".join(sign for sign in merged.rpartition(":")[2] if sign.isdecimal())
    return int(digits or 0)


def _head_of(sheet: Sheet, rows: list[list[Any]]) -> int:
    """Where (from 0) the headings stand: the first row with most known ones; titles may stand above."""
    known = _headings_of(sheet)
    hits = [
        sum(_heading(_shown(cell)) in known for cell in row if _is_filled(cell)) for row in rows[:MOST_TITLES]
    ]
    return hits.index(max(hits))


def _headings_of(sheet: Sheet) -> dict[str, Column]:
    """Every spelling under which a column is known. What two columns share tells neither."""
    found: dict[str, Column] = {}
    shared: set[str] = set()
    for column in sheet:
        for text in {_heading(text) for text in (column.heading, _bare(column.heading), *column.also)}:
            if text in found:
                shared.add(text)
            found[text] = column
    exact = {_heading(column.heading): column for column in sheet}
    return {text: column for text, column in found.items() if text not in shared} | exact


def _bare(heading: str) -> str:
    """「每天书面作业」 of 「每天书面作业（分钟/天）」."""
    return heading.partition("（")[0] or heading


def _columns_of(sheet: Sheet, number: int, heads: list[Any], book: ReadBook) -> dict[int, Column]:
    """Which column stands where. Unknown, repeated and missing headings are faults of their row."""
    known = _headings_of(sheet)
    found: dict[int, Column] = {}
    for at, cell in enumerate(heads):
        if not _is_filled(cell):
            continue
        text = _shown(cell)
        if _heading(text) in sheet.ignored:
            continue
        column = known.get(_heading(text))
        if column is None:
            words = f"没有“{text}”这一列，请用模板的表头，或删去这一列"
        elif column in found.values():
            words = f"“{column.heading}”这一列出现了两次，请留一列"
        else:
            found[at] = column
            continue
        book.blame(sheet.name, f"{get_column_letter(at + 1)}{number}", words, found=text)
    for name in sheet.needed:
        if all(column.field != name for column in found.values()):
            heading = sheet.column(name).heading
            words = f"第{number}行缺少“{heading}”这一列，请用模板的表头"
            book.blame(sheet.name, f"A{number}", words, heading=heading)
    return found


def _heading(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.removesuffix(unicodedata.normalize("NFKC", REQUIRED_MARK)).strip("*:")


def _read_row(row: ReadRow, cells: list[Any], columns: dict[int, Column], marked: dict[str, str]) -> None:
    filled = len(cells)
    for at, column in columns.items():
        name = column.field
        cell = row.found[name] = cells[at] if at < filled else None
        mark = marked.get(f"{row.letters[name]}{row.number}") if marked else None
        if mark == "formula":
            row.blame(name, "是公式，请复制后用“选择性粘贴－数值”换成结果")
        elif mark == "error":
            row.blame(name, "是出错的公式（例如#REF!），请改成要填的内容")
        elif _is_filled(cell):
            try:
                row.values[name] = READERS[column.kind](cell, column)
            except BadCell as bad:
                row.blame(name, str(bad))


def _shown(cell: Any) -> str:
    """What people see in the cell, shortened."""
    text = cell["date"] if isinstance(cell, dict) else "" if cell is None else str(cell).strip()
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"


def _text(cell: Any, column: Column) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, dict):
        return str(cell["date"])
    return str(cell).strip()


def _folded(cell: Any, column: Column) -> str:
    """For codes, numbers and choices: half-width, without blanks."""
    return _plain(_text(cell, column))


def _code(cell: Any, column: Column) -> str:
    if isinstance(cell, dict):
        raise BadCell("被改成了日期，请把这一列设为文本格式后重新填写代码")
    too_long = isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= LARGEST_EXACT
    if too_long or re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", str(cell).strip()):
        raise BadCell("代码存成了数字，后几位已经丢失，请把这一列设为文本格式后重新填写")
    return normalised(str(cell))


def _one_of(text: str, column: Column) -> str:
    choices = column.choices or []
    plain = text.casefold()
    for value, label in (*choices, *column.spellings):
        if plain == label.casefold():
            return value
    near = [value for value, label in choices if plain and label.casefold().startswith(plain)]
    if len(near) == 1:
        return near[0]
    labels = "、".join(label for _, label in choices)
    raise BadCell(f"{column.heading}只能填：{labels}")


def _choice(cell: Any, column: Column) -> str:
    return _one_of(_folded(cell, column), column)


def _several(cell: Any, column: Column) -> list[str]:
    parts = [part for part in re.split(r"[、,;/+和]", _folded(cell, column)) if part]
    return list(dict.fromkeys(_one_of(part, column) for part in parts))


_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NAMED = {grade_name(grade): grade for grade in range(1, 13)} | {"初一": 7, "初二": 8, "初三": 9}
_GRADES = "年级写成“1至6”或“7、8、9”，高一至高三是10至12"


def _grade(text: str) -> int:
    plain = text.removesuffix("年级").removesuffix("年")
    if text in _NAMED:
        return _NAMED[text]
    if plain in _NUMERALS:
        return _NUMERALS[plain]
    if plain.isdecimal() and 1 <= int(plain) <= 12:
        return int(plain)
    raise BadCell(f"看不懂“{text[:10]}”，{_GRADES}")


def _grades(cell: Any, column: Column) -> list[int]:
    if isinstance(cell, dict):
        raise BadCell(f"被改成了日期，请设为文本格式，{_GRADES}")
    found: set[int] = set()
    for part in re.split(r"[、,;]", _folded(cell, column)):
        ends = [end for end in re.split(r"[至到~\-—－–]+", part) if end]
        if not ends or len(ends) > 2:
            raise BadCell(f"看不懂“{part[:10]}”，{_GRADES}")
        first, last = _grade(ends[0]), _grade(ends[-1])
        if first > last:
            raise BadCell(f"“{part[:10]}”前后颠倒了，{_GRADES}")
        found |= set(range(first, last + 1))
    return sorted(found)


def _yes_no(cell: Any, column: Column) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _folded(cell, column)
    if text in ("是", "有", "√", "1"):
        return True
    if text in ("否", "无", "不是", "×", "0"):
        return False
    raise BadCell(f"{column.heading}只能填“是”或“否”")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _number(cell: Any, column: Column) -> str:
    if isinstance(cell, (bool, dict)):
        raise BadCell(f"{column.heading}要填数字，请把这一格设为文本格式后重新填写")
    return _folded(cell, column).replace(",", "").removesuffix(_plain(column.unit)).strip()


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def _date(cell: Any, column: Column) -> date:
    if isinstance(cell, dict):
        return date.fromisoformat(cell["date"])
    text = _folded(cell, column)
    found = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if found is None:
        raise BadCell(f"{column.heading}要写到日，例如{column.example or '2026-09-01'}")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as wrong:
        raise BadCell("日历上没有这一天，请核对") from wrong


_CLOCK = re.compile(r"(\d{1,2})[:点时](\d{1,2})?分?(?::\d\d)?")


def _clock(cell: Any, column: Column) -> str:
    """16:30, as text, as a time of the table program (a share of the day), or as 16点30分."""
    text = _folded(cell, column).replace("点半", "点30").replace("时半", "时30")
    try:
        share = float(text)
    except ValueError:
        found = _CLOCK.fullmatch(text)
    else:
        minutes = round(share * 24 * 60)
        if not 0 < share < 1:
            raise BadCell(f"{column.heading}要写成几点几分，例如16:30")
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise BadCell(f"{column.heading}要写成几点几分，例如16:30")
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


READERS: dict[str, Callable[[Any, Column], Any]] = {
    "text": _text,
    "code": _code,
    "choice": _choice,
    "choices": _several,
    "grades": _grades,
    "yes_no": _yes_no,
    "number": _number,
    "date": _date,
    "clock": _clock,
    "township": _text,
    "area": _text,
    "unit": _code,
}
