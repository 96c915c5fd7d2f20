"""单位导入 in the width: one workbook was taken over in September, one waits with its faults.

The workbooks are the portal's own template, filled in as a clerk would.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl import load_workbook

from inspections.demo.place import Place, do_now
from inspections.demo.story import Story
from inspections.demo.wide.units import Width
from inspections.imports.sheets import Sheet
from inspections.imports.units.columns import INSTITUTIONS, PLACES, SCHOOLS
from inspections.imports.units.template import template
from inspections.models import Import
from inspections.workbook_bytes import undated
from inspections.workflows import imports
from shuangjian.journal.models import Job

Rows = Sequence[Mapping[str, Any]]  # what stands in the cells, by the field of the column

COUNTED = 9  # schools that told their numbers in September
CORRECTED = ("城南小学", "琴键音乐培训学校")  # known units in the file that waits
_FORMULA = "=160+158"


def stories(place: Place, width: Width) -> Iterator[Story]:
    yield taken_over(place, width)
    yield waiting(place, width)


def taken_over(place: Place, width: Width) -> Story:
    """Pupils and contacts of the new school year; nothing was wrong with it, the job has done it."""
    yield place.ago(55, "15:10")
    zhuanban, lot = place.people["zhuanban"], place.apart("numbers").rng
    schools = [unit for unit in width.schools if not unit.filer][:COUNTED]
    rows = [
        {
            "name": unit.name,
            "code": unit.code,
            "pupil_count": unit.pupils + lot.randint(-30, 30),
            "contact_name": place.people[unit.clerk].name,
            "contact_phone": f"0000-612{number:04d}",
        }
        for number, unit in enumerate(schools, start=31)
    ]
    book = workbook((SCHOOLS, rows))
    made = _looked_through(place, "秋季学生数和联系人.xlsx", book)
    yield place.ago(55, "15:25")
    do_now(imports.confirm(import_id=made.pk, actor=zhuanban, version=made.version))


def _looked_through(place: Place, name: str, book: bytes) -> Import:
    """A workbook that the task force uploaded and the job has looked through."""
    stored = place.table("zhuanban", name, book)
    made = imports.upload(what="units", actor=place.people["zhuanban"], stored=stored)
    do_now(Job.objects.get(key=f"{imports.CHECK_JOB}:{made.pk}"))
    made.refresh_from_db()
    return made


def waiting(place: Place, width: Width) -> Story:
    """Two new units and corrections; some cells have to be mended before it can be confirmed."""
    yield place.ago(1, "15:50")
    south, piano = (next(unit for unit in width.units if unit.name == name) for name in CORRECTED)
    school = {"school_type": "小学", "grades": "1至6", "township": "东湖街道", "area": "第三督学责任区"}
    wrong_town = {"township": "东胡街道"}
    schools: Rows = [
        {"name": "湖滨第二小学", "code": "3152900419", "pupil_count": 540, "address": "湖滨路120号"} | school,
        {"name": "学苑小学", "code": "31529004", "pupil_count": 410} | school,
        {"name": "渔港小学", "code": "3152900441", "pupil_count": "约300"} | school | wrong_town,
        {"name": south.name, "code": south.code, "pupil_count": _FORMULA},
    ]
    institutions: Rows = [
        {"name": piano.name, "code": piano.code, "licence_until": "2028年13月1日"},
        {"name": "星光舞蹈培训中心", "code": "92529001MA7Y000998", "category": "舞蹈", "modes": "线下",
         "authority": "文化和旅游", "township": "城关镇"},
    ]  # fmt: skip
    places: Rows = [{"unit": "92529001MA7Y0099XX", "name": "总部", "address": "商贸街9号"}]
    book = workbook((SCHOOLS, schools), (INSTITUTIONS, institutions), (PLACES, places))
    _looked_through(place, "新增和变更单位.xlsx", book)


def workbook(*sheets: tuple[Sheet, Rows]) -> bytes:
    """The template with these rows; the same rows give the same bytes."""
    book = load_workbook(io.BytesIO(template()))
    for sheet, rows in sheets:
        for number, row in enumerate(rows, start=2):
            for at, column in enumerate(sheet, start=1):
                if column.field in row:
                    book[sheet.name].cell(number, at).value = row[column.field]
    out = io.BytesIO()
    book.save(out)
    return undated(out.getvalue())
