"""上报: an office's own workbook from the upload to the sealed page; who may what; 零报告; corrections."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from inspections.desk import desk_of
from inspections.models import ReturnLine, ReturnTemplate, Statistic, UpwardReturn
from inspections.tasks import make_returns
from inspections.workflows import deadlines, returns, statistics
from shuangjian import clock
from shuangjian.files.services import open_blob
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast, person
from tests.files.samples import pdf
from tests.inspections.cases import case_at_a1
from tests.inspections.printing import printed
from tests.inspections.returning import (
    CODE,
    FACTS,
    figures,
    in_use,
    keyed_in,
    of_month,
    office_table,
    sent,
)
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.registers]
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
NEW = "/returns/templates/new/"


def browser(cast: Cast, name: str) -> Client:
    return signed_in(cast.people[name])


def move(client: Client, row: UpwardReturn, key: str, **fields: Any) -> Any:
    row.refresh_from_db()
    return submit(client, reverse("return-move", args=[row.no, key]), fields, version=row.version)


def todo(cast: Cast, name: str) -> list[tuple[str, date | None]]:
    rows = [row for group in desk_of(cast.people[name]).groups for row in group.rows]
    return [(row.what, row.due_on) for row in rows if "/returns/" in row.url]


def opened(row: UpwardReturn) -> Any:
    assert row.workbook is not None
    with open_blob(row.workbook) as stream:
        return load_workbook(io.BytesIO(stream.read()))


def found_in_october(cast: Cast) -> None:
    """One problem, found and registered on the 20th."""
    problem = case_at_a1(cast, "rectifying").problem
    day = datetime(2026, 10, 20, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    problem.found_on, problem.registered_at = day.date(), day
    problem.save()


# --- The whole line -------------------------------------------------------------------------------------
def test_an_offices_table_goes_up_in_its_own_form(cast: Cast) -> None:
    found_in_october(cast)
    figures(cast)
    force, office, leader = (browser(cast, name) for name in ("task_force", "supervision", "leader"))

    # The workbook comes in and is drawn; its cells are bound by a tap on them.
    fields = {"code": CODE, **FACTS, "workbook": SimpleUploadedFile("月报.xlsx", office_table())}
    assert submit(force, NEW, fields).status_code == 302
    template = ReturnTemplate.objects.get()
    page = force.get(template.get_absolute_url()).content.decode()
    assert "双减工作月报" in page and 'colspan="4"' in page and "公式" in page
    for place, what in (
        ("A2", "word:unit"),
        ("C2", "word:figures_on"),
        ("C4", "figure:CS01"),
        ("C5", "figure:CS02"),
    ):
        template.refresh_from_db()
        cell = reverse("return-template-cell", args=[template.pk, 0, place])
        assert f'href="{cell}"' in page
        assert submit(force, cell, {"what": what}, version=template.version).status_code == 302, place
    template.refresh_from_db()
    publish = reverse("return-template-move", args=[template.pk, "publish"])
    assert submit(force, publish, {"starts_on": "2026-10-01"}, version=template.version).status_code == 302

    # October is over: its return is there, counted as far as the portal counts.
    row = UpwardReturn.objects.get()
    assert (row.no, row.period_words, row.figures_on) == ("2026-B0001", "2026年10月", date(2026, 10, 31))
    assert row.due_on == date(2026, 11, 5)
    assert todo(cast, "task_force") == [("填报上报表", row.due_on)]
    counted, keyed = row.lines.all()
    assert (counted.value, keyed.value) == (1, None)
    refused = move(force, row, "submit")
    assert "还有1项没有填：处理广告" in text_of(refused)

    # Filled in, checked by another, sent by the leader.
    fill = reverse("return-fill", args=[row.no])
    values = {f"value{counted.pk}": "1", f"value{keyed.pk}": "12.5"}
    assert submit(force, fill, values, version=row.version).status_code == 302
    assert move(force, row, "submit").status_code == 302
    assert todo(cast, "task_force") == [] and todo(cast, "supervision") == [("审核上报表", row.due_on)]
    assert move(office, row, "check", words="与台账一致").status_code == 302
    assert todo(cast, "leader") == [("批准上报表", row.due_on)]
    assert move(leader, row, "send").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.workbook_sha256) == ("sent", row.workbook.sha256)

    # The same workbook: only the bound cells differ.
    page_of, before = opened(row)["月报"], load_workbook(io.BytesIO(office_table()))["月报"]
    assert (page_of["C4"].value, page_of["C5"].value) == (1, 12.5)
    assert (page_of["A2"].value, page_of["C2"].value) == ("填报单位：云溪县教育局", "截至：2026年10月31日")
    assert {str(one) for one in page_of.merged_cells.ranges} == {"A1:D1", "A7:D7"}
    assert page_of["C6"].value == "=SUM(C4:C5)" and page_of.column_dimensions["B"].width == 33
    assert page_of["A1"].font.color.rgb == before["A1"].font.color.rgb == "00C00000"
    changed = {
        cell.coordinate
        for cells in before["A1:D7"]
        for cell in cells
        if cell.value != page_of[cell.coordinate].value
    }
    assert changed == {"A2", "C2", "C4", "C5"}

    # The sealed page joins the record; the course names everybody.
    scan = SimpleUploadedFile("盖章.pdf", pdf(), "application/pdf")
    assert move(force, row, "attach-scan", files=scan).status_code == 302
    page = text_of(leader.get(row.get_absolute_url()))
    assert "上传盖章扫描件" in page and "盖章.pdf" in page and row.workbook_sha256 in page
    trail = AuditEntry.objects.filter(subject_no=row.no).order_by("seq").values_list("action", flat=True)
    assert [one.removeprefix("inspections.return.") for one in trail] == [
        "made", "fill", "submit", "check", "send", "attach_scan",
    ]  # fmt: skip


def test_it_is_handed_on_as_data_and_printed_for_three_to_sign(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = sent(cast, of_month(OCTOBER), 7)
    client = browser(cast, "supervision")
    told = json.loads(client.get(reverse("return-data", args=[row.no, "json"])).content)
    assert told["table"]["code"] == CODE and told["period"]["last"] == "2026-10-31"
    assert told["fields"] == [
        {"code": "CS01", "name": "发现问题", "unit": "个", "value": "0"},
        {"code": "CS02", "name": "处理广告", "unit": "个", "value": "7"},
    ]
    answer = client.get(reverse("return-data", args=[row.no, "csv"]))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (
        lines[0][0] == "表号" and lines[2][-4:] == ["CS02", "处理广告", "个", "7"] and lines[2][2] == row.no
    )
    assert client.get(reverse("return-data", args=[row.no, "xml"])).status_code == 404
    assert f"return={row.no}" in client.get(row.get_absolute_url()).content.decode()
    text = printed(client, f"return/?return={row.no}")
    assert (
        "填表人：何敏" in text
        and "审核人：王建" in text
        and "单位负责人（盖章）：" in text
        and "陈志远批准" in text
    )
    assert "第2项7" in text and "2026年10月31日" in text and "市教函〔2026〕9号" in text


def test_what_a_table_program_would_compute_stays_text(cast: Cast) -> None:
    row = in_use(cast, starts_on=OCTOBER, name="=1+1")
    Statistic.objects.filter(code="CS01").update(name="@SUM(A1)")
    one = sent(cast, of_month(OCTOBER))
    content = (
        browser(cast, "leader").get(reverse("return-data", args=[one.no, "csv"])).content.decode("utf-8-sig")
    )
    fields = list(csv.reader(io.StringIO(content)))[1]
    assert fields[1] == "'=1+1" and fields[10] == "'@SUM(A1)" and row.name == "=1+1"


def test_a_draft_is_downloaded_as_it_stands_and_the_sent_file_afterwards(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row, client = of_month(OCTOBER), browser(cast, "task_force")
    draft = client.get(reverse("return-workbook", args=[row.no]))
    page = load_workbook(io.BytesIO(draft.content))["月报"]
    assert page["C4"].value == 0 and page["C5"].value is None
    row = sent(cast, row)
    assert client.get(reverse("return-workbook", args=[row.no])).url == f"/files/{row.workbook_id}/"
    assert client.get(f"/files/{row.workbook_id}/").status_code == 200
    assert browser(cast, "clerk_a1").get(f"/files/{row.workbook_id}/").status_code == 404


# --- Periods and dates ----------------------------------------------------------------------------------
def test_each_period_gets_one_return_however_often_it_is_asked_for(cast: Cast) -> None:
    in_use(cast, starts_on=SEPTEMBER)
    assert [row.period_first for row in UpwardReturn.objects.order_by("pk")] == [SEPTEMBER, OCTOBER]
    make_returns()
    make_returns()
    assert UpwardReturn.objects.count() == 2
    with clock.at(datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        make_returns()
        make_returns()
        row = UpwardReturn.objects.get(period_first=date(2026, 11, 1))
    assert row.due_on == date(2026, 12, 4), "the 5th is a Saturday: sent before it, not after"
    told = Notification.objects.filter(
        kind="return.made", recipient=cast.task_force, url=row.get_absolute_url()
    )
    assert [one.title for one in told] == ["请填报双减月报（2026年11月），12月4日前上报"]


@pytest.mark.parametrize(
    ("span", "starts_on", "periods"),
    [
        (
            "half_month",
            date(2026, 10, 20),
            [(date(2026, 10, 16), date(2026, 11, 10)), (date(2026, 11, 1), date(2026, 11, 25))],
        ),
        ("term", date(2026, 9, 10), []),
    ],
)
def test_half_months_and_terms(
    cast: Cast, span: str, starts_on: date, periods: list[tuple[date, date]]
) -> None:
    in_use(cast, starts_on=starts_on, span=span, due_after=10)
    rows = UpwardReturn.objects.order_by("period_first").values_list("period_first", "due_on")
    assert list(rows) == periods
    page = text_of(browser(cast, "leader").get("/returns/"))
    assert ("2026年11月16日至30日" if span == "half_month" else "2026年秋季学期") in page


def test_its_day_stands_in_the_plans_calendar_for_the_staff_alone(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = of_month(OCTOBER)
    page = text_of(browser(cast, "leader").get("/plan/"))
    assert f"{row.title} 逾期11天" in page and "双减月报（2026年11月） 11月30日期满后填报" in page
    assert "双减月报" not in text_of(browser(cast, "clerk_a1").get("/plan/"))


def test_its_date_is_reminded_of_and_passed_on_to_the_leader(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = of_month(OCTOBER)
    UpwardReturn.objects.filter(pk=row.pk).update(due_on=date(2026, 11, 16))
    deadlines.sweep()
    told = Notification.objects.filter(kind="deadline", url=row.get_absolute_url())
    assert [(one.recipient_id, one.title) for one in told] == [
        (cast.people["task_force"].pk, f"上报表{row.no}双减月报（2026年10月）：今天截止")
    ]
    with clock.at(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        deadlines.sweep()
    assert told.filter(recipient=cast.leader).count() == 1
    before = told.count()
    sent(cast, of_month(OCTOBER))
    with clock.at(datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        deadlines.sweep()
    assert told.count() == before, "what was sent is left alone"


# --- Figures --------------------------------------------------------------------------------------------
def test_what_changed_by_more_than_a_fifth_is_explained_before_it_goes_on(cast: Cast) -> None:
    in_use(cast, starts_on=SEPTEMBER)
    sent(cast, of_month(SEPTEMBER), 10)
    row, client = of_month(OCTOBER), browser(cast, "task_force")
    assert move(client, row, "refresh").status_code == 302, "the last one was sent after this one was made"
    keyed_in(cast, row, 12)
    assert not any(line.is_questioned for line in row.lines.all())
    keyed_in(cast, row, 13)
    assert "还有1项比上期变化超过20%，没有说明：处理广告" in text_of(move(client, row, "submit"))
    assert "变化超过20%" in text_of(client.get(row.get_absolute_url()))
    keyed_in(cast, row, 13, explanation="开展暑期广告专项清理")
    assert move(client, row, "submit").status_code == 302
    text = printed(client, f"return/?return={row.no}")
    assert "处理广告：上期10，本期13。开展暑期广告专项清理" in text


def test_a_count_changes_by_hand_only_with_its_reason_and_keeps_it_through_a_new_count(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row, client = of_month(OCTOBER), browser(cast, "task_force")
    counted, keyed = row.lines.all()
    ReturnLine.objects.filter(pk=counted.pk).update(taken=2200, value=2200)
    assert 'value="2200"' in client.get(reverse("return-fill", args=[row.no])).content.decode()
    ReturnLine.objects.filter(pk=counted.pk).update(taken=0, value=0)
    fill = reverse("return-fill", args=[row.no])
    page = submit(client, fill, {f"value{counted.pk}": "4", f"value{keyed.pk}": "1"}, version=row.version)
    assert "发现问题和自动取数不同，请写明改动理由" in text_of(page)
    assert 'value="4"' in page.content.decode(), "what was typed is kept"
    wrong = submit(client, fill, {f"value{counted.pk}": "四"}, version=row.version)
    assert "发现问题请填数字" in text_of(wrong)
    reasoned = {f"value{counted.pk}": "4", f"reason{counted.pk}": "含市级交办4件", f"value{keyed.pk}": "1"}
    assert submit(client, fill, reasoned, version=row.version).status_code == 302
    assert submit(client, fill, reasoned, version=row.version).status_code == 409, "a stale page"
    found_in_october(cast)
    assert move(client, row, "refresh").status_code == 302
    counted.refresh_from_db()
    assert (counted.taken, counted.value, counted.reason) == (1, 4, "含市级交办4件")
    assert "自动取数1" in text_of(client.get(row.get_absolute_url()))
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnLine.objects.filter(pk=counted.pk).update(reason="")


def test_a_month_without_anything_is_a_zero_report_and_said_to_be_one(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row, client = of_month(OCTOBER), browser(cast, "task_force")
    keyed_in(cast, row, 0)
    assert "零报告：本期没有发生，不是漏填" in text_of(
        client.get(reverse("return-move", args=[row.no, "submit"]))
    )
    assert "请勾选“零报告”" in text_of(move(client, row, "submit"))
    assert move(client, row, "submit", is_zero="on").status_code == 302
    row.refresh_from_db()
    assert row.is_zero and "零报告" in printed(client, f"return/?return={row.no}")


# --- People ---------------------------------------------------------------------------------------------
def test_who_fills_in_who_checks_and_who_sends_are_three_people(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = keyed_in(cast, of_month(OCTOBER), 3)
    force = browser(cast, "task_force")
    assert browser(cast, "supervision").get(reverse("return-fill", args=[row.no])).status_code == 403
    assert move(browser(cast, "supervision"), row, "submit").status_code == 403
    move(force, row, "submit")
    assert move(force, row, "check").status_code == 403, "one's own"
    assert move(browser(cast, "leader"), row, "send").status_code == 409, "not checked yet"
    colleague = person("force2", "卢静", "task_force", cast.units["county"])
    assert move(signed_in(colleague), row, "check").status_code == 302
    assert move(signed_in(colleague), row, "send").status_code == 403
    for name in ("clerk_a1", "head_a1", "inspector_a", "office_staff", "auditor"):
        assert browser(cast, name).get(row.get_absolute_url()).status_code == 403, name
    with pytest.raises(NotAllowed):
        statistics.add(
            actor=cast.supervision, code="X1", name="x", measure="个", definition="x", query="found",
            source="", since_on=OCTOBER,
        )  # fmt: skip


@pytest.mark.parametrize(("until", "by"), [("review", "supervision"), ("approval", "leader")])
def test_it_comes_back_with_words(cast: Cast, until: str, by: str) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = keyed_in(cast, of_month(OCTOBER), 3)
    force = browser(cast, "task_force")
    move(force, row, "submit")
    if until == "approval":
        move(browser(cast, "supervision"), row, "check")
    other = "leader" if until == "review" else "supervision"
    assert move(browser(cast, other), row, "return", words="先别报").status_code == 403
    assert "请写明退回意见" in text_of(move(browser(cast, by), row, "return", words=" "))
    assert move(browser(cast, by), row, "return", words="广告数和通报不一致").status_code == 302
    assert todo(cast, "task_force") == [("按退回意见修改上报表", row.due_on)]
    assert "广告数和通报不一致" in text_of(force.get(row.get_absolute_url()))
    row.refresh_from_db()
    assert row.checked_by is None


# --- Frozen and corrected -------------------------------------------------------------------------------
def test_what_was_sent_is_frozen_and_a_correction_names_it(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    old = sent(cast, of_month(OCTOBER), 5)
    force = browser(cast, "task_force")
    values = {f"value{line.pk}": line.value for line in old.lines.all()}
    assert (
        submit(force, reverse("return-fill", args=[old.no]), values, version=old.version).status_code == 409
    )
    assert move(force, old, "refresh").status_code == 409
    assert move(force, old, "correct", reason="漏报两件").status_code == 302
    new = of_month(OCTOBER)
    assert (new.corrects, new.ordinal, new.state) == (old, 2, "filling")
    assert [line.value for line in new.lines.all()] == [0, 5]
    assert f"这一期的更正已在办理，编号{new.no}" in text_of(move(force, old, "correct", reason="再来"))
    old.refresh_from_db()
    assert old.state == "sent", "it stands until the correction was sent"
    new = sent(cast, new, 7)
    old.refresh_from_db()
    assert (old.state, new.state) == ("corrected", "sent")
    assert opened(old)["月报"]["C5"].value == 5 and opened(new)["月报"]["C5"].value == 7
    page = text_of(force.get(old.get_absolute_url()))
    assert "已由更正的上报表代替" in page and new.no in page
    assert f"更正{old.no}" in printed(force, f"return/?return={new.no}")
    told = json.loads(force.get(reverse("return-data", args=[new.no, "json"])).content)
    assert (told["corrects"], told["ordinal"]) == (old.no, 2)


def test_a_correction_can_be_given_up_a_periods_own_return_cannot(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    force = browser(cast, "task_force")
    assert move(force, of_month(OCTOBER), "discard", reason="不报了").status_code == 403
    old = sent(cast, of_month(OCTOBER))
    move(force, old, "correct", reason="看错了")
    new = of_month(OCTOBER)
    assert move(force, new, "discard", reason="没有差错").status_code == 302
    old.refresh_from_db()
    assert old.state == "sent"
    assert move(force, old, "correct", reason="这次真有").status_code == 302
    assert of_month(OCTOBER).ordinal == 3


def test_the_database_keeps_what_a_sent_return_is(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    row = of_month(OCTOBER)
    with pytest.raises(IntegrityError), transaction.atomic():
        UpwardReturn.objects.filter(pk=row.pk).update(state="sent")
    with pytest.raises(WrongState):
        returns.send(return_id=row.pk, actor=cast.leader, version=None)  # type: ignore[arg-type]


# --- The list -------------------------------------------------------------------------------------------
def test_the_lists_cost_the_same_however_long_they_are(cast: Cast) -> None:
    in_use(cast, starts_on=OCTOBER)
    client = browser(cast, "leader")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/returns/").status_code == 200
        return len(seen)

    queries()
    few = queries()
    template = ReturnTemplate.objects.get()
    ReturnTemplate.objects.filter(pk=template.pk).update(starts_on=date(2026, 1, 1))
    template.refresh_from_db()
    assert returns.make_due(template) == 9
    queries()  # badges are counted anew after a change
    assert queries() == few <= 25
