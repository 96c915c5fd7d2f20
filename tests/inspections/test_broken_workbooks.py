"""Broken, dirty and hostile workbooks through each kind of import: refused or faults by cell, never a row."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inspections.imports import kinds
from inspections.imports.old_ledger.columns import SHEET as OLD_LEDGER
from inspections.imports.people.columns import SHEET as PEOPLE
from inspections.imports.plans import Plan
from inspections.imports.sheets import Sheet
from inspections.imports.units.columns import SCHOOLS
from inspections.models import Import, Problem
from shuangjian.accounts.models import GrantRequest, Organisation, User
from shuangjian.registers.models import Entry
from tests.cast import Cast
from tests.files.workbooks import BAD_WORKBOOKS
from tests.hostile import HOSTILE
from tests.inspections.importing import SCHOOL, raw, rows_of
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db, pytest.mark.usefixtures("standing_policy")]

PENALTY_HEADS = ["单位代码", "决定书文号", "决定日期", "决定机关", "种类", "公示下线日期"]
NASTY = (
    *HOSTILE[::4],
    "９" * 400, "1e999", "NaN", "-0", "0x41", "１２３４５６７８９０１２３４５６７８９", 10**15, -(10**15),
    True, False, {"date": "0001-01-01"}, {"date": "9999-12-31"}, "2026-02-30", "２０２６年13月1日",
    "#REF!", "=1+1", "长" * 5000,
    "\u202e\u2066", "\ufffd", "a\nb", "　", "'", "[]", "null",
)  # fmt: skip


def penalties(*rows: list[Any], **marks: list[str]) -> dict[str, Any]:
    empty: dict[str, list[str]] = {"formulas": [], "errors": [], "merged": []}
    return {"name": "行政处罚", "rows": [PENALTY_HEADS, *rows], **empty, **marks}


def penalty(unit: Organisation, number: int) -> list[Any]:
    return [unit.code, f"云教罚〔2026〕{number}号", "2026-10-08", "云溪县教育局", "警告", None]


def planned(what: str, user: User, *sheets: dict[str, Any]) -> Plan:
    kind = kinds.find(what)
    assert kind is not None
    return kind.plan(list(sheets), user, lambda *_: None)


@pytest.mark.parametrize("what", ["units", "penalties", "old-ledger", "people"])
def test_no_broken_or_hostile_file_gets_as_far_as_an_import(cast: Cast, what: str) -> None:
    browser = signed_in(cast.system_admin if what == "people" else cast.task_force)
    for name, make, words in BAD_WORKBOOKS:
        answer = submit(browser, f"/imports/{what}/", {"workbook": SimpleUploadedFile(name, make())})
        assert answer.status_code == 200 and words in text_of(answer), name
    assert not Import.objects.exists()


def test_nothing_in_any_cell_breaks_the_dry_run_of_units(cast: Cast) -> None:
    """Each thing in each column that is read differently, one workbook each."""
    for nasty in NASTY:
        for field in (
            "name",
            "code",
            "school_type",
            "grades",
            "pupil_count",
            "township",
            "opened_on",
            "filer",
        ):
            value = nasty.replace("\x00", "\ufffd") if isinstance(nasty, str) else nasty
            sheet = raw(SCHOOLS, SCHOOL | {field: value})
            plan = planned("units", cast.task_force, sheet)
            assert plan.faults or plan.rows, (nasty, field)
    assert Organisation.objects.units().count() == 4


def test_nothing_in_any_cell_breaks_the_dry_run_of_a_register(cast: Cast) -> None:
    for nasty in NASTY:
        for at in range(len(PENALTY_HEADS)):
            row = penalty(cast.a3, 1)
            row[at] = nasty.replace("\x00", "\ufffd") if isinstance(nasty, str) else nasty
            plan = planned("penalties", cast.task_force, penalties(row))
            assert plan.faults or plan.rows, (nasty, at)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("what", "who", "sheet", "row"),
    [
        ("people", "system_admin", PEOPLE,
         {"name": "周琳", "code": "3152000003", "role": "学校管理员", "title": "主任",
          "from_on": "2026-09-01", "to_on": "2027-09-01", "phone": "13800000001", "username": "zhoulin"}),
        ("old-ledger", "task_force", OLD_LEDGER,
         {"old_no": "7", "code": "3152000001", "unit_name": "城关小学", "item": "4-1", "fact": "作业超量",
          "breaks": "否", "found_on": "2025-10-20", "origin": "县级检查", "superior_no": "市教督〔2025〕1号",
          "state": "已销号", "due_on": "2025-12-01", "closed_on": "2025-11-30",
          "measure": "统筹", "person": "李静"}),
    ],
    ids=["people", "old-ledger"],
)  # fmt: skip
def test_nothing_in_any_cell_breaks_the_dry_run_of(
    cast: Cast, what: str, who: str, sheet: Sheet, row: dict[str, Any]
) -> None:
    assert planned(what, getattr(cast, who), raw(sheet, row)).rows
    for nasty in NASTY:
        value = nasty.replace("\x00", "\ufffd") if isinstance(nasty, str) else nasty
        rows = [row | {field: value} for field in row]
        plan = planned(what, getattr(cast, who), raw(sheet, *rows))
        assert plan.faults or plan.rows, nasty
        plan.as_kept()
    assert not Problem.objects.exists() and not GrantRequest.objects.exists()


@pytest.mark.parametrize(
    "sheets",
    [
        [],
        [penalties()],
        [{"name": "", "rows": [], "formulas": [], "errors": [], "merged": []}],
        [{"name": "x", "rows": [[None] * 60] * 50, "formulas": [], "errors": [], "merged": []}],
        [{"name": "x", "rows": [["单位代码"] * 60], "formulas": [], "errors": [], "merged": ["A1:BH1"]}],
        [penalties() | {"rows": [["标题"], [], ["单位代码", "种类"], []]}],
        [penalties([], [None], [""], ["", "", "", "", "", "", "", ""], formulas=["C2"] * 2_000)],
        [penalties(["x"], merged=["A2:F2", "", "A1", "ZZ9"])],
    ],
)  # fmt: skip
def test_a_sheet_of_no_shape_is_a_fault(cast: Cast, sheets: list[dict[str, Any]]) -> None:
    for what in ("units", "penalties", "old-ledger", "people"):
        plan = planned(what, cast.system_admin if what == "people" else cast.task_force, *sheets)
        assert plan.faults and not plan.rows


def test_a_dirty_sheet_of_five_thousand_rows_has_every_planted_fault_named(cast: Cast) -> None:
    """The cells that were spoiled are named, and no others."""
    schools = [SCHOOL | {"code": f"31530{at:05d}", "name": f"第{at}小学"} for at in range(5_000)]
    spoiled = {
        10: ("pupil_count", "约三百", "H"),
        499: ("code", "315", "B"),
        1_000: ("township", "无此镇", "I"),
        1_500: ("opened_on", "2026-02-30", "L"),
        2_000: ("grades", "6至1", "F"),
        2_500: ("school_type", "重点小学", "C"),
        3_000: ("code", 9135010012345678901, "B"),
        3_500: ("code", "3153000001", "B"),
        4_000: ("is_boarding", "也许", "G"),
        4_999: ("name", None, "A"),
    }
    for at, (field, value, _) in spoiled.items():
        schools[at] = schools[at] | {field: value}
    schools[20]["pupil_count"] = "３２０人"
    schools[21]["school_type"] = " 小　学 "
    formula, error = "H5002", "N5003"
    rows = rows_of(SCHOOLS, *schools, schools[0] | {"code": "3153009998", "name": "公式小学"},
                   schools[0] | {"code": "3153009999", "name": "出错小学"})  # fmt: skip
    sheet = {"name": "学校", "rows": rows, "formulas": [formula], "errors": [error],
             "merged": []}  # fmt: skip
    plan = planned("units", cast.task_force, sheet)
    wanted = {f"{letter}{at + 2}" for at, (_, _, letter) in spoiled.items()} | {formula, error}
    assert {fault.cell for fault in plan.faults} == wanted
    assert len(plan.rows) == 5_002 - len(wanted)
    assert all(fault.words for fault in plan.faults)
