"""The pages of the import: template, upload, dry run, confirmation, results."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from inspections.imports.units.columns import SCHOOLS
from inspections.models import Import
from shuangjian.accounts.models import Organisation
from shuangjian.journal import jobs
from shuangjian.journal.models import Job
from tests.cast import Cast
from tests.files.workbooks import plain, with_part
from tests.inspections.importing import SCHOOL, bytes_of, looked_through, raw, school, uploaded
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(cast: Cast) -> Client:
    return signed_in(cast.task_force)  # type: ignore[arg-type]


def send(clerk: Client, data: bytes, name: str = "单位名单.xlsx") -> Any:
    return submit(clerk, "/imports/units/", {"workbook": SimpleUploadedFile(name, data)})


def test_the_template_names_every_column_and_offers_the_choices(clerk: Client) -> None:
    answer = clerk.get("/imports/units/template/")
    assert "xlsx" in answer["Content-Disposition"] or "attachment" in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["学校", "机构", "校区", "教学地点", "填写说明"]
    assert [cell.value for cell in book["学校"][1]] == [column.printed for column in SCHOOLS]
    assert book["学校"].max_row == 1
    rules = [rule.formula1 for rule in book["学校"].data_validations.dataValidation]
    assert '"公办,民办,企事业单位办"' in rules
    filled = load_workbook(io.BytesIO(clerk.get("/imports/units/template/?rows=1").content))
    assert {row[0].value for row in filled["学校"].iter_rows(min_row=2)} == {
        "城关小学",
        "实验学校",
        "第二中学",
    }


def test_from_the_upload_to_the_result(clerk: Client) -> None:
    answer = send(clerk, bytes_of(school()))
    assert answer.status_code == 302
    assert "正在逐格核对" in text_of(clerk.get(answer["Location"]))
    looked_through(Import.objects.get())
    page = clerk.get(answer["Location"])
    assert "将新增1个单位，修改0个" in text_of(page)
    assert not Organisation.objects.filter(code=SCHOOL["code"]).exists()
    row = Import.objects.get()
    done = submit(
        clerk,
        answer["Location"],
        {"do": "confirm"},
        version=row.version,
    )
    job = Job.objects.get(kind="imports.run")
    assert done["Location"] == f"/jobs/{job.pk}/"
    assert "还在写入" in text_of(clerk.get(answer["Location"]))
    assert jobs.run_now(job.pk)
    assert "已写入1个" in text_of(clerk.get(answer["Location"]))
    assert "河口小学" in text_of(clerk.get("/units/"))
    assert "已导入" in text_of(clerk.get("/imports/"))


def test_faults_are_shown_with_sheet_cell_reason_and_cure_and_bar_the_way(clerk: Client) -> None:
    url = send(clerk, bytes_of(school(grades="低年级")))["Location"]
    looked_through(Import.objects.get())
    page = clerk.get(url)
    text = text_of(page)
    assert "有1处要改，什么也没有写入" in text
    assert "学校 F2 实际开设年级 低年级 看不懂“低年级”" in text
    assert 'value="confirm"' not in page.content.decode()


def test_a_file_that_is_no_list_keeps_the_person_on_the_form(clerk: Client) -> None:
    answer = send(clerk, with_part(plain(), "xl/vbaProject.bin", b"x"))
    assert answer.status_code == 200
    assert "带有宏" in text_of(answer)
    assert not Import.objects.exists()
    assert "请选择" in text_of(submit(clerk, "/imports/units/", {}))


def test_what_somebody_else_did_with_it_meanwhile_is_said(cast: Cast, clerk: Client) -> None:
    row = uploaded(cast.task_force, school())  # type: ignore[arg-type]
    stale = submit(clerk, f"/imports/{row.pk}/", {"do": "drop"}, version=row.version + 1)
    assert stale.status_code == 409
    assert submit(clerk, f"/imports/{row.pk}/", {"do": "drop"}, version=row.version).status_code == 302
    assert "已放弃" in text_of(clerk.get(f"/imports/{row.pk}/"))


def test_the_file_is_for_the_task_force_alone(cast: Cast, clerk: Client) -> None:
    row = uploaded(cast.task_force, school())  # type: ignore[arg-type]
    path = f"/files/{row.stored_file_id}/"
    assert clerk.get(path).status_code == 200
    for other in (cast.leader, cast.clerk_a1, cast.inspector_a):
        assert signed_in(other).get(path).status_code == 404  # type: ignore[arg-type]


@pytest.mark.pages
def test_the_pages_ask_no_more_for_many_rows(cast: Cast, clerk: Client) -> None:
    def queries(count: int) -> int:
        rows = [SCHOOL | {"code": f"31530{at:05d}", "name": f"第{at}小学"} for at in range(count)]
        row = uploaded(cast.task_force, raw(SCHOOLS, *rows))  # type: ignore[arg-type]
        clerk.get("/imports/")
        with CaptureQueriesContext(connection) as asked:
            assert clerk.get(f"/imports/{row.pk}/").status_code == 200
            assert clerk.get("/imports/").status_code == 200
        return len(asked)

    few = queries(10)
    assert queries(200) == few <= 40
