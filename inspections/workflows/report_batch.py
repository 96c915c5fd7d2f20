"""全部单位报告: one order, one job, one archive; a unit that fails is named, the others are done.

The order freezes which units it is about. Each unit is then done by itself: its draft is begun where it has
none, its PDF is made, and the row that says so is committed with the file, only as long as the attempt still
holds the job. A second attempt goes on with what is waiting; a second order finds the drafts of the first.
"""

from __future__ import annotations

import logging
import re
import zipfile
from io import BytesIO
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.urls import reverse

from inspections.models import ReportBatch, ReportBatchRow, SupervisionReport
from inspections.reports import rendering
from inspections.reports.records import units_of
from inspections.workflows import report as reports
from shuangjian import clock, pdf
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.files.models import StoredFile
from shuangjian.files.services import ZIP, open_blob, store_generated
from shuangjian.journal import audit, jobs, outbox
from shuangjian.journal.errors import DomainError, NotAllowed, Refused
from shuangjian.policy.models import Term

JOB = "reports.batch"
INDEX = "目录.txt"
Outcome = ReportBatchRow.Outcome
log = logging.getLogger(__name__)
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_BROKEN = "这份报告的数据不完整，没有生成，请告知技术人员"

audit.name_actions(
    {
        "inspections.report_batch.ordered": "生成全部单位报告",
        "inspections.report_batch.finished": "全部单位报告已打包",
    }
)


# --- Ordering -----------------------------------------------------------------------------------------------
def order(*, term: Term, actor: User) -> ReportBatch:
    """Order the reports of every unit of the term. One that is under way is given instead of a second.

    Raises NotAllowed, and Refused where the term has no unit.
    """
    if not actor.has_role(Role.SUPERVISION_OFFICE):
        raise NotAllowed("只有督导室可以生成全部单位报告")
    with transaction.atomic():
        Term.objects.select_for_update().get(pk=term.pk)  # two people who press at once wait here
        running = running_of(term)
        if running is not None:
            return running
        units = list(units_of(term).order_by("pinyin_key", "pk"))
        if not units:
            raise Refused("本学期没有学校和机构，请先登记单位")
        batch = ReportBatch.objects.create(term=term, ordered_by=actor)
        ReportBatchRow.objects.bulk_create([ReportBatchRow(batch=batch, organisation=unit) for unit in units])
        batch.job = jobs.enqueue(
            kind=JOB,
            key=f"{JOB}:{batch.pk}",
            payload={"batch": batch.pk},
            owner=actor,
            title=f"{term.short_title}全部单位报告",
            url=reverse("report-batch", args=[batch.pk]),
        )
        batch.save(update_fields=["job"])
        audit.record(
            action="inspections.report_batch.ordered",
            subject=batch,
            actor=actor,
            role=acting_role(actor),
            after={"term": term.code, "count": len(units)},
        )
    return batch


def running_of(term: Term) -> ReportBatch | None:
    """The order of the term whose job is not over."""
    rows = ReportBatch.objects.filter(term=term, job__isnull=False).select_related("job")
    return next((row for row in rows[:5] if row.job is not None and row.job.is_open), None)


def without_report(term: Term) -> tuple[int, int]:
    """(units of the term, how many of them have no report yet)."""
    units = set(units_of(term).values_list("pk", flat=True))
    standing = SupervisionReport.objects.filter(kind="unit", term=term, organisation__in=units)
    have = set(standing.exclude(state__in=reports.GIVEN_UP).values_list("organisation", flat=True))
    return len(units), len(units - have)


# --- Carrying out -------------------------------------------------------------------------------------------
def carry_out(claim: jobs.Claim, batch_id: int) -> bytes:
    """Make what is waiting, unit after unit; the archive of all that the order has.

    Raises jobs.Failure where the person who ordered may no longer draft.
    """
    batch = ReportBatch.objects.select_related("term", "ordered_by").get(pk=batch_id)
    if not batch.ordered_by.is_active or not batch.ordered_by.has_role(Role.SUPERVISION_OFFICE):
        raise jobs.Failure("您已不是督导室人员，没有继续生成")
    waiting = list(batch.rows.filter(outcome=Outcome.WAITING).select_related("organisation"))
    total = batch.rows.count()
    for number, row in enumerate(waiting, start=total - len(waiting) + 1):
        claim.progress(f"{row.organisation.name}：取数", number - 1, total)
        try:
            _one(claim, batch, row, number, total)
        except (pdf.CannotRender, DomainError) as cause:
            _fail(claim, row, str(cause))
        except (LookupError, TypeError, ValueError, AttributeError):
            log.exception("report of unit %s in batch %s cannot be made", row.organisation_id, batch.pk)
            _fail(claim, row, _BROKEN)
    claim.progress("打包", total, total)
    return archive_of(batch)


def _one(claim: jobs.Claim, batch: ReportBatch, row: ReportBatchRow, number: int, total: int) -> None:
    with transaction.atomic():
        _still_held(claim)
        report = reports.standing_report(kind="unit", term=batch.term, organisation=row.organisation)
        row.is_new = row.is_new or report is None
        if report is None:
            report = reports.draft(
                kind="unit", term=batch.term, organisation=row.organisation, actor=batch.ordered_by
            )
        row.report = report
        row.save(update_fields=["report", "is_new"])
    made = None
    if report.final_file is None:

        def heard(stage: str, done: int, pages: int) -> None:
            claim.progress(f"{row.organisation.name}：{stage}", number - 1, total)

        made = rendering.pdf_of(report, progress=heard)
    with transaction.atomic():
        _still_held(claim)
        row.stored_file = report.final_file or _kept(report, made or b"")
        row.outcome = Outcome.DONE
        row.save(update_fields=["stored_file", "outcome"])


def _kept(report: SupervisionReport, made: bytes) -> StoredFile:
    """The draft's PDF beside its report, as its own job would leave it (``jobs.DraftPdf``)."""
    stored = store_generated(data=made, name=f"{report.no}草稿.pdf")
    row = SupervisionReport.objects.select_for_update().get(pk=report.pk)
    if row.state in reports.WRITTEN:
        row.draft_file = stored
        row.save(update_fields=["draft_file"])  # no new version: nobody's text becomes stale by it
    return stored


def _fail(claim: jobs.Claim, row: ReportBatchRow, cause: str) -> None:
    with transaction.atomic():
        _still_held(claim)
        row.outcome, row.reason = Outcome.FAILED, cause[:300]
        row.save(update_fields=["outcome", "reason"])


def _still_held(claim: jobs.Claim) -> None:
    if not claim.held.select_for_update().exists():
        raise jobs.Cancelled  # cancelled, or another attempt has taken over


def archive_of(batch: ReportBatch) -> bytes:
    """The .zip: every PDF under its unit's name, and the index with what is missing and why."""
    rows = list(batch.rows.select_related("organisation", "report", "stored_file"))
    lines = [f"{batch.term.short_title}单位督导报告", ""]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for place, row in enumerate(rows, 1):
            if row.stored_file is None or row.report is None:
                lines.append(f"{place}\t{row.organisation.name}\t没有生成\t{row.reason}")
                continue
            name = f"{place:03d}{_NO_FILE_NAME.sub('_', row.organisation.name)[:60]}.pdf"
            with open_blob(row.stored_file) as stream:
                archive.writestr(_entry(name), stream.read())
            state = row.report.get_state_display()
            number = row.report.document_no or row.report.no
            lines.append(
                f"{place}\t{row.organisation.name}\t{number}\t{state}\t{name}\t{row.stored_file.sha256}"
            )
        archive.writestr(_entry(INDEX), "\r\n".join(lines).encode("utf-8-sig"))
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without a time of its own: the same reports give the same archive."""
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


def finish(batch_id: int, data: bytes) -> dict[str, Any]:
    """Keep the archive with its entry in the journal and tell who ordered it."""
    batch = ReportBatch.objects.select_for_update().get(pk=batch_id)
    term = Term.objects.get(pk=batch.term_id)
    name = f"{term.short_title}单位督导报告{clock.today():%Y%m%d}.zip"
    batch.archive = store_generated(data=data, name=name, content_type=ZIP)
    batch.save(update_fields=["archive"])
    counts = counts_of(batch)
    outbox.notify(
        recipients=[batch.ordered_by],
        kind="report_batch.finished",
        title=f"{term.short_title}全部单位报告：成功{counts['done']}份，未成功{counts['failed']}份",
        url=reverse("report-batch", args=[batch.pk]),
        dedupe_key=f"report_batch.finished:{batch.pk}",
        subject=batch,
    )
    audit.record(
        action="inspections.report_batch.finished",
        subject=batch,
        actor=None,
        after={**counts, "sha256": batch.archive.sha256},
    )
    return {"file": batch.archive.pk, **counts}


def counts_of(batch: ReportBatch) -> dict[str, int]:
    """How many units are done, failed and waiting."""
    found = dict(batch.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {str(outcome): found.get(outcome, 0) for outcome in Outcome.values}
