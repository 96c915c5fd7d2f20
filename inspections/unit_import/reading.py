"""From the cells of a workbook to what a form takes: by the table of columns, each fault with its cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl.utils import get_column_letter

from inspections.unit_import.columns import REQUIRED_MARK, SHEETS, Column, Sheet
from shuangjian.accounts.unit_codes import normalised
from shuangjian.policy.scope import grade_name

LARGEST_EXACT = 10**15  # a table program keeps fifteen digits of a number; the rest is gone
MOST_SHOWN = 40  # characters of a cell that a fault repeats


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
    found: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    blamed: set[str] = field(default_factory=set)

    def blame(self, name: str, words: str) -> None:
        """Note a fault of the column ``name`` (or of the row, where the column is not in the file)."""
        self.blamed.add(name)
        cell = self.letters.get(name, "A") + str(self.number)
        heading = next((column.heading for column in self.sheet if column.field == name), "")
        self.faults.append(Fault(self.sheet.name, cell, heading, self.found.get(name, ""), words))


@dataclass
class ReadBook:
    """All rows of all known sheets, and the faults that are no row's."""

    rows: list[ReadRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_book(sheets: list[dict[str, Any]]) -> ReadBook:
    """Read what ``files.read_workbook`` gave."""
    book = ReadBook()
    by_name = {sheet["name"].strip(): sheet for sheet in sheets}
    for sheet in SHEETS:
        if sheet.name in by_name:
            _read_sheet(sheet, by_name[sheet.name], book)
    if not book.faults and not book.rows:
        known = "、".join(f"“{sheet.name}”" for sheet in SHEETS)
        named = any(sheet.name in by_name for sheet in SHEETS)
        words = (
            "表里没有填写单位，请从第2行起填写"
            if named
            else f"没有找到{known}中的任何一张表，请用平台的模板填写"
        )
        book.faults.append(Fault("、".join(by_name)[:MOST_SHOWN], "", "", "", words))
    return book


def _read_sheet(sheet: Sheet, raw: dict[str, Any], book: ReadBook) -> None:
    rows = raw["rows"]
    if not any(_is_filled(cell) for row in rows for cell in row):
        return
    columns = _columns_of(sheet, rows[0] if rows else [], book)
    letters = {column.field: get_column_letter(at + 1) for at, column in columns.items()}
    marked = {cell: "formula" for cell in raw["formulas"]} | {cell: "error" for cell in raw["errors"]}
    for merged in raw["merged"]:
        _blame_merged(sheet, merged, book)
    for number, cells in enumerate(rows[1:], start=2):
        if any(_is_filled(cell) for cell in cells) or any(
            f"{letter}{number}" in marked for letter in letters.values()
        ):
            book.rows.append(_read_row(sheet, number, cells, columns, letters, marked))


def _is_filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _blame_merged(sheet: Sheet, merged: str, book: ReadBook) -> None:
    first = merged.partition(":")[0]
    if first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") not in ("", "1"):
        book.faults.append(
            Fault(sheet.name, merged, "", "", "是合并单元格，请取消合并，每个单位占一行，每格都填")
        )


def _columns_of(sheet: Sheet, heads: list[Any], book: ReadBook) -> dict[int, Column]:
    """Which column stands where. Unknown, repeated and missing headings are faults of the first row."""
    known = {_heading(column.heading): column for column in sheet}
    found: dict[int, Column] = {}
    for at, cell in enumerate(heads):
        if not _is_filled(cell):
            continue
        text = _shown(cell)
        column = known.get(_heading(text))
        if column is None:
            words = f"没有“{text}”这一列，请用模板的表头，或删去这一列"
        elif column in found.values():
            words = f"“{column.heading}”这一列出现了两次，请留一列"
        else:
            found[at] = column
            continue
        book.faults.append(Fault(sheet.name, f"{get_column_letter(at + 1)}1", "", text, words))
    needed = ("unit", "name") if sheet.holds == "rows" else ("code",)
    for name in needed:
        if all(column.field != name for column in found.values()):
            heading = sheet.column(name).heading
            words = f"第1行缺少“{heading}”这一列，请用模板的表头"
            book.faults.append(Fault(sheet.name, "A1", heading, "", words))
    return found


def _heading(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.removesuffix(unicodedata.normalize("NFKC", REQUIRED_MARK)).rstrip("*")


def _read_row(
    sheet: Sheet,
    number: int,
    cells: list[Any],
    columns: dict[int, Column],
    letters: dict[str, str],
    marked: dict[str, str],
) -> ReadRow:
    row = ReadRow(sheet, number, letters)
    for at, column in columns.items():
        cell = cells[at] if at < len(cells) else None
        mark = marked.get(f"{get_column_letter(at + 1)}{number}")
        row.found[column.field] = _shown(cell)
        if mark == "formula":
            row.blame(column.field, "是公式，请复制后用“选择性粘贴－数值”换成结果")
        elif mark == "error":
            row.blame(column.field, "是出错的公式（例如#REF!），请改成要填的内容")
        elif _is_filled(cell):
            try:
                row.values[column.field] = _READERS[column.kind](cell, column)
            except BadCell as bad:
                row.blame(column.field, str(bad))
    return row


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
    return "".join(unicodedata.normalize("NFKC", _text(cell, column)).split())


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
    for value, label in choices:
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


def _number(cell: Any, column: Column) -> str:
    if isinstance(cell, (bool, dict)):
        raise BadCell(f"{column.heading}要填数字，请把这一格设为文本格式后重新填写")
    return _folded(cell, column).replace(",", "").removesuffix("人").removesuffix("平方米")


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def _date(cell: Any, column: Column) -> date:
    if isinstance(cell, dict):
        return date.fromisoformat(cell["date"])
    text = _folded(cell, column)
    found = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if found is None:
        raise BadCell(f"{column.heading}要写到日，例如{column.example}")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as wrong:
        raise BadCell(f"日历上没有这一天，请核对，例如{column.example}") from wrong


_READERS: dict[str, Callable[[Any, Column], Any]] = {
    "text": _text,
    "code": _code,
    "choice": _choice,
    "choices": _several,
    "grades": _grades,
    "yes_no": _yes_no,
    "number": _number,
    "date": _date,
    "township": _text,
    "area": _text,
    "unit": _code,
}
