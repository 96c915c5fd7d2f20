"""The workbook of units: empty, or with the units of the register."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from inspections.imports.sheets import Column, Sheet
from inspections.imports.units.columns import CAMPUSES, INSTITUTIONS, SCHOOLS, SHEETS
from inspections.imports.units.forms import terms_not_over
from inspections.imports.writing import written
from schools.grades import grades_in_words
from shuangjian import clock
from shuangjian.accounts.models import Organisation

_NOTES = (
    "每个单位一行，从第2行起填写；不要合并单元格，不要改表头，不用的列可以空着或删去。",
    "单位按代码核对：平台里没有的是新增，已有的是修改；修改时空着的格保持原样，不会清空。",
    "代码、电话和日期请用文本格式填写；日期写成2026-09-01。",
    "上传后先核对，列出要新增、修改的单位和有问题的单元格；确认以前什么也不写入。",
)


def template(units: Iterable[Organisation] = ()) -> bytes:
    """The bytes of the workbook, filled with ``units`` (schools and institutions, with their facts)."""
    listed = list(units)
    return written(SHEETS, {sheet.name: _rows_of(sheet, listed) for sheet in SHEETS}, _NOTES)


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
