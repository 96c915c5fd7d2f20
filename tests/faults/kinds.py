"""How to ask for a job of each kind, and what its effect is. A new kind of job enters itself here.

The factory is called on an empty database. It makes what the job needs, enqueues it as the portal does and
says what the job leaves behind: values that are the same on every database, so no keys and no times.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from openpyxl import load_workbook

from inspections import ledger
from inspections.exports.lists import UNITS
from inspections.imports.units.columns import SCHOOLS
from inspections.ledger import Ledger
from inspections.models import (
    BulkRun,
    CloseOutForm,
    Export,
    Import,
    Paper,
    Printout,
    ReportBatch,
    SupervisionReport,
)
from inspections.reports import rendering
from inspections.workflows import (
    bulk,
    close_forms,
    exports,
    imports,
    papers,
    printouts,
    report_batch,
    suggestions,
)
from inspections.workflows import report as reports
from shuangjian import clock
from shuangjian.accounts import channels
from shuangjian.accounts.models import Organisation
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.files.services import open_blob
from shuangjian.journal.models import AuditEntry, Job, Notification
from shuangjian.policy.models import CountedDate
from shuangjian.policy.selectors import current_term
from shuangjian.policy.workflows import counting, days
from tests.cast import Cast, assemble
from tests.inspections import papering
from tests.inspections.cases import case_at_a1
from tests.inspections.importing import SCHOOL, bytes_of, raw, uploaded
from tests.policy.notices import NOTICE_OF_2027
from tests.poured import load_policy


@dataclass(frozen=True)
class Made:
    """A job that waits, and what to look at once it is done."""

    job: Job
    effect: Callable[[], Any]


FACTORIES: dict[str, Callable[[], Made]] = {}


def makes(kind: str) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    def keep(factory: Callable[[], Made]) -> Callable[[], Made]:
        FACTORIES[kind] = factory
        return factory

    return keep


def said_and_told() -> dict[str, Any]:
    """What every effect includes: journal and notices, each counted."""
    entries = AuditEntry.objects.order_by("seq").values_list("action", "subject_no")
    notices = Notification.objects.order_by("recipient__username", "kind")
    return {"journal": list(entries), "notices": list(notices.values_list("recipient__username", "kind"))}


def _drafted() -> tuple[Cast, SupervisionReport]:
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
        cast = assemble()
        term = current_term()
        assert term is not None
        return cast, reports.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)


def _effect_on(row: SupervisionReport | Paper) -> dict[str, Any]:
    now = type(row).objects.select_related("draft_file", "final_file").get(pk=row.pk)
    return {
        "state": now.state,
        "version": now.version,
        "draft": now.draft_file.sha256 if now.draft_file else None,
        "final": (now.final_file.sha256 if now.final_file else None, now.final_sha256, now.document_no),
        "files": StoredFile.objects.count(),
        **said_and_told(),
    }


@makes("reports.draft")
def a_draft() -> Made:
    cast, report = _drafted()
    job = reports.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision)
    return Made(job, lambda: _effect_on(report))


@makes("reports.issue")
def a_signed_report() -> Made:
    cast, report = _drafted()
    texts = {key: "已按方案完成。" for key, _ in rendering.required_sections("county")}
    reports.SIGNING.save(row_id=report.pk, actor=cast.supervision, version=None, sections=texts)
    reports.SIGNING.submit(row_id=report.pk, actor=cast.supervision, version=None)
    reports.SIGNING.sign(row_id=report.pk, actor=cast.leader, version=None)
    return Made(Job.objects.get(kind="reports.issue"), lambda: _effect_on(report))


@makes(report_batch.JOB)
def all_reports_of_the_units() -> Made:
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
        cast = assemble()
        term = current_term()
        assert term is not None
        batch = report_batch.order(term=term, actor=cast.supervision)
    assert batch.job is not None
    return Made(batch.job, lambda: _effect_of_batch(batch.pk))


def _effect_of_batch(pk: int) -> dict[str, Any]:
    batch = ReportBatch.objects.select_related("archive").get(pk=pk)
    packed: list[str] = []
    if batch.archive is not None:
        with open_blob(batch.archive) as stream:
            packed = zipfile.ZipFile(BytesIO(stream.read())).namelist()
    return {
        "rows": list(batch.rows.values_list("organisation__code", "outcome", "is_new")),
        "reports": SupervisionReport.objects.count(),
        "packed": packed,
        **said_and_told(),
    }


def _paper() -> tuple[Cast, Paper]:
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
        cast = assemble()
        return cast, papering.notice(cast, cast.a1, [case_at_a1(cast, "planning")])


@makes("papers.draft")
def a_draft_paper() -> Made:
    cast, paper = _paper()
    job = papers.SIGNING.order_draft_pdf(row_id=paper.pk, actor=cast.supervision)
    return Made(job, lambda: _effect_on(paper))


@makes("papers.issue")
def a_signed_paper() -> Made:
    cast, paper = _paper()
    papering.signed(cast, paper)
    return Made(Job.objects.get(kind="papers.issue"), lambda: _effect_on(paper))


@makes("close_forms.print")
def a_close_out_form() -> Made:
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
        cast = assemble()
        task = case_at_a1(cast, "closed")
        job = close_forms.order(task_id=task.pk, actor=cast.task_force)

    def effect() -> Any:
        form = CloseOutForm.objects.get()
        files = StoredFile.objects.filter(content_type="application/pdf").count()
        return {"sha256": form.sha256, "version": form.version, "files": files, **said_and_told()}

    return Made(job, effect)


@makes("imports.check")
def an_uploaded_workbook() -> Made:
    cast = assemble()
    upload = SimpleUploadedFile("单位名单.xlsx", bytes_of(raw(SCHOOLS, SCHOOL)))
    stored = files.receive(upload=upload, uploader=cast.task_force, kinds=files.TABLE)
    row = imports.upload(what="units", actor=cast.task_force, stored=stored)
    job = Job.objects.get(key=f"{imports.CHECK_JOB}:{row.pk}")
    return Made(job, lambda: _effect_of_import(row.pk))


@makes("imports.run")
def a_confirmed_import() -> Made:
    cast, sheet = assemble(), raw(SCHOOLS, SCHOOL, SCHOOL | {"name": "河西小学", "code": "3152000098"})
    row = uploaded(cast.task_force, sheet)
    job = imports.confirm(import_id=row.pk, actor=cast.task_force, version=None)
    return Made(job, lambda: _effect_of_import(row.pk))


def _effect_of_import(pk: int) -> dict[str, Any]:
    row = Import.objects.get(pk=pk)
    return {
        "state": (row.state, row.version, len(row.sheets), row.plan),
        "rows": list(row.rows.values_list("key", "state", "words")),
        "units": list(Organisation.objects.units().order_by("code").values_list("code", "version")),
        **said_and_told(),
    }


def _selected(cast: Cast) -> Ledger:
    """Two problems of A1 and one that is closed, all of them selected."""
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
    for state in ("rectifying", "rectifying", "closed"):
        case_at_a1(cast, state)
    return ledger.read(cast.task_force, QueryDict("tab=all&select=all"))


@makes("ledger.run")
def a_reminder_of_many() -> Made:
    cast = assemble()
    book = _selected(cast)
    with patch.object(bulk, "ROWS_AT_ONCE", 0):
        run = bulk.order(kind="remind", actor=cast.task_force, book=book, arguments={"words": ""})
    assert run.job is not None
    return Made(run.job, lambda: {"rows": list(run.rows.values_list("outcome", "reason")), **said_and_told()})


@makes("deliveries.send")
def a_test_message() -> Made:
    """What leaves is delivered at least once; what the portal knows of it is the effect."""
    cast = assemble()
    administrator: Any = cast.system_admin
    administrator.mail = "xitong@example.gov.cn"
    administrator.save()
    way = channels.create(actor=administrator, kind="mail", name="邮件")
    job = channels.test(channel_id=way.pk, actor=administrator, version=None).job
    assert job is not None
    return Made(job, lambda: {"result": Job.objects.get(pk=job.pk).result, **said_and_told()})


@makes("ledger.export")
def an_export() -> Made:
    cast = assemble()
    book = _selected(cast)
    with patch.object(bulk, "EXPORT_AT_ONCE", 0):
        run = bulk.order_export(actor=cast.task_force, book=book)
    assert run.job is not None
    return Made(run.job, lambda: _effect_of_export(run.pk))


def _effect_of_export(pk: int) -> dict[str, Any]:
    stored = BulkRun.objects.select_related("stored_file").get(pk=pk).stored_file
    lines: list[Any] = []
    if stored is not None:
        with open_blob(stored) as stream:
            sheet = load_workbook(BytesIO(stream.read())).worksheets[0]
        lines = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
    return {"lines": lines, "files": StoredFile.objects.count(), **said_and_told()}


@makes(exports.JOB)
def a_list_as_a_file() -> Made:
    cast = assemble()
    with patch.object(exports, "ROWS_AT_ONCE", -1):
        row = exports.order(listing=UNITS, query=QueryDict(""), format="csv", actor=cast.task_force)
    assert row.job is not None
    return Made(row.job, lambda: _effect_of_list(row.pk))


def _effect_of_list(pk: int) -> dict[str, Any]:
    stored = Export.objects.select_related("stored_file").get(pk=pk).stored_file
    lines: list[bytes] = []
    if stored is not None:
        with open_blob(stored) as stream:
            lines = stream.read().splitlines()[1:]
    return {"lines": lines, "files": StoredFile.objects.count(), **said_and_told()}


@makes(printouts.JOB)
def a_printout() -> Made:
    with clock.at(datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        cast = assemble()
        printout = printouts.order(kind="brief", actor=cast.leader, parameters={})
    assert printout.job is not None
    return Made(printout.job, lambda: _effect_of_printout(printout.pk))


def _effect_of_printout(pk: int) -> dict[str, Any]:
    stored = Printout.objects.select_related("stored_file").get(pk=pk).stored_file
    return {"file": stored.sha256 if stored else None, "files": StoredFile.objects.count(), **said_and_told()}


@makes(counting.RECOUNT)
def a_year_that_came_in() -> Made:
    """Two answers whose dates were provisional, then the year."""
    with clock.at(datetime(2026, 12, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        load_policy()
        cast = assemble()
        for text in ("清单可以再短一些", "提醒可以早一些"):
            suggestions.make(actor=cast.clerk_a1, text=text)
        words = {"document": "国办发明电〔2026〕9号", "text": NOTICE_OF_2027, "reason": "通知已经公布"}
        days.enter_year(year=2027, actor=cast.task_force, version=0, **words)
    rows = CountedDate.objects.filter(field="due_on").order_by("subject_type", "pk")
    return Made(
        Job.objects.get(kind=counting.RECOUNT),
        lambda: {"dates": list(rows.values_list("on", "is_provisional")), **said_and_told()},
    )
