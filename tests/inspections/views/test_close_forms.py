"""销号确认单: ordered, set by a job, printed anew, looked up by its code, its signed sheet kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspections.models import CloseOutForm, RectificationTask
from inspections.papers import close_out
from inspections.workflows import close_forms as workflow
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.files import samples
from tests.inspections.cases import case_at_a1
from tests.registry import signed_in, submit, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes stand for the paper, which tests/documents looks at."""
    monkeypatch.setattr(close_out, "pdf_of", lambda form, **_: f"%PDF-1.7 {form.check_code}".encode())


@pytest.fixture
def task(cast: Cast) -> RectificationTask:
    return case_at_a1(cast, "closed", closed_by=cast.task_force)


def printed(cast: Cast, task: RectificationTask) -> CloseOutForm:
    job = workflow.order(task_id=task.pk, actor=cast.task_force)
    assert jobs.run_now(job.pk)
    return CloseOutForm.objects.select_related("file", "scan").get(task=task)


def test_from_the_problem_to_the_form_and_its_scan(cast: Cast, task: RectificationTask) -> None:
    office, address = signed_in(cast.task_force), f"/problems/{task.no}/close-form/"
    assert address in office.get(f"/problems/{task.no}/").content.decode()
    assert "还没有打印" in text_of(office.get(address))
    assert submit(office, f"{address}print/", {}).url == address
    assert "排队中" in text_of(office.get(address))
    form = CloseOutForm.objects.get()
    assert jobs.run_now(workflow.jobs_of(form)[0].pk)
    page = text_of(office.get(address))
    form.refresh_from_db()
    assert form.sha256 in page and form.check_code in page
    head = signed_in(cast.head_a1)
    assert head.get(reverse("file", args=[form.file_id])).status_code == 200
    assert task.close_no in head.get(f"{address}preview/").content.decode()
    assert signed_in(cast.people["head_b1"]).get(address).status_code == 404
    scan = SimpleUploadedFile("签字件.pdf", samples.pdf(), "application/pdf")
    answer = submit(office, f"{address}scan/", {"files": [scan]}, version=form.version)
    assert "签字件.pdf" in text_of(office.get(answer.url))
    assert AuditEntry.objects.filter(action="inspections.close_form.scan_attached").count() == 1


def test_the_form_says_what_the_records_say(cast: Cast, task: RectificationTask) -> None:
    html = close_out.page_of(printed(cast, task))
    for words in (task.close_no, task.no, "城关小学", "严控书面作业总量", "年级组统筹作业总量", "同意销号"):
        assert words in html, words


def test_printed_anew_it_takes_the_new_facts_and_an_older_job_changes_nothing(
    cast: Cast, task: RectificationTask
) -> None:
    first = printed(cast, task)
    RectificationTask.objects.filter(pk=task.pk).update(statement="每天由年级组长核对")
    again = printed(cast, task)
    assert (again.version, again.check_code == first.check_code) == (first.version + 1, False)
    assert "每天由年级组长核对" in close_out.page_of(again)
    late = store_generated(data=b"%PDF-1.7 late", name="l.pdf")
    assert workflow.complete(form_id=again.pk, version=first.version, file=late).sha256 == again.sha256


def test_two_printings_at_a_time_are_refused(cast: Cast, task: RectificationTask) -> None:
    workflow.order(task_id=task.pk, actor=cast.task_force)
    with pytest.raises(Refused, match="正在生成"):
        workflow.order(task_id=task.pk, actor=cast.supervision)


@pytest.mark.parametrize("who", ["head_a1", "inspector_a", "auditor", "office_staff", "partner"])
def test_the_county_alone_prints(cast: Cast, task: RectificationTask, who: str) -> None:
    with pytest.raises(NotAllowed):
        workflow.order(task_id=task.pk, actor=cast.people[who])


def test_what_is_not_closed_has_no_form(cast: Cast) -> None:
    task = case_at_a1(cast, "verified")
    with pytest.raises(Refused, match="销号以后"):
        workflow.order(task_id=task.pk, actor=cast.task_force)
    assert signed_in(cast.task_force).get(f"/problems/{task.no}/close-form/").status_code == 404


def test_its_code_is_looked_up_like_a_papers(cast: Cast, task: RectificationTask) -> None:
    form = printed(cast, task)
    for who, sees in (("head_a1", True), ("head_b1", False)):
        page: Any = signed_in(cast.people[who]).get("/papers/check/", {"code": form.check_code})
        assert (form.sha256 in text_of(page)) is sees
