"""The pages of reports: from figures to the signed file, who sees what, what a broken rendering leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.workflows import report as workflow
from shuangjian import pdf
from shuangjian.journal import jobs
from shuangjian.journal.models import Job
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.reports import county
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")
TEXTS = {"practice": "作业公示做得细。城关小学每天公示。", "advice": "县教育局于12月15日前复核。"}


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes stand for the paper, which tests/documents looks at."""
    monkeypatch.setattr(rendering, "pdf_of", lambda report, progress=None: b"%PDF-1.7 " + report.no.encode())


def begun(cast: Cast, term: Term) -> SupervisionReport:
    row = workflow.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)
    return workflow.SIGNING.save(row_id=row.pk, actor=cast.supervision, version=None, sections=TEXTS)


def signed(cast: Cast, term: Term) -> SupervisionReport:
    row = begun(cast, term)
    workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    return workflow.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=None)


def issued(cast: Cast, term: Term) -> SupervisionReport:
    row = signed(cast, term)
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    return SupervisionReport.objects.get(pk=row.pk)


def move(client: Client, row: SupervisionReport, key: str, **fields: Any) -> Any:
    """Make a move as its form does, and open the page it leads to."""
    version = SupervisionReport.objects.get(pk=row.pk).version
    answer = submit(client, f"/reports/{row.no}/{key}/", fields, version=version)
    return client.get(answer.url) if answer.status_code == 302 else answer


def write(client: Client, row: SupervisionReport, key: str, words: str) -> Any:
    """Save one text as its own page does, and open the page it leads to."""
    row.refresh_from_db()
    seen = row.section_marks.get(key, {}).get("version", 0)
    answer = submit(client, f"/reports/{row.no}/sections/{key}/", {"text": words}, version=seen)
    return client.get(answer.url) if answer.status_code == 302 else answer


def test_the_whole_way_in_the_browser_s_terms(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    office, leader = signed_in(cast.supervision), signed_in(cast.leader)
    answer = submit(office, "/reports/new/", {"kind": "county", "term": term.pk})
    no = SupervisionReport.objects.get().no
    assert answer.url == f"/reports/{no}/"
    begin = office.get("/reports/new/")  # the county's stands: another one is a unit's
    assert begin.context["form"]["kind"].value() == "unit" and f"全县督导报告已经有了： {no}" in text_of(
        begin
    )
    assert "5个" in text_of(office.get(answer.url))
    row = SupervisionReport.objects.get()
    for key, words in TEXTS.items():
        assert "已保存" in text_of(write(office, row, key, words))
    assert "排队中" in text_of(move(office, row, "draft-pdf"))
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    assert "下载草稿PDF" in text_of(office.get(f"/reports/{no}/"))
    assert "待审签" in text_of(move(office, row, "submit"))
    confirm = text_of(leader.get(f"/reports/{no}/sign/"))
    assert "待编号" in confirm
    assert "到期整改销号" in confirm
    assert "签发中" in text_of(move(leader, row, "sign"))
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    page = leader.get(f"/reports/{no}/")
    row.refresh_from_db()
    assert "下载正式PDF" in text_of(page)
    assert row.final_sha256 in text_of(page)
    answer = leader.get(f"/files/{row.final_file_id}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_progress_is_asked_for_while_it_runs_and_the_page_comes_back_at_its_end(
    cast: Cast, term: Term
) -> None:
    row = begun(cast, term)
    office = signed_in(cast.supervision)
    job = workflow.SIGNING.order_draft_pdf(row_id=row.pk, actor=cast.supervision)
    page = office.get(f"/reports/{row.no}/")
    assert f'hx-get="/reports/{row.no}/"' in page.content.decode()
    assert "<noscript>" in page.content.decode()  # a link to refresh by hand
    held = jobs.claim(job.pk)
    assert held is not None
    held.progress("排版第3页")
    part = office.get(f"/reports/{row.no}/", headers={"hx-request": "true"})
    assert "排版第3页" in text_of(part)
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part.headers
    jobs.cancel(Job.objects.get(pk=job.pk), cast.supervision)
    assert office.get(f"/reports/{row.no}/", headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"


def test_a_cause_is_shown_with_the_way_to_go_on(
    cast: Cast, term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = signed(cast, term)

    def broken(report: SupervisionReport, progress: Any = None) -> bytes:
        raise pdf.CannotRender("字库里没有这些字，请换字后重试：“某”（U+2FFFF，见“操场设某标牌”）")

    with monkeypatch.context() as patch:
        patch.setattr(rendering, "pdf_of", broken)
        jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    office = signed_in(cast.supervision)
    page = text_of(office.get(f"/reports/{row.no}/"))
    assert "见“操场设某标牌”" in page
    assert "重新生成正式PDF" in page
    move(office, row, "issue-pdf")
    assert jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    row.refresh_from_db()
    assert row.state == "issued"


def test_drafts_stay_inside_and_the_signed_file_goes_to_those_it_concerns(cast: Cast, term: Term) -> None:
    row = begun(cast, term)
    head, inspector = signed_in(cast.head_a1), signed_in(cast.inspector_a)
    assert head.get(f"/reports/{row.no}/").status_code == 404
    workflow.SIGNING.order_draft_pdf(row_id=row.pk, actor=cast.supervision)
    jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    row.refresh_from_db()
    workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    workflow.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=None)
    jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    row.refresh_from_db()
    for client in (head, inspector):
        page = client.get(f"/reports/{row.no}/")
        assert "下载正式PDF" in text_of(page)
        assert "看版面预览" not in text_of(page)
        assert client.get(f"/files/{row.final_file_id}/").status_code == 200
        assert client.get(f"/files/{row.draft_file_id}/").status_code == 404
        assert client.get(f"/reports/{row.no}/preview/").status_code == 403
    for outside in (
        cast.office_staff,
        cast.partner,
        cast.auditor,
    ):  # no page for them, so no file by its number
        assert signed_in(outside).get(f"/reports/{row.no}/").status_code in (403, 404)
        assert signed_in(outside).get(f"/files/{row.final_file_id}/").status_code in (403, 404)


def test_a_unit_s_own_report_is_nobody_else_s(cast: Cast, term: Term) -> None:
    row = workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    workflow.SIGNING.save(row_id=row.pk, actor=cast.supervision, version=None, sections=TEXTS)
    workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    workflow.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=None)
    jobs.run_now(workflow.SIGNING.jobs_of(row)[0].pk)
    assert signed_in(cast.head_a1).get(f"/reports/{row.no}/").status_code == 200
    assert signed_in(cast.head_b1).get(f"/reports/{row.no}/").status_code == 404
    assert row.no not in text_of(signed_in(cast.head_b1).get("/reports/"))


def test_the_preview_is_the_printed_page_under_the_portal_s_policy(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    answer = signed_in(cast.leader).get(f"/reports/{begun(cast, term).no}/preview/")
    html = answer.content.decode()
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "style=" not in html
    assert "<style" not in html
    assert "待编号" in html
    assert "问题清单" in html


def test_what_was_typed_stays_when_it_is_too_long(cast: Cast, term: Term) -> None:
    row = begun(cast, term)
    office = signed_in(cast.supervision)
    long = "长" * 4001
    page = write(office, row, "practice", long)
    assert page.status_code == 200
    assert long in page.content.decode()
    assert "下载" not in text_of(page)
    row.refresh_from_db()
    assert row.sections["practice"] == TEXTS["practice"]


@pytest.mark.parametrize(("key", "longest"), [("return", 300), ("withdraw", 200), ("discard", 200)])
def test_words_that_do_not_fit_are_kept_and_counted(cast: Cast, term: Term, key: str, longest: int) -> None:
    row = issued(cast, term) if key == "withdraw" else begun(cast, term)
    if key == "return":
        workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    person = signed_in(cast.supervision if key == "discard" else cast.leader)
    words = "改" * (longest + 1)
    page = move(person, row, key, words=words)
    assert words in page.content.decode()
    assert "需修改" in page.content.decode()
    assert "请写明" in text_of(move(person, row, key, words=" "))
    assert "请写明" not in text_of(move(person, row, key, words="改" * longest))
    row.refresh_from_db()
    assert (row.withdrawn_reason or row.return_words) == "改" * longest


def test_texts_may_be_saved_half_done_and_say_which_are_needed(cast: Cast, term: Term) -> None:
    row = begun(cast, term)
    office = signed_in(cast.supervision)
    page = text_of(office.get(f"/reports/{row.no}/"))
    assert "主要做法和成效 必填 已写" in page
    assert "举报办理 选填 未写" in page
    assert "已保存" in text_of(write(office, row, "practice", ""))
    assert "已保存" in text_of(write(office, row, "advice", "先写建议。"))
    assert "还有1个部分没有写" in text_of(move(office, row, "submit"))


def test_a_second_report_of_the_term_is_refused_with_the_first_one_s_number(cast: Cast, term: Term) -> None:
    row = begun(cast, term)
    page = submit(signed_in(cast.supervision), "/reports/new/", {"kind": "county", "term": term.pk})
    assert f"编号{row.no}" in text_of(page)
    assert SupervisionReport.objects.count() == 1


def test_old_and_new_version_point_to_each_other(cast: Cast, term: Term) -> None:
    old = issued(cast, term)
    office = signed_in(cast.supervision)
    move(office, old, "correct")
    new = SupervisionReport.objects.get(corrects=old)
    assert new.no in text_of(office.get(f"/reports/{old.no}/"))
    assert f"更正的是 {old.no}" in text_of(office.get(f"/reports/{new.no}/"))


@pytest.mark.pages
def test_the_pages_cost_few_queries_whatever_the_county_holds(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    row = issued(cast, term)
    client = signed_in(cast.leader)
    for path in (f"/reports/{row.no}/", "/reports/"):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        assert len(queries) <= 25, path
