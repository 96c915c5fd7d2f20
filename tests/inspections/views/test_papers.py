"""The pages of papers: from a problem to the unit's receipt, who sees what, what a bad entry leaves."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document

from inspections.models import Paper, RectificationTask
from inspections.papers import rendering
from inspections.workflows import papers as workflow
from shuangjian import clock, pdf
from shuangjian.journal import jobs
from tests.cast import Cast
from tests.files import samples
from tests.inspections.cases import case_at_a1, case_in
from tests.inspections.papering import fresh, issued, notice
from tests.inspections.workflows.test_papers import confirmed_visit
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes stand for the paper, which tests/documents looks at."""
    monkeypatch.setattr(rendering, "pdf_of", lambda row, progress=None: b"%PDF-1.7 " + row.no.encode())


@pytest.fixture
def task(cast: Cast) -> RectificationTask:
    return case_at_a1(cast, "planning")


def move(client: Client, row: Paper, key: str, **fields: Any) -> Any:
    """Make a move as its form does, and open the page it leads to."""
    answer = submit(client, f"/papers/{row.no}/{key}/", fields, version=fresh(row).version)
    return client.get(answer.url) if answer.status_code == 302 else answer


def test_from_a_problem_to_the_units_receipt(cast: Cast, task: RectificationTask) -> None:
    office, leader, head = signed_in(cast.supervision), signed_in(cast.leader), signed_in(cast.head_a1)
    address = f"/papers/new/notice/{cast.a1.code}/?problem={task.no}"
    assert address in office.get(f"/problems/{task.no}/").content.decode()
    page = office.get(address)
    assert "三年级数学日均书面作业约75分钟" in text_of(page)
    answer = submit(office, address, {"tasks": [task.pk], "delivery": "online"})
    row = Paper.objects.get()
    assert answer.url == f"/papers/{row.no}/"
    assert "已保存" in text_of(move(office, row, "save", demand="请补课程表。", note=""))
    assert "排队中" in text_of(move(office, row, "draft-pdf"))
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    assert "下载草稿PDF" in text_of(office.get(f"/papers/{row.no}/"))
    assert "待审签" in text_of(move(office, row, "submit"))
    assert "签发公文" in text_of(leader.get("/desk/"))
    assert "签发公文" not in text_of(office.get("/desk/"))
    assert "签发后取发文字号" in text_of(leader.get(f"/papers/{row.no}/sign/"))
    assert head.get(f"/papers/{row.no}/").status_code == 404
    move(leader, row, "sign")
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    page = text_of(head.get("/desk/"))
    assert "签收公文" in page
    page = head.get(f"/papers/{row.no}/")
    assert "云教函〔2026〕1号" in text_of(page)
    assert head.get(reverse("file", args=[fresh(row).final_file_id])).status_code == 200
    assert "已签收" in text_of(move(head, row, "receive"))
    assert "签收公文" not in text_of(head.get("/desk/"))
    listed = text_of(office.get("/papers/?tab=served"))
    assert "系统签收" in listed
    assert "整改通知书云教函〔2026〕1号" in text_of(office.get(f"/problems/{task.no}/"))
    assert "整改通知书" in text_of(head.get(f"/units/{cast.a1.code}/"))


def test_an_opinion_begins_on_the_page_of_its_visit(cast: Cast) -> None:
    visit = confirmed_visit(cast, unit_remark="情况属实")
    office = signed_in(cast.supervision)
    page = office.get(f"/visits/{visit.no}/").content.decode()
    address = f"/papers/new/opinion/{cast.a1.code}/?visit={visit.no}"
    assert address in page and "起草整改通知书" in page and "责令整改通知书" not in page
    day = (clock.today() + timedelta(days=20)).isoformat()
    cases = workflow.cases_for(workflow.KINDS["opinion"], cast.a1, visit)
    answer = submit(
        office, address, {"tasks": [one.pk for one in cases], "delivery": "on_paper", "report_by": day}
    )
    assert answer.status_code == 302
    page = office.get(f"/visits/{visit.no}/").content.decode()
    assert address not in page
    assert Paper.objects.get().no in page


def test_a_visit_that_the_unit_has_not_answered_offers_no_opinion_and_says_why(cast: Cast) -> None:
    visit = confirmed_visit(cast)
    office = signed_in(cast.supervision)
    assert "起草督导意见书" not in text_of(office.get(f"/visits/{visit.no}/"))
    page = office.get(f"/papers/new/opinion/{cast.a1.code}/?visit={visit.no}")
    assert "可以陈述意见" in text_of(page)


def test_a_paper_can_be_begun_from_the_list(cast: Cast, task: RectificationTask) -> None:
    office = signed_in(cast.task_force)
    answer = office.get(f"/papers/new/?kind=notice&unit={cast.a1.code}")
    assert answer.url == f"/papers/new/notice/{cast.a1.code}/"
    assert "请选择单位" in text_of(office.get("/papers/new/?kind=notice&unit="))
    answer = submit(office, answer.url, {"delivery": "online"})
    assert "请至少选一个问题" in text_of(answer)


def test_an_order_asks_for_two_officers_and_keeps_what_was_entered(cast: Cast) -> None:
    task = case_in("planning", unit=cast.units["a3"], found_by=cast.task_force)
    office = signed_in(cast.task_force)
    address = f"/papers/new/order/{cast.units['a3'].code}/?problem={task.no}"
    fields = {
        "tasks": [task.pk], "delivery": "on_paper",
        "officer_1": "张某", "card_1": "执0101", "officer_2": "李某", "card_2": "执0101",
    }  # fmt: skip
    answer = submit(office, address, fields)
    assert "两个证号不能相同" in text_of(answer)
    assert 'value="执0101"' in answer.content.decode()
    assert submit(office, address, fields | {"card_2": "执0102"}).status_code == 302
    row = Paper.objects.get()
    assert 'value="执0102"' in office.get(f"/papers/{row.no}/refresh/").content.decode()
    move(office, row, "refresh", **(fields | {"card_2": "执0199"}))
    assert "执0199" in rendering.preview_html(fresh(row)).replace("</span>", "")


def test_a_service_is_written_down_from_the_receipt(cast: Cast, task: RectificationTask) -> None:
    office = signed_in(cast.supervision)
    row = issued(cast, notice(cast, cast.a1, [task], delivery="on_paper"))
    assert "送达公文" in text_of(office.get("/desk/"))
    today = clock.today().isoformat()
    answer = move(office, row, "serve", means="left", served_on=today, servers="张某、李某", receiver="黄勇")
    assert "留置送达要写明拒收事由和见证人" in text_of(answer)
    assert 'value="黄勇"' in answer.content.decode()
    page = move(
        office,
        row,
        "serve",
        means="left",
        served_on=today,
        servers="张某、李某",
        refusal="拒收",
        witness="周某",
    )
    assert "见证人周某" in text_of(page)


def test_a_sealed_scan_is_kept_beside_the_file(cast: Cast, task: RectificationTask) -> None:
    office = signed_in(cast.supervision)
    row = issued(cast, notice(cast, cast.a1, [task]))
    scan = SimpleUploadedFile("盖章件.pdf", samples.pdf(), "application/pdf")
    page = move(office, row, "attach-scan", files=[scan])
    assert "盖章件.pdf" in text_of(page)
    kept = fresh(row)
    assert kept.scan is not None and kept.scan.sha256 in text_of(page)
    assert signed_in(cast.head_a1).get(reverse("file", args=[kept.scan_id])).status_code == 200
    wrong = SimpleUploadedFile("盖章件.docx", b"PK", "application/msword")
    assert "不能上传" in text_of(move(office, row, "attach-scan", files=[wrong]))


def test_a_failed_rendering_names_its_cause_and_is_repeated(
    cast: Cast, task: RectificationTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(row: Paper, progress: Any = None) -> bytes:
        raise pdf.CannotRender("字库里没有这些字：“㿿”（U+3FFF）")

    row = notice(cast, cast.a1, [task])
    leader = signed_in(cast.leader)
    workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    monkeypatch.setattr(rendering, "pdf_of", fails)
    move(leader, row, "sign")
    jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    page = text_of(leader.get(f"/papers/{row.no}/"))
    assert "U+3FFF" in page and "签发中" in page
    monkeypatch.setattr(rendering, "pdf_of", lambda row, progress=None: b"%PDF-1.7 ok")
    move(leader, row, "issue-pdf")
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    assert (fresh(row).state, fresh(row).document_no) == ("issued", "云教函〔2026〕1号")


def test_a_check_code_is_typed_in_and_answers_with_what_stands(cast: Cast, task: RectificationTask) -> None:
    row = issued(cast, notice(cast, cast.a1, [task]))
    for who, sees in (("head_a1", True), ("head_b1", False), ("team_inspector", False)):
        page = text_of(signed_in(cast.people[who]).get("/papers/check/", {"code": row.check_code.lower()}))
        assert (row.final_sha256 in page) is sees, who
        assert ("没有查到您可以看的文件" in page) is not sees
    workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="事实有误")
    page = text_of(signed_in(cast.head_a1).get("/papers/check/", {"code": row.check_code}))
    assert "不再有效" in page and "事实有误" in page


def test_a_withdrawn_paper_is_told_to_the_unit_and_stays_readable_as_such(
    cast: Cast, task: RectificationTask
) -> None:
    row = issued(cast, notice(cast, cast.a1, [task]))
    move(signed_in(cast.leader), row, "withdraw", words="事实有误")
    head = signed_in(cast.head_a1)
    assert "事实有误" in text_of(head.get(f"/papers/{row.no}/"))
    assert "已撤回" in text_of(head.get("/me/notices/"))


def test_the_list_asks_as_much_for_many_as_for_few(cast: Cast) -> None:
    office = signed_in(cast.supervision)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert office.get("/papers/").status_code == 200
        return len(queries)

    notice(cast, cast.a1, [case_at_a1(cast, "planning")])
    few = asked()
    for _ in range(6):
        issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")]))
    assert asked() <= few <= 20


def test_the_page_of_a_paper_asks_as_much_for_many_problems(cast: Cast) -> None:
    office = signed_in(cast.supervision)
    office.get("/papers/")  # the menu's numbers are counted once
    counts = []
    for size in (1, 7):
        row = notice(cast, cast.a1, [case_at_a1(cast, "planning") for _ in range(size)])
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"/papers/{row.no}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_the_preview_is_the_paper_as_it_will_be_printed(cast: Cast, task: RectificationTask) -> None:
    row = notice(cast, cast.a1, [task])
    page = signed_in(cast.leader).get(f"/papers/{row.no}/preview/")
    html = page.content.decode()
    assert "letter.css" in html and "送达回证" in html and "style=" not in html


def test_the_word_file_says_what_the_paper_says(cast: Cast, task: RectificationTask) -> None:
    row = notice(cast, cast.a1, [task])
    answer = signed_in(cast.supervision).get(f"/papers/{row.no}/word/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{row.no}.docx"'
    text = "\n".join(one.text for one in Document(BytesIO(answer.content)).paragraphs)
    assert "草稿，不作为正式文件" in text and "待编号" in text
    assert "三年级数学日均书面作业约75分钟" in text and "本通知书一式三份" in text
    assert f"/papers/{row.no}/word/" in signed_in(cast.leader).get(f"/papers/{row.no}/").content.decode()
    assert signed_in(cast.head_a1).get(f"/papers/{row.no}/word/").status_code == 403
