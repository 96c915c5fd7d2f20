"""The dry run: what a workbook would do, and every fault with its cell. Nothing is written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.imports.plans import CHANGE, CREATE, KEEP, Plan
from inspections.imports.units.columns import CAMPUSES, INSTITUTIONS, PLACES, SCHOOLS, SHEETS
from inspections.imports.units.planning import plan_of
from inspections.imports.units.template import template
from schools.models import Campus
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files import child
from tests.cast import Cast
from tests.hostile import HOSTILE, RARE_NAMES
from tests.inspections.importing import INSTITUTION, SCHOOL, institution, raw, school

NO_MARKS: dict[str, list[str]] = {"formulas": [], "errors": [], "merged": []}
pytestmark = pytest.mark.django_db


def faults(plan: Plan) -> list[tuple[str, str]]:
    return [(f"{fault.sheet}{fault.cell}", fault.words) for fault in plan.faults]


def the_fault(plan: Plan) -> tuple[str, str]:
    (only,) = faults(plan)
    return only


def test_new_units_are_planned_with_what_their_forms_would_take(cast: Cast) -> None:
    plan = plan_of([school(area="第一督学责任区", opened_on="2001-09-01"), institution()])
    assert faults(plan) == []
    new_school, new_institution = plan.of(CREATE)
    assert new_school.facts["grades"] == [1, 2, 3, 4, 5, 6]
    assert new_school.facts["sponsor"] == "public"
    assert new_school.unit["area"] == cast.area_a
    assert new_school.unit["opened_on"] == date(2001, 9, 1)
    assert new_institution.facts["modes"] == ["offline"]
    assert new_institution.facts["operating_status"] == "normal"
    assert Organisation.objects.units().count() == 4  # those of the cast


# (changed cells of a school, its cell in the sheet, words of the fault)
BAD_CELLS: list[tuple[dict[str, Any], str, str]] = [
    ({"code": "315200009"}, "B2", "现在是9位"),
    ({"code": 9135010012345678901}, "B2", "后几位已经丢失"),
    ({"code": "3.15E+16"}, "B2", "后几位已经丢失"),
    ({"code": {"date": "2026-01-06"}}, "B2", "被改成了日期"),
    ({"code": "YX-T01"}, "B2", "已经被“城关镇”使用"),
    ({"code": None}, "B2", "请填写学校标识码"),
    ({"name": None}, "A2", "请填写名称"),
    ({"name": "河口\n小学"}, "A2", "换行"),
    ({"name": "河口\u202e小学"}, "A2", "控制字符"),
    ({"name": "长" * 61}, "A2", "最多60字"),
    ({"school_type": "重点小学"}, "C2", "只能填：小学、教学点"),
    ({"grades": "7至9"}, "F2", "请去掉七年级、八年级、九年级"),
    ({"grades": {"date": "2026-01-06"}}, "F2", "被改成了日期"),
    ({"grades": "低年级"}, "F2", "看不懂"),
    ({"grades": "6至1"}, "F2", "颠倒"),
    ({"is_boarding": "也许"}, "G2", "只能填“是”或“否”"),
    ({"pupil_count": "约三百"}, "H2", "要写成数字"),
    ({"pupil_count": "-3"}, "H2", "0"),
    ({"pupil_count": "60001"}, "H2", "不能大于50000"),
    ({"township": "无此镇"}, "I2", "现有：城关镇"),
    ({"township": None}, "I2", "请填写所在乡镇"),
    ({"area": "第九责任区"}, "J2", "现有：第二督学责任区、第一督学责任区"),
    ({"filer": "3152000098"}, "K2", "都没有代码3152000098"),
    ({"filer": "3152000099"}, "K2", "不能是本单位"),
    ({"filer": "91520000MA6XXXXX05"}, "K2", "同类"),
    ({"opened_on": "去年"}, "L2", "例如2001-09-01"),
    ({"opened_on": "2026-02-30"}, "L2", "日历上没有"),
    ({"opened_on": "2999-01-01"}, "L2", "不能晚于今天"),
    ({"contact_phone": "无"}, "O2", "只写数字和短横"),
    ({"head_name": "黄勇"}, "R2", "任职日期"),
    ({"head_from_on": "2024-08-20"}, "P2", "请同时填写现任负责人"),
]


@pytest.mark.parametrize(("changed", "cell", "words"), BAD_CELLS, ids=[str(bad[0])[:40] for bad in BAD_CELLS])
def test_a_bad_cell_is_named_with_its_cure(
    cast: Cast, changed: dict[str, Any], cell: str, words: str
) -> None:
    where, said = the_fault(plan_of([school(**changed)]))
    assert where == f"学校{cell}"
    assert words in said


GOOD_CELLS: list[tuple[dict[str, Any], str, Any]] = [
    ({"code": "３１５２０００099"}, "code", "3152000099"),
    ({"code": 3152000099}, "code", "3152000099"),
    ({"pupil_count": "３２０"}, "pupil_count", 320),
    ({"pupil_count": 320}, "pupil_count", 320),
    ({"grades": "一年级至六年级"}, "grades", [1, 2, 3, 4, 5, 6]),
    ({"grades": "１－３，5"}, "grades", [1, 2, 3, 5]),
    ({"grades": 1}, "grades", [1]),
    ({"opened_on": "２００１年９月1日"}, "opened_on", date(2001, 9, 1)),
    ({"opened_on": "2001/9/1"}, "opened_on", date(2001, 9, 1)),
    ({"opened_on": 20010901}, "opened_on", date(2001, 9, 1)),
    ({"opened_on": {"date": "2001-09-01"}}, "opened_on", date(2001, 9, 1)),
    ({"school_type": " 小　学 "}, "school_type", "primary"),
    ({"sponsor": "企事业"}, "sponsor", "enterprise"),
    ({"is_boarding": True}, "is_boarding", True),
]


@pytest.mark.parametrize(
    ("changed", "name", "value"), GOOD_CELLS, ids=[str(one[0])[:40] for one in GOOD_CELLS]
)
def test_what_table_programs_make_of_a_cell_is_understood(
    cast: Cast, changed: dict[str, Any], name: str, value: Any
) -> None:
    plan = plan_of([school(**changed)])
    assert faults(plan) == []
    (row,) = plan.of(CREATE)
    assert (row.unit | row.facts)[name] == value


def test_formulas_errors_and_merged_cells_are_named(cast: Cast) -> None:
    plan = plan_of([raw(SCHOOLS, SCHOOL, formulas=["H2"], errors=["N2"], merged=["A2:A5", "A1:C1"])])
    assert [where for where, _ in faults(plan)] == ["学校A2:A5", "学校H2", "学校N2"]
    assert "是公式" in faults(plan)[1][1]


def test_all_faults_of_all_rows_are_named_at_once(cast: Cast) -> None:
    plan = plan_of([raw(SCHOOLS, SCHOOL | {"grades": "0", "township": "无"}, SCHOOL | {"name": None})])
    assert [where for where, _ in faults(plan)] == ["学校F2", "学校I2", "学校A3", "学校B3"]
    assert "第2行的代码相同" in faults(plan)[3][1]


def test_unknown_and_missing_headings_are_named(cast: Cast) -> None:
    sheet = {
        "name": "学校",
        "rows": [["校训", "名称"], ["x", "河口小学"]],
        "formulas": [],
        "errors": [],
        "merged": [],
    }
    said = faults(plan_of([sheet]))
    assert ("学校A1", "没有“校训”这一列，请用模板的表头，或删去这一列") in said
    assert any(where == "学校A1" and "缺少“学校标识码”" in words for where, words in said)


def test_a_workbook_without_a_known_sheet_says_which_are_known(cast: Cast) -> None:
    empty = {"name": "Sheet1", "rows": [["x"]], **NO_MARKS}
    assert "请用平台的模板填写" in the_fault(plan_of([empty]))[1]
    assert "请在表头下面逐行填写" in the_fault(plan_of([raw(SCHOOLS)]))[1]


def test_a_known_unit_changes_only_where_a_cell_is_filled_and_differs(cast: Cast) -> None:
    row = {"name": "城关小学", "code": "3152000001", "pupil_count": "612"}
    (changed,) = plan_of([raw(SCHOOLS, row)]).of(CHANGE)
    assert changed.lines == ["在校学生数：600 → 612"]
    assert changed.facts == {"pupil_count": 612}
    plan = plan_of([raw(SCHOOLS, row | {"pupil_count": "600"})])
    assert (len(plan.of(KEEP)), plan.todo) == (1, [])


def test_a_unit_of_the_other_kind_or_that_has_ended_is_refused(cast: Cast) -> None:
    assert "不能填在“学校”表" in the_fault(plan_of([school(code="91520000MA6XXXXX05")]))[1]
    Organisation.objects.filter(code="3152000002").update(status="closed", closed_on=date(2026, 8, 1))
    assert "已停办" in the_fault(plan_of([school(code="3152000002")]))[1]


def test_a_teaching_point_may_be_filled_in_for_by_a_school_of_the_same_file(cast: Cast) -> None:
    point = SCHOOL | {"name": "高坡教学点", "code": "YX-S001", "school_type": "教学点", "filer": "3152000099"}
    plan = plan_of([raw(SCHOOLS, point, SCHOOL)])
    assert faults(plan) == []
    chain = SCHOOL | {"filer": "3152000001"}
    assert "自己也由其他单位代填" in the_fault(plan_of([raw(SCHOOLS, point, chain)]))[1]


def test_a_namesake_is_pointed_out(cast: Cast) -> None:
    (row,) = plan_of([school(name="城关小学")]).of(CREATE)
    assert "3152000001" in row.note


def test_heads_and_places_come_with_their_unit(cast: Cast) -> None:
    Campus.objects.create(school=cast.a1.school, name="北校区", address="旧址")  # type: ignore[union-attr]
    plan = plan_of(
        [
            school(head_name="黄勇", head_from_on="2024-08-20"),
            raw(INSTITUTIONS, INSTITUTION),
            raw(CAMPUSES, {"unit": "3152000099", "name": "东校区", "address": "东门路1号"},
                {"unit": "3152000001", "name": "北校区", "address": "新址"}),
            raw(PLACES, {"unit": INSTITUTION["code"], "name": "总部", "address": "新华路8号",
                "area_m2": "320.5"}),
        ]
    )  # fmt: skip
    assert faults(plan) == []
    new_school, new_institution = plan.of(CREATE)
    assert new_school.head["post"] == "校长"
    assert [one["name"] for one in new_school.places] == ["东校区"]
    assert str(new_institution.places[0]["area_m2"]) == "320.5"
    (old_school,) = plan.of(CHANGE)
    assert old_school.lines == ["北校区 地址：旧址 → 新址"]


def test_a_place_of_no_unit_or_without_address_is_named(cast: Cast) -> None:
    rows = [
        {"unit": "3152000077", "name": "东校区", "address": "东门路1号"},
        {"unit": "3152000001", "name": "北校区"},
        {"unit": "3152000002", "name": "西校区", "address": "1号"},
        {"unit": "3152000002", "name": "西校区", "address": "2号"},
    ]
    said = faults(plan_of([raw(CAMPUSES, *rows)]))
    assert [where for where, _ in said] == ["校区A2", "校区C3", "校区B5"]


def test_an_appointment_before_the_present_head_is_a_fault(cast: Cast) -> None:
    row = {"name": "城关小学", "code": "3152000001", "head_name": "新校长", "head_from_on": "2019-01-01"}
    assert "黄勇" in the_fault(plan_of([raw(SCHOOLS, row)]))[1]
    (kept,) = plan_of([raw(SCHOOLS, row | {"head_name": "黄勇"})]).of(KEEP)
    assert kept.head == {}


def test_the_template_reads_back_as_nothing_to_do(cast: Cast, tmp_path: Any) -> None:
    """Made by the same table of columns: what it prints of the units is what the import understands."""
    Organisation.objects.filter(code="91520000MA6XXXXX05").update(name="=1+1")
    unit = Organisation.objects.units().filter(kind="school").order_by("code").first()
    for name, begins, ends in (("现任甲", -300, 20), ("接任乙", 21, None)):  # appointed ahead
        days = {"from_on": clock.today() + timedelta(begins)}
        days["to_on"] = clock.today() + timedelta(ends) if ends else None
        unit.headships.create(name=name, post="校长", **days)
    units = Organisation.objects.units().select_related("school", "institution", "township", "area", "filer")
    (tmp_path / "made").write_bytes(template(units))
    said = child.look_at_workbook(str(tmp_path / "made"), str(tmp_path / "cells"))
    assert said == {"sheets": len(SHEETS) + 1}
    sheets = json.loads((tmp_path / "cells").read_text())["sheets"]
    assert all(sheet["formulas"] == [] for sheet in sheets)
    plan = plan_of(sheets)
    told = [where for where, words in faults(plan) if "主管部门" not in words]
    assert told == []
    assert [row.lines for row in plan.of(CHANGE)] == []
    assert len(plan.of(KEEP)) == 4


@pytest.mark.parametrize("name", RARE_NAMES[:12])
def test_rare_names_are_kept_byte_by_byte(cast: Cast, name: str) -> None:
    (row,) = plan_of([school(name=name, contact_name=name[:30])]).of(CREATE)
    assert row.unit["name"] == name


@pytest.mark.parametrize("text", HOSTILE[::6])
def test_hostile_text_is_a_value_or_a_fault_in_any_cell(cast: Cast, text: str) -> None:
    text = text.replace("\x00", "\ufffd")
    for column in SCHOOLS:
        plan = plan_of([school(**{column.field: text})])
        assert plan.faults or plan.of(CREATE) or plan.of(CHANGE) or plan.of(KEEP)


def test_the_dry_run_reads_the_register_once_whatever_the_number_of_rows(cast: Cast) -> None:
    def queries(count: int) -> int:
        rows = [SCHOOL | {"code": f"31530{at:05d}", "name": f"第{at}小学"} for at in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert len(plan_of([raw(SCHOOLS, *rows)]).of(CREATE)) == count
        return len(asked)

    assert queries(2) == queries(200) <= 9
