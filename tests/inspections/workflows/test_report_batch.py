"""All unit reports as one job: one draft each, one archive, failures named, nothing made twice."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest

from inspections.models import ReportBatch, SupervisionReport
from inspections.reports import rendering
from inspections.workflows import report as reports
from inspections.workflows import report_batch as workflow
from shuangjian import pdf
from shuangjian.files.services import open_blob
from shuangjian.journal import jobs
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry, Job, Notification
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.documents, pytest.mark.usefixtures("standing_policy", "policy")]
UNITS = 4  # a1, a2, b1, a3 of the cast


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes stand for the paper, which tests/documents looks at."""
    monkeypatch.setattr(rendering, "pdf_of", lambda report, progress=None: b"%PDF-1.7 " + report.no.encode())


def ordered(cast: Cast, term: Term) -> ReportBatch:
    return workflow.order(term=term, actor=cast.supervision)


def run(batch: ReportBatch) -> ReportBatch:
    assert batch.job_id is not None
    jobs.run_now(batch.job_id)
    return ReportBatch.objects.get(pk=batch.pk)


def archive_of(batch: ReportBatch) -> zipfile.ZipFile:
    assert batch.archive is not None
    return zipfile.ZipFile(BytesIO(open_blob(batch.archive).read()))


def broken_for(name: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def made(report: SupervisionReport, progress: Any = None) -> bytes:
        if report.organisation.name == name:
            raise error
        return b"%PDF-1.7 " + report.no.encode()

    monkeypatch.setattr(rendering, "pdf_of", made)


def test_each_unit_gets_one_draft_and_the_archive_holds_them_all(cast: Cast, term: Term) -> None:
    own = reports.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    batch = run(ordered(cast, term))
    assert workflow.counts_of(batch) == {"waiting": 0, "failed": 0, "done": UNITS}
    rows = {row.organisation.name: row for row in batch.rows.select_related("organisation", "report")}
    assert rows[cast.a1.name].report == own
    assert [row.is_new for name, row in rows.items() if name != cast.a1.name] == [True] * (UNITS - 1)
    assert SupervisionReport.objects.filter(kind="unit", term=term).count() == UNITS
    archive = archive_of(batch)
    assert len(archive.namelist()) == UNITS + 1
    index = archive.read(workflow.INDEX).decode("utf-8-sig")
    for row in rows.values():
        assert row.report is not None and row.stored_file is not None
        assert row.report.no in index
        assert row.stored_file.sha256 in index
        assert row.report.draft_file_id == row.stored_file_id
    assert Notification.objects.get(kind="report_batch.finished").recipient == cast.supervision
    done = AuditEntry.objects.get(action="inspections.report_batch.finished")
    assert (done.after["done"], done.after["sha256"]) == (UNITS, batch.archive.sha256)  # type: ignore[union-attr]


def test_run_twice_it_makes_nothing_twice(cast: Cast, term: Term) -> None:
    first = ordered(cast, term)
    assert ordered(cast, term) == first  # the running one is given again
    assert Job.objects.filter(kind=workflow.JOB).count() == 1
    first = run(first)
    assert jobs.run_now(first.job_id or 0) is False
    second = run(ordered(cast, term))
    assert second.pk != first.pk
    assert SupervisionReport.objects.filter(kind="unit", term=term).count() == UNITS
    assert not second.rows.filter(is_new=True).exists()
    assert archive_of(second).namelist() == archive_of(first).namelist()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (pdf.CannotRender("字库里没有这些字：“某”（U+2FFFF）"), "字库里没有这些字"),
        (KeyError("data"), "数据不完整"),
    ],
)
def test_one_unit_s_failure_is_named_and_the_others_are_done(
    cast: Cast, term: Term, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    broken_for(cast.b1.name, monkeypatch, error)
    batch = run(ordered(cast, term))
    assert workflow.counts_of(batch) == {"waiting": 0, "failed": 1, "done": UNITS - 1}
    index = archive_of(batch).read(workflow.INDEX).decode("utf-8-sig")
    line = next(line for line in index.splitlines() if cast.b1.name in line)
    assert "没有生成" in line
    assert says in line
    page = text_of(signed_in(cast.supervision).get(f"/reports/batches/{batch.pk}/"))
    assert says in page
    assert page.index(cast.b1.name) < page.index(cast.a1.name)  # what failed stands first


def test_cancelled_half_way_it_keeps_what_is_done_and_goes_on_when_retried(
    cast: Cast, term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ordered(cast, term)
    made: list[str] = []

    def slow(report: SupervisionReport, progress: Any = None) -> bytes:
        made.append(report.no)
        if len(made) == 2:
            jobs.cancel(Job.objects.get(pk=batch.job_id), cast.supervision)
        progress("排版", 1, 2)
        return b"%PDF-1.7 " + report.no.encode()

    monkeypatch.setattr(rendering, "pdf_of", slow)
    batch = run(batch)
    assert batch.archive is None
    assert workflow.counts_of(batch) == {"waiting": UNITS - 1, "failed": 0, "done": 1}
    page = text_of(signed_in(cast.supervision).get(f"/reports/batches/{batch.pk}/"))
    assert f"其余{UNITS - 1}个没有生成" in page
    jobs.retry(Job.objects.get(pk=batch.job_id), cast.supervision)
    batch = run(batch)
    assert workflow.counts_of(batch)["done"] == UNITS
    assert len(made) == UNITS + 1  # the one that was under way is made again, the finished one is not
    assert len(set(made)) == UNITS


def test_a_signed_report_goes_in_as_it_was_signed(cast: Cast, term: Term) -> None:
    row = reports.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    texts = {key: "写好了。" for key, _ in rendering.required_sections("unit")}
    reports.SIGNING.save(row_id=row.pk, actor=cast.supervision, version=None, sections=texts)
    reports.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)
    reports.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=None)
    assert jobs.run_now(reports.SIGNING.jobs_of(row)[0].pk)
    row.refresh_from_db()
    batch = run(ordered(cast, term))
    assert batch.rows.get(organisation=cast.a1).stored_file_id == row.final_file_id
    row.refresh_from_db()
    assert row.draft_file_id is None


def test_only_the_supervision_office_orders(cast: Cast, term: Term) -> None:
    for person in (cast.leader, cast.task_force, cast.head_a1):
        with pytest.raises(NotAllowed):
            workflow.order(term=term, actor=person)
    assert not ReportBatch.objects.exists()


def test_a_term_without_units_is_refused(cast: Cast, term: Term) -> None:
    from shuangjian.accounts.models import Organisation

    Organisation.objects.filter(kind__in=["school", "institution"]).update(opened_on="2027-09-01")
    with pytest.raises(Refused, match="没有学校和机构"):
        ordered(cast, term)


def test_who_lost_the_post_stops_his_order(cast: Cast, term: Term) -> None:
    batch = ordered(cast, term)
    cast.supervision.memberships.update(from_on="2019-01-01", to_on="2020-01-01")
    batch = run(batch)
    job = Job.objects.get(pk=batch.job_id)
    assert (job.state, batch.archive) == (Job.State.DEAD, None)
    assert "不是督导室人员" in job.error


def test_the_office_orders_in_the_browser_and_takes_the_archive(cast: Cast, term: Term) -> None:
    client = signed_in(cast.supervision)
    assert "全部单位报告" in text_of(client.get("/reports/"))
    assert f"{UNITS}个单位，{UNITS}个还没有报告" in text_of(client.get("/reports/batches/"))
    answer = submit(client, "/reports/batches/", {"term": term.pk})
    batch = ReportBatch.objects.get()
    page = client.get(answer.url)
    assert "取消生成" in text_of(page)
    assert f'hx-get="/jobs/{batch.job_id}/"' in page.content.decode()
    batch = run(batch)
    page = text_of(client.get(answer.url))
    assert "下载压缩包" in page
    sent = client.get(f"/files/{batch.archive_id}/?download=1")
    assert sent.headers["Content-Type"] == "application/zip"
    assert signed_in(cast.head_a1).get(f"/files/{batch.archive_id}/").status_code in (403, 404)
    assert "全部单位报告" not in text_of(signed_in(cast.leader).get("/reports/"))
