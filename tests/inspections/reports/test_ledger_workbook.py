"""The ledger's workbook, opened again: real dates, text that stays text, the filter in words."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from inspections import ledger
from inspections.models import Problem, RectificationTask
from inspections.reports.ledger import workbook_of
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in, later, red_line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]
AS_OF = datetime(2026, 11, 16, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


def exported(cast: Cast, query: str = "tab=all", who: str = "task_force") -> bytes:
    book = ledger.read(cast.people[who], QueryDict(query))
    return workbook_of(ledger.with_everything(book.chosen()), words=book.selected_words, as_of=AS_OF)[0]


def lines(data: bytes) -> list[dict[str, Any]]:
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    return [dict(zip(told[0], row, strict=True)) for row in told[1:]]


def test_row_one_is_the_filter_and_the_heading_is_frozen(cast: Cast) -> None:
    case_at_a1(cast, "planning")
    sheet = load_workbook(BytesIO(exported(cast, "tab=open&rule=4"))).worksheets[0]
    assert sheet.title == "问题整改台账"
    words = "筛选：未销号；条目：第4条 严控书面作业总量；数据截至2026年11月16日 09:05"
    assert sheet["A1"].value == words
    assert (sheet.freeze_panes, sheet.auto_filter.ref[:2], sheet["A2"].value) == ("D3", "A2", "序号")
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$2:$2"


def test_a_line_says_what_the_ledger_of_a_county_asks_for(cast: Cast) -> None:
    task = case_at_a1(cast, "closed", verified_by=cast.inspector_a, closed_by=cast.task_force)
    (line,) = lines(exported(cast))
    expected = {
        "序号": 1,
        "编号": task.problem.no,
        "单位代码": cast.a1.code,
        "单位": "城关小学",
        "类别": "学校",
        "督学责任区": "第一督学责任区",
        "条目": 4,
        "检查项": "4-2",
        "来源": "县级检查",
        "发现人": "王建",
        "责任人": "李静",
        "状态": "已销号",
        "核查人": "周明",
        "销号人": "何敏",
        "销号编号": f"销{task.problem.no}",
        "逾期天数": None,
    }
    assert {key: line[key] for key in expected} == expected


def test_dates_are_dates_and_numbers_numbers(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", prohibition=red_line())
    RectificationTask.objects.filter(pk=task.pk).update(due_on=later(-4))
    data = exported(cast)
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    head = [cell.value for cell in sheet[2]]
    due, late = sheet[3][head.index("整改期限")], sheet[3][head.index("逾期天数")]
    assert due.is_date and due.value.date() == later(-4) and due.number_format == "yyyy-mm-dd"
    assert (late.value, late.data_type) == (4, "n")
    row = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()[2]
    assert row[head.index("整改期限")] == later(-4)
    assert lines(data)[0]["严禁或不得"].startswith("严禁")


HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+86",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "𠮷野家、㛃、阿·买买提、𪚥",
    "e\u0301 与 \u00e9 不同",
    "_x0041_ 不是A",
    "第一行\n第二行",
    "<b>&amp;</b> ]]> \"'",
    "  前后空格  ",
    "0012",
    "2026-11-16",
    "👨‍👩‍👧 \u202e倒\u200b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_comes_back_to_the_byte_and_is_no_formula(cast: Cast, text: str) -> None:
    task = case_at_a1(cast, "planning")
    Problem.objects.filter(pk=task.problem_id).update(fact=text)
    data = exported(cast)
    book = load_workbook(BytesIO(data))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[2]]
    cell = sheet[3][head.index("发现情况")]
    assert cell.data_type in ("s", "inlineStr")
    assert bool(cell.quotePrefix) is text.startswith(("=", "+", "-", "@", "\t"))
    row = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()[2]
    assert row[head.index("发现情况")].encode() == text.encode()


def test_a_character_that_no_workbook_can_hold_is_shown_as_such(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    Problem.objects.filter(pk=task.problem_id).update(fact="响\x07铃")
    assert lines(exported(cast))[0]["发现情况"] == "响\ufffd铃"


def test_it_holds_what_the_person_may_see_and_no_more(cast: Cast) -> None:
    at_a = case_at_a1(cast, "planning")
    at_b = case_in("planning", unit=cast.b1, found_by=cast.supervision)
    assert {line["编号"] for line in lines(exported(cast))} == {at_a.problem.no, at_b.problem.no}
    assert [line["编号"] for line in lines(exported(cast, who="inspector_a"))] == [at_a.problem.no]
    query = f"no={at_a.problem.no}&no={at_b.problem.no}"
    assert [line["编号"] for line in lines(exported(cast, query, "inspector_b"))] == [at_b.problem.no]
    assert lines(exported(cast, who="partner")) == []
