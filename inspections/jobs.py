"""The background jobs of supervision: files of reports, printouts, import of units, many problems.

Registered when the app is ready, so that every process knows them: web, workers and commands alike.
"""

from __future__ import annotations

from typing import Any

from inspections.models import SupervisionReport, UnitImport
from inspections.printouts.base import Made
from inspections.reports import rendering
from inspections.workflows import bulk, printouts, report_batch, unit_import
from inspections.workflows import report as workflow
from shuangjian import pdf
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs


def _report(claim: jobs.Claim) -> SupervisionReport:
    rows = SupervisionReport.objects.select_related("signed_by", "corrects")
    return rows.get(pk=claim.payload["report"])


def _set(report: SupervisionReport, claim: jobs.Claim) -> bytes:
    try:
        return rendering.pdf_of(report, progress=claim.progress)
    except pdf.CannotRender as cause:
        raise jobs.Failure(str(cause)) from cause


@jobs.register("reports.draft", queue="pdf", words="报告草稿PDF")
class DraftPdf:
    """The draft PDF of a report as its text stands when the job begins."""

    def work(self, claim: jobs.Claim) -> bytes:
        return _set(_report(claim), claim)

    def finish(self, claim: jobs.Claim, outcome: bytes) -> dict[str, Any]:
        report = SupervisionReport.objects.select_for_update().get(pk=claim.payload["report"])
        stored = store_generated(data=outcome, name=f"{report.no}草稿.pdf")
        report.draft_file = stored
        report.save(update_fields=["draft_file"])  # no new version: nobody's text becomes stale by it
        return {"file": stored.pk}


@jobs.register("reports.issue", queue="pdf", words="签发报告PDF")
class IssuePdf:
    """The final file of a signed report; its number, date and figures were frozen by the signature."""

    def work(self, claim: jobs.Claim) -> bytes | None:
        report = _report(claim)
        return _set(report, claim) if report.state == SupervisionReport.State.ISSUING else None

    def finish(self, claim: jobs.Claim, outcome: bytes | None) -> dict[str, Any]:
        report = SupervisionReport.objects.select_for_update().get(pk=claim.payload["report"])
        if outcome is not None and report.state == SupervisionReport.State.ISSUING:
            stored = store_generated(data=outcome, name=f"{report.document_no}.pdf")
            report = workflow.complete_issue(
                report_id=report.pk, file=stored, template_version=rendering.template_version()
            )
        return {"file": report.final_file_id}


@jobs.register(report_batch.JOB, queue="pdf", words="全部单位报告")
class UnitReports:
    """The reports of all units of a term. Each is committed in the working part with the row that says so: a
    second attempt finds what is still waiting."""

    def work(self, claim: jobs.Claim) -> bytes:
        return report_batch.carry_out(claim, claim.payload["batch"])

    def finish(self, claim: jobs.Claim, outcome: bytes) -> dict[str, Any]:
        return report_batch.finish(claim.payload["batch"], outcome)


@jobs.register(unit_import.JOB, words="单位导入")
class ImportUnits:
    """What a person confirmed of a workbook. Each unit is written in the working part, in a transaction of
    its own with the row that says so: a second attempt finds what is still waiting."""

    def work(self, claim: jobs.Claim) -> None:
        pk: int = claim.payload["import"]
        confirmed_by = UnitImport.objects.select_related("confirmed_by").get(pk=pk).confirmed_by
        if confirmed_by is None:
            raise jobs.Failure("这次导入还没有确认")
        unit_import.carry_out(import_id=pk, actor=confirmed_by, progress=claim.progress)

    def finish(self, claim: jobs.Claim, outcome: None) -> dict[str, Any]:
        return dict(unit_import.finish(import_id=claim.payload["import"]))


@jobs.register(bulk.RUN_JOB, words="台账批量办理")
class CarryOut:
    """One thing done to many problems. Each row is committed in the working part with the line that says so:
    a second attempt finds what is still waiting."""

    def work(self, claim: jobs.Claim) -> dict[str, int]:
        return bulk.carry_out(claim, claim.payload["run"])

    def finish(self, claim: jobs.Claim, outcome: dict[str, int]) -> dict[str, Any]:
        return dict(outcome)


@jobs.register(bulk.EXPORT_JOB, words="台账导出")
class LedgerWorkbook:
    """The ledger as a workbook, read when the job begins with the rights that its owner has then."""

    def work(self, claim: jobs.Claim) -> tuple[bytes, int]:
        return bulk.write_workbook(claim, claim.payload["run"])

    def finish(self, claim: jobs.Claim, outcome: tuple[bytes, int]) -> dict[str, Any]:
        return {"file": bulk.keep_workbook(claim.payload["run"], *outcome).pk}


@jobs.register(printouts.JOB, queue="pdf", words="打印件")
class MakePrintout:
    """The file of a printout, made from what was frozen when it was ordered."""

    def work(self, claim: jobs.Claim) -> Made | None:
        return printouts.make(claim.payload["printout"], claim.progress)

    def finish(self, claim: jobs.Claim, outcome: Made | None) -> dict[str, Any]:
        return {"file": printouts.keep(claim.payload["printout"], outcome).pk}
