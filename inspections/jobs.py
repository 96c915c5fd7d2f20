"""The background jobs of supervision: files of reports and papers, printouts, imports, many problems.

Registered when the app is ready, so that every process knows them: web, workers and commands alike.
"""

from __future__ import annotations

from typing import Any

from inspections.models import CloseOutForm
from inspections.models.signing import SignedDocument
from inspections.papers import close_out
from inspections.printouts.base import Made
from inspections.workflows import bulk, close_forms, exports, imports, papers, printouts, report, report_batch
from inspections.workflows.signing import Signing
from shuangjian import pdf
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs


class _Setting:
    """A job that sets one signed document; each noun has two of them, for drafts and for the final file."""

    signing: Signing[Any]

    def _row(self, claim: jobs.Claim) -> Any:
        rows = self.signing.machine.model._default_manager.select_related("signed_by", *self.signing.joined)
        return rows.get(pk=claim.payload[self.signing.noun])

    def _locked(self, claim: jobs.Claim) -> Any:
        rows = self.signing.machine.model._default_manager.select_for_update()
        return rows.get(pk=claim.payload[self.signing.noun])

    def _set(self, row: Any, claim: jobs.Claim) -> bytes:
        try:
            return self.signing.pdf_of(row, claim.progress)
        except pdf.CannotRender as cause:
            raise jobs.Failure(str(cause)) from cause


class _Drafting(_Setting):
    """The draft PDF of a document as its text stands when the job begins."""

    def work(self, claim: jobs.Claim) -> bytes:
        return self._set(self._row(claim), claim)

    def finish(self, claim: jobs.Claim, outcome: bytes) -> dict[str, Any]:
        row = self._locked(claim)
        stored = store_generated(data=outcome, name=f"{row.no}草稿.pdf")
        row.draft_file = stored
        row.save(update_fields=["draft_file"])  # no new version: nobody's text becomes stale by it
        return {"file": stored.pk}


class _Issuing(_Setting):
    """The final file of a signed document; its number, date and figures were frozen by the signature."""

    def work(self, claim: jobs.Claim) -> bytes | None:
        row = self._row(claim)
        return self._set(row, claim) if row.state == SignedDocument.State.ISSUING else None

    def finish(self, claim: jobs.Claim, outcome: bytes | None) -> dict[str, Any]:
        row = self._locked(claim)
        if outcome is not None and row.state == SignedDocument.State.ISSUING:
            stored = store_generated(data=outcome, name=f"{row.document_no}.pdf")
            version = self.signing.template_version(row)
            row = self.signing.complete_issue(row_id=row.pk, file=stored, template_version=version)
        return {"file": row.final_file_id}


@jobs.register("reports.draft", queue="pdf", words="报告草稿PDF")
class DraftReport(_Drafting):
    signing = report.SIGNING


@jobs.register("reports.issue", queue="pdf", words="签发报告PDF")
class IssueReport(_Issuing):
    signing = report.SIGNING


@jobs.register("papers.draft", queue="pdf", words="公文草稿PDF")
class DraftPaper(_Drafting):
    signing = papers.SIGNING


@jobs.register("papers.issue", queue="pdf", words="签发公文PDF")
class IssuePaper(_Issuing):
    signing = papers.SIGNING


@jobs.register(close_forms.JOB, queue="pdf", words="销号确认单")
class PrintCloseForm:
    """The file of a 销号确认单, from the facts that were frozen when it was ordered."""

    def work(self, claim: jobs.Claim) -> bytes:
        form = CloseOutForm.objects.get(pk=claim.payload["close_form"])
        try:
            return close_out.pdf_of(form, progress=claim.progress)
        except pdf.CannotRender as cause:
            raise jobs.Failure(str(cause)) from cause

    def finish(self, claim: jobs.Claim, outcome: bytes) -> dict[str, Any]:
        pk, version = claim.payload["close_form"], claim.payload["version"]
        form = CloseOutForm.objects.get(pk=pk)
        if form.version == version and form.file_id is None:
            stored = store_generated(data=outcome, name=f"{form.data['number']}.pdf")
            form = close_forms.complete(form_id=pk, version=version, file=stored)
        return {"file": form.file_id}


@jobs.register(report_batch.JOB, queue="pdf", words="全部单位报告")
class UnitReports:
    """The reports of all units of a term. Each is committed in the working part with the row that says so: a
    second attempt finds what is still waiting."""

    def work(self, claim: jobs.Claim) -> bytes:
        return report_batch.carry_out(claim, claim.payload["batch"])

    def finish(self, claim: jobs.Claim, outcome: bytes) -> dict[str, Any]:
        return report_batch.finish(claim.payload["batch"], outcome)


@jobs.register(imports.CHECK_JOB, words="导入前的核对")
class LookThroughWorkbook:
    """The dry run of an uploaded workbook: read apart, planned, kept for the page."""

    def work(self, claim: jobs.Claim) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return imports.look_through(claim.payload["import"], claim.progress)

    def finish(
        self, claim: jobs.Claim, outcome: tuple[list[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        return imports.keep_plan(claim.payload["import"], *outcome)


@jobs.register(imports.JOB, words="导入")
class CarryOutImport:
    """What a person confirmed of a workbook. Each row is written in the working part, in a transaction of
    its own with the line that says so: a second attempt finds what is still waiting."""

    def work(self, claim: jobs.Claim) -> None:
        imports.carry_out(import_id=claim.payload["import"], progress=claim.progress)

    def finish(self, claim: jobs.Claim, outcome: None) -> dict[str, Any]:
        return dict(imports.finish(import_id=claim.payload["import"]))


@jobs.register(exports.JOB, words="列表导出")
class WriteList:
    """A list as a file, read when the job begins with the rights that its owner has then."""

    def work(self, claim: jobs.Claim) -> tuple[bytes, int]:
        return exports.write(claim, claim.payload["export"])

    def finish(self, claim: jobs.Claim, outcome: tuple[bytes, int]) -> dict[str, Any]:
        return {"file": exports.keep(claim.payload["export"], *outcome).pk}


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
