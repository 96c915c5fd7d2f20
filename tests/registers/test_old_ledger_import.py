"""历史台账 by a workbook: what is open goes on here, what was put right is known and is nobody's work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from inspections import board
from inspections.imports.old_ledger.columns import SHEET
from inspections.imports.old_ledger.kind import OLD_LEDGER
from inspections.imports.plans import Plan
from inspections.models import Import, Problem, Recheck, RecheckDraw, RectificationTask
from inspections.reports.records import Book, Records
from inspections.workflows import imports, problems, rechecks, rectification
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.importing import confirm, fill, raw, send, template
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.registers, pytest.mark.django_db]
OPEN = {
    "old_no": "2026-7", "code": "3152000001", "item": "4-1", "fact": "二年级有书面家庭作业",
    "state": "未销号", "found_on": "2026-10-20", "origin": "县级检查", "due_on": "2026-12-01",
}  # fmt: skip
PAST = {
    "old_no": "2025-3", "code": "3152000001", "item": "第４条", "fact": "五年级作业超量", "state": "整改完成",
    "found_on": "2025.11.5", "origin": "督查", "closed_on": "2025年12月1日", "measure": "统筹作业总量",
    "person": "李静",
}  # fmt: skip


def planned(cast: Cast, *rows: dict[str, Any]) -> Plan:
    return OLD_LEDGER.plan([raw(SHEET, *rows)], cast.task_force, lambda *_: None)  # type: ignore[arg-type]


def taken_over(cast: Cast, *rows: dict[str, Any]) -> list[Problem]:
    """The rows imported by the pages; the problems that they made, in their order."""
    browser = signed_in(cast.task_force)  # type: ignore[arg-type]
    book = template(browser, "old-ledger")
    sheet = book["历史台账"]
    for number, row in enumerate(rows, start=3):
        fill(sheet, number, **{SHEET.column(name).heading: value for name, value in row.items()})
    page = text_of(send(browser, "old-ledger", book))
    assert f"将新增{len(rows)}个问题" in page, page
    assert f"已写入{len(rows)}个问题" in confirm(browser)
    return list(Problem.objects.filter(import_row__batch=Import.objects.first()).order_by("import_row"))


def faults(cast: Cast, *rows: dict[str, Any]) -> dict[str, str]:
    heads = {column.field: chr(65 + at) for at, column in enumerate(SHEET)}
    names = {letter: name for name, letter in heads.items()}
    return {names[fault.cell[0]] + fault.cell[1:]: fault.words for fault in planned(cast, *rows).faults}


def test_open_ones_go_on_here_in_the_state_in_which_they_stand(cast: Cast) -> None:
    agreed = {"measure": "不布置书面作业", "person": "李静"}
    bare, late, light = taken_over(
        cast,
        OPEN,
        OPEN | agreed | {"old_no": "2026-8", "fact": "订了校外竞赛", "item": "8-1", "due_on": "2026-11-02"},
        OPEN | agreed | {"old_no": "", "fact": "三年级作业偏多", "item": "4-2", "origin": "学校自查",
                         "found_on": "2026-11-05", "due_on": "2026-11-30"},
    )  # fmt: skip
    rounds = {one: one.tasks.get() for one in (bare, late, light)}
    assert [task.state for task in rounds.values()] == ["planning", "rectifying", "rectifying"]
    assert rounds[late].is_late and rounds[late].due_on == date(2026, 11, 2)
    assert (light.light_track, rounds[light].is_light, late.light_track) == (True, True, False)
    assert bare.no.startswith("2026-") and bare.found_on == date(2026, 10, 20) and bare.old_no == "2026-7"
    entry = AuditEntry.objects.get(action="inspections.problem.taken_over", subject_no=bare.no)
    assert (entry.actor_id, entry.after["state"]) == (cast.task_force.pk, "planning")
    assert Notification.objects.filter(kind="problem.taken_over", recipient=cast.clerk_a1).count() == 3
    page = text_of(signed_in(cast.clerk_a1).get(f"/problems/{bare.no}/"))  # type: ignore[arg-type]
    assert "历史台账导入" in page and "原编号2026-7" in page
    plan = problems.PlannedMeasure(text="不布置书面作业", person="李静", due_on=date(2026, 11, 27))
    rectification.submit_plan(
        task_id=rounds[bare].pk,
        actor=cast.clerk_a1,
        version=None,
        measures=[plan],  # type: ignore[arg-type]
    )
    for where in ("ledger", "problems"):
        listed = text_of(signed_in(cast.task_force).get(f"/{where}/", {"q": "2026-7", "tab": "all"}))  # type: ignore[arg-type]
        assert bare.no in listed and late.no not in listed


def test_what_was_put_right_is_history_and_nobodys_work(cast: Cast) -> None:
    lately = {"found_on": "2026-10-12", "closed_on": "2026-11-13", "old_no": "2026-9"}  # days of the term
    old, of_term = taken_over(cast, PAST, PAST | lately)
    task = old.tasks.get()
    assert (task.state, task.closed_by, task.close_no) == ("past", None, "")
    assert clock.local_day(task.closed_at) == date(2025, 12, 1) and old.no == "2025-0001"
    assert task.measures.get().done_on == date(2025, 12, 1)
    assert not Notification.objects.filter(recipient=cast.clerk_a1).exists()

    term = Term.objects.get(code="2026-autumn")
    leader: Any = cast.leader
    units = list(Organisation.objects.units())
    assert Records.of(term, units, clock.now(), Book.of(term)).problems == []
    assert board.problems_by_rule(leader, term) == []
    assert board.term_figures(leader, term).rectification.found == 0
    assert (board.last_week(leader).found, board.last_week(leader).closed) == (0, 0)
    assert rechecks.sweep() == 0 and not Recheck.objects.exists() and not RecheckDraw.objects.exists()

    page = text_of(signed_in(leader).get("/units/3152000001/"))
    assert old.no in page and "历史已销号" in page
    case = signed_in(leader).get(f"/problems/{of_term.no}/")
    assert "平台启用前" in text_of(case) and "销号确认单" not in text_of(case)
    assert b"/sanctions/new/?problem" not in case.content
    assert signed_in(leader).get(f"/problems/{old.no}/file/").status_code == 200
    assert of_term.no in text_of(signed_in(leader).get("/ledger/", {"q": "2026-9", "tab": "closed"}))


def test_found_again_it_relapses_and_counts(cast: Cast) -> None:
    (old,) = taken_over(cast, PAST | {"item": "4-1", "found_on": "2026-03-02", "closed_on": "2026-03-20"})
    assert problems.lately_closed(cast.a1, old.item) == old  # type: ignore[arg-type]
    supervision: Any = cast.supervision
    task = problems.relapse(
        problem=old, fact="二年级又有书面作业", found_by=supervision, due_on=clock.today() + timedelta(days=9)
    )
    assert (task.ordinal, task.state) == (2, "planning")
    assert RectificationTask.objects.latest_rounds().get(problem=old) == task


def test_the_same_rows_again_change_nothing(cast: Cast) -> None:
    first, _ = taken_over(cast, OPEN, PAST)
    again = planned(cast, OPEN, PAST)
    assert (again.todo, again.faults, len(again.rows)) == ([], [], 2)
    assert Problem.objects.count() == 2
    told = faults(cast, OPEN | {"fact": "另一件事"})
    assert told == {"old_no2": f"原编号已导入为问题{first.no}，日期或情况与这一行不同；"
                               "导入过的在问题页办理，请改正编号或删去这一行"}  # fmt: skip
    closed = OPEN | {"state": "已销号", "closed_on": "2026-11-10"}
    assert "还没有销号，请在问题页办理" in faults(cast, closed)["state2"]
    assert "与第2行是同一个问题" in faults(cast, PAST, PAST | {"old_no": "2025-4"})["fact3"]
    twice = PAST | {"fact": "甲", "old_no": "A-3"}, PAST | {"fact": "乙", "old_no": "Ａ-3"}
    assert "与第2行的原编号相同" in faults(cast, *twice)["old_no3"]


def test_what_a_countys_own_list_looks_like_is_understood(cast: Cast) -> None:
    """Its own headings in another order, titles above, a serial, the unit by its name alone."""
    heads = [
        "序号", "台账编号", "被查单位", "存在问题", "对应条目", "检查时间", "问题来源", "整改时限",
        "整改状态", "完成时间", "整改措施", "整改责任人", "备注",
    ]  # fmt: skip
    rows = [
        ["云溪县双减问题台账", *[None] * 12],
        [None] * 13,
        heads,
        [1, "甲-１", " 城关小学 ", "作业超量", "Ｒ04-1", {"date": "2025-11-05"}, "12345", None, "已整改到位",
         "20251201", "统筹", "李静", "无"],
        [2, "甲-2", "启明教育培训中心", "收费跨期", "第17条第1项", "2026/10/9", "信访举报", "2026年12月10日",
         "正在整改", None, None, None, None],
    ]  # fmt: skip
    sheet = {"name": "Sheet1", "rows": rows, "formulas": [], "errors": [], "merged": ["A1:M1"]}
    plan = OLD_LEDGER.plan([sheet], cast.task_force, lambda *_: None)  # type: ignore[arg-type]
    assert plan.faults == [] and [row.action for row in plan.rows] == ["create", "create"]
    assert [row.organisation for row in plan.rows] == [cast.a1, cast.a3]


def test_each_fault_is_named_by_its_cell(cast: Cast) -> None:
    assert "平台里没有代码为3152999999" in faults(cast, OPEN | {"code": "3152999999"})["code2"]
    assert "请填写单位代码或单位名称" in faults(cast, OPEN | {"code": None})["code2"]
    assert "没有这一条" in faults(cast, OPEN | {"item": "44-1"})["item2"]
    assert "不由校外培训机构落实" in faults(cast, OPEN | {"code": cast.a3.code})["item2"]
    assert "这个检查项不适用于" in faults(cast, OPEN | {"code": cast.b1.code})["item2"]
    assert "请填写整改期限" in faults(cast, OPEN | {"due_on": None})["due_on2"]
    assert "已过整改期限" in faults(cast, OPEN | {"due_on": "2026-11-01"})["measure2"]
    assert "请填写销号日期" in faults(cast, OPEN | {"state": "已销号"})["closed_on2"]
    assert "状态请填“已销号”" in faults(cast, OPEN | {"closed_on": "2026-11-01"})["closed_on2"]
    assert "交办文号" in faults(cast, OPEN | {"origin": "上级交办"})["superior_no2"]
    assert (
        "不能晚于今天" in faults(cast, OPEN | {"found_on": "2027-01-01", "due_on": "2027-02-01"})["found_on2"]
    )
    assert "责任人" in faults(cast, OPEN | {"measure": "统筹"})["person2"]
    assert "没有对应的严禁" in faults(cast, OPEN | {"item": "4", "breaks": "是"})["breaks2"]
    assert "最多300字" in faults(cast, OPEN | {"fact": "长" * 301})["fact2"]


def test_a_prohibition_comes_with_its_severity(cast: Cast) -> None:
    (grave,) = taken_over(
        cast, OPEN | {"item": "8-1", "breaks": "是", "measure": "停止布置", "person": "李静"}
    )
    assert grave.prohibition is not None and grave.severity != "ordinary" and not grave.light_track


def test_of_two_files_with_the_same_row_the_second_is_refused_by_itself(cast: Cast) -> None:
    """Both were looked through before either was confirmed."""
    browser = signed_in(cast.task_force)  # type: ignore[arg-type]
    book = template(browser, "old-ledger")
    fill(book["历史台账"], 3, **{SHEET.column(name).heading: value for name, value in OPEN.items()})
    send(browser, "old-ledger", book)
    first = Import.objects.get()
    send(browser, "old-ledger", book)
    confirm(browser)
    submit(browser, f"/imports/{first.pk}/", {"do": "confirm"}, version=2)
    imports.carry_out(import_id=first.pk, progress=lambda *_: None)
    assert [one.state for one in first.rows.all()] == ["refused"]
    assert Problem.objects.count() == 1
