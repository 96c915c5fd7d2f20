"""导入 in the width: of units one workbook was taken over in September, one waits with its faults.

The county's ledger from before the portal is taken over, and two people whose roles wait to be granted.
The workbooks are the portal's own templates, filled in as a clerk would.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from openpyxl import load_workbook

from inspections.demo.place import Place, do_now
from inspections.demo.story import Story
from inspections.demo.wide.units import Width
from inspections.imports.kinds import Kind
from inspections.imports.old_ledger.columns import SHEET as OLD_PROBLEMS
from inspections.imports.old_ledger.kind import OLD_LEDGER
from inspections.imports.people.columns import SHEET as PERSONS
from inspections.imports.people.kind import PEOPLE
from inspections.imports.sheets import Sheet
from inspections.imports.units.columns import INSTITUTIONS, PLACES, SCHOOLS
from inspections.imports.units.kind import UNITS
from inspections.models import Import
from inspections.workbook_bytes import undated
from inspections.workflows import imports
from shuangjian.accounts.models import User
from shuangjian.journal.models import Job

Rows = Sequence[Mapping[str, Any]]  # what stands in the cells, by the field of the column

COUNTED = 9  # schools that told their numbers in September
CORRECTED = ("城南小学", "琴键音乐培训学校")  # known units in the file that waits
_FORMULA = "=160+158"


def stories(place: Place, width: Width) -> Iterator[Story]:
    yield taken_over(place, width)
    yield waiting(place, width)
    yield old_ledger(place, width)
    yield people(place, width)


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
    made = _looked_through(place, "秋季学生数和联系人.xlsx", workbook(UNITS, (SCHOOLS, rows)))
    yield place.ago(55, "15:25")
    do_now(imports.confirm(import_id=made.pk, actor=zhuanban, version=made.version))


def _looked_through(place: Place, name: str, book: bytes, kind: Kind = UNITS, by: str = "zhuanban") -> Import:
    """A workbook that was uploaded and that the job has looked through."""
    made = imports.upload(what=kind.what, actor=place.people[by], stored=place.table(by, name, book))
    do_now(Job.objects.get(key=f"{imports.CHECK_JOB}:{made.pk}"))
    made.refresh_from_db()
    return made


def old_ledger(place: Place, width: Width) -> Story:
    """What the bureau kept before the portal: one problem goes on here, the others are history."""
    yield place.ago(54, "09:40")
    school = next(unit for unit in width.units if unit.name == CORRECTED[0])

    def day(ago: int, written: str = "%Y-%m-%d") -> str:
        return (place.as_of - timedelta(days=ago)).strftime(written)

    common = {"code": school.code, "unit_name": school.name, "origin": "县级检查"}
    closed = common | {"state": "已销号", "person": "分管副校长"}
    rows: Rows = [
        closed | {"old_no": f"{day(600, '%Y')}-12", "item": "9-3", "fact": "四年级英语用手机打卡完成作业",
                  "found_on": day(600, "%Y年%m月%d日"), "due_on": day(570), "closed_on": day(577),
                  "measure": "改为纸质作业，停用打卡小程序"},
        closed | {"old_no": f"{day(550, '%Y')}-31", "item": "5-1", "fact": "六年级数学作业超出课标",
                  "found_on": day(550, "%Y.%m.%d"), "due_on": day(529), "closed_on": day(531),
                  "measure": "教研组审核作业设计"},
        common | {"old_no": f"{day(180, '%Y')}-4", "item": "11-3", "fact": "三年级推荐的课外读物没有审核记录",
                  "found_on": day(180), "state": "整改中", "due_on": day(-32),
                  "measure": "补齐推荐目录的审核，公示自愿购买", "person": "教务主任"},
    ]  # fmt: skip
    made = _looked_through(place, "双减问题台账.xlsx", workbook(OLD_LEDGER, (OLD_PROBLEMS, rows)), OLD_LEDGER)
    do_now(imports.confirm(import_id=made.pk, actor=place.people["zhuanban"], version=made.version))


def people(place: Place, width: Width) -> Story:
    """Two more people: their accounts are open, their roles wait for the security administrator."""
    yield place.ago(2, "10:20")
    until = place.as_of + timedelta(days=75)
    school = next(unit for unit in width.units if unit.name == CORRECTED[0])
    rows: Rows = [
        {"name": "田禾", "code": school.code, "role": "学校管理员", "title": "教务主任"},
        {"name": "白杨", "code": "YX00", "role": "双减专班", "title": "借调", "to_on": until.isoformat()},
    ]
    book = workbook(PEOPLE, (PERSONS, rows))
    made = _looked_through(place, "新增人员.xlsx", book, PEOPLE, by="xitong")
    do_now(imports.confirm(import_id=made.pk, actor=place.people["xitong"], version=made.version))


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
    book = workbook(UNITS, (SCHOOLS, schools), (INSTITUTIONS, institutions), (PLACES, places))
    _looked_through(place, "新增和变更单位.xlsx", book)


def workbook(kind: Kind, *sheets: tuple[Sheet, Rows]) -> bytes:
    """The kind's empty template with these rows; the same rows give the same bytes."""
    book = load_workbook(io.BytesIO(kind.template(User(), is_filled=False)[1]))
    for sheet, rows in sheets:
        for number, row in enumerate(rows, start=3 if sheet.title else 2):
            for at, column in enumerate(sheet, start=1):
                if column.field in row:
                    book[sheet.name].cell(number, at).value = row[column.field]
    out = io.BytesIO()
    book.save(out)
    return undated(out.getvalue())
