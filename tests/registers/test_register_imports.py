"""A register filled in by a workbook: the template, the dry run by cell, the difference, the result."""

from __future__ import annotations

import pytest
from django.test import Client
from openpyxl import Workbook

from inspections.models import Import
from shuangjian.journal.models import AuditEntry
from shuangjian.registers.models import Doubt, Entry
from tests.cast import Cast
from tests.inspections.importing import confirm, fill, send, template
from tests.registers.filling import open_codes, state
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
HOMEWORK = ("每天书面作业（分钟/天）", "50", "40", "10")


def filled_homework(browser: Client) -> Workbook:
    book = template(browser, "homework")
    sheet = book["书面作业"]
    for number in range(3, sheet.max_row + 1):
        is_small = number < 5
        minutes, main, others = ("0", None, None) if is_small else ("50", "40", "10")
        for column, head in enumerate((str(cell.value) for cell in sheet[2]), start=1):
            if column <= 3 or head.startswith("情况说明"):
                continue
            value = {4: minutes, 5: main, 6: others}.get(column)
            if value is not None:
                sheet.cell(number, column).value = value
    return book


def test_the_template_carries_term_version_and_the_units_own_rows(cast: Cast) -> None:
    sheet = template(signed_in(cast.clerk_a1), "homework")["书面作业"]
    assert "2026" in sheet["A1"].value and "模板" in sheet["A1"].value
    assert [sheet.cell(2, at).value for at in (1, 2, 3)] == ["单位代码（必填）", "单位名称", "年级（必填）"]
    rows = [[cell.value for cell in row[:3]] for row in sheet.iter_rows(min_row=3)]
    assert rows[0] == [cast.a1.code, cast.a1.name, "一年级"]
    assert len(rows) == 6


def test_from_the_template_to_the_entry_and_the_same_file_again_changes_nothing(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    book = filled_homework(browser)
    page = text_of(send(browser, "homework", book))
    assert "将新增1个单位" in page and not Entry.objects.exists()
    assert "已写入1个" in confirm(browser)
    entry = Entry.objects.get()
    assert (entry.organisation, entry.term.code, len(entry.lines)) == (cast.a1, "2026-autumn", 6)
    assert entry.lines[2]["answers"] == {"minutes": "50", "main": "40", "others": "10"}
    assert AuditEntry.objects.filter(action="registers.entry.saved", actor_id=cast.clerk_a1.pk).count() == 1
    assert "1个单位与平台一样，不用导入" in text_of(send(browser, "homework", book))
    assert Entry.objects.get().version == 1


def test_what_table_programs_and_hands_do_to_a_sheet_is_understood(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    book = filled_homework(browser)
    sheet = book["书面作业"]
    sheet.insert_rows(1)
    sheet["A1"] = "附件2"
    sheet.cell(6, 4).value = " ５０分钟/天 "
    sheet.cell(7, 4).value = 50.0
    sheet.cell(3, 1).value = "学校标识码"
    sheet.title = "Sheet1"
    page = text_of(send(browser, "homework", book))
    assert "将新增1个单位" in page, page
    confirm(browser)
    assert {line["answers"]["minutes"] for line in Entry.objects.get().lines[2:]} == {"50"}


def test_each_fault_is_named_by_its_cell_and_nothing_is_written(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    book = filled_homework(browser)
    sheet = book["书面作业"]
    sheet["D5"] = "五十"
    sheet["D6"] = "=40+10"
    sheet["C7"] = "五年纪"
    sheet["A8"] = "3152000002"
    page = text_of(send(browser, "homework", book))
    for words in ("D5", "要写成数字", "D6", "是公式", "C7", "看不懂“五年纪”", "A8", "没有代码为3152000002"):
        assert words in page
    assert not Entry.objects.exists()
    row = Import.objects.get()
    answer = submit(browser, f"/imports/{row.pk}/", {"do": "good"}, version=row.version)
    assert "文件里的内容和平台里的一样，不用导入" in text_of(answer)


def test_what_is_doubtful_wants_an_explanation_in_the_sheet(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    book = filled_homework(browser)
    sheet = book["书面作业"]
    sheet["D7"], sheet["E7"], sheet["F7"] = "66", "56", "10"
    page = text_of(send(browser, "homework", book))
    assert "D7" in page and "超出6分钟" in page and "情况说明" in page
    fill(sheet, 7, 情况说明="英语抄写偏多，下周起调减")
    assert "将新增1个单位" in text_of(send(browser, "homework", book))
    confirm(browser)
    assert open_codes(cast.a1) == {"homework.minutes.5"}
    assert Doubt.objects.get().explanation == "英语抄写偏多，下周起调减"


def test_a_register_of_rows_is_taken_as_a_whole_and_rows_stay_themselves(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    club = {"kind": "art", "times": "10", "pupils": "30"}
    state(cast.a1, "clubs", cast.clerk_a1, {"k1": {"name": "合唱团"} | club, "k2": {"name": "书法社"} | club})
    book = template(browser, "clubs")
    sheet = book.worksheets[0]
    assert sheet["C3"].value == "合唱团"
    fill(sheet, 4, 名称="=+书法二社")
    sheet["C4"].data_type = "s"
    fill(sheet, 5, 单位代码=cast.a1.code, 名称="围棋社", 类别="体育", 本学期="8次", 参加学生="２０人")
    page = text_of(send(browser, "clubs", book))
    assert "将新增0个单位，修改1个" in page
    assert "书法社 → =+书法二社" in page and "围棋社" in page
    confirm(browser)
    lines = Entry.objects.get().lines
    assert [line["key"] for line in lines][:2] == ["k1", "k2"]
    assert lines[2]["answers"] == {"name": "围棋社", "kind": "sport", "times": "8", "pupils": "20"}
    sheet.delete_rows(3)
    assert "删去" in text_of(send(browser, "clubs", book))


def test_what_changed_on_the_page_after_the_dry_run_is_not_overwritten(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    send(browser, "homework", filled_homework(browser))
    same = {str(at): {"minutes": "0"} for at in (1, 2)}
    same |= {str(at): {"minutes": "45", "main": "35", "others": "10"} for at in range(3, 7)}
    state(cast.a1, "homework", cast.clerk_a1, same)
    assert "1个没有办成" in confirm(browser)
    assert Entry.objects.get().lines[3]["answers"]["minutes"] == "45"


def test_a_sheet_of_another_term_or_another_person_is_not_taken(cast: Cast) -> None:
    browser = signed_in(cast.clerk_a1)
    book = filled_homework(browser)
    title = book["书面作业"]["A1"].value
    book["书面作业"]["A1"] = title.replace("2026", "2025")
    assert "请下载新表" in text_of(send(browser, "homework", book))
    found = Import.objects.get()
    for other in (cast.clerk_b1, cast.task_force, cast.leader):
        assert signed_in(other).get(f"/imports/{found.pk}/").status_code in (403, 404)
    assert signed_in(cast.task_force).get("/imports/homework/").status_code == 403
    assert "clubs" not in signed_in(cast.task_force).get("/imports/").content.decode()


def test_identity_numbers_never_come_in_a_file(cast: Cast) -> None:
    assert signed_in(cast.task_force).get("/imports/serving_teachers/").status_code == 404
