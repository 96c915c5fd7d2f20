"""The machine of every signed document: written, sent to the leader, signed, numbered, set, issued.

草稿 (→ 已作废) → 待审签 → 签发中 → 已签发 (→ 已更正 / 已撤回). Signing takes number and date and freezes text
and figures in one transaction; then a job sets the final file and stores its SHA-256; only then is the
document issued. A failed job keeps number and date and is repeated (decisions.md, "Signing a report").

Reports and papers each make a ``Signing`` of their own; it asks them only where they differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import ClassVar, Generic, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from inspections import notices
from inspections.check_codes import check_code_of
from inspections.models.signing import SignedDocument
from shuangjian import clock, pdf
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, jobs, numbers
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import Job

S = SignedDocument.State
DocumentT = TypeVar("DocumentT", bound=SignedDocument)


def transitions_of(noun: str) -> dict[str, Transition]:
    """The moves of every signed document; their permissions are draft_, read_…_draft, sign_ and the noun."""

    def move(label: str, source: set[str], target: str | None, right: str) -> Transition:
        permission = f"inspections.{right.format(noun)}"
        return Transition(label=label, source=frozenset(source), target=target, permission=permission)

    return {
        "save": move("保存文字", {S.DRAFT}, None, "draft_{}"),
        "refresh": move("重新取数", {S.DRAFT}, None, "draft_{}"),
        "draft-pdf": move("生成PDF草稿", {S.DRAFT, S.REVIEW}, None, "read_{}_draft"),
        "submit": move("送审签", {S.DRAFT}, S.REVIEW, "draft_{}"),
        "discard": move("作废草稿", {S.DRAFT}, S.DISCARDED, "draft_{}"),
        "return": move("退回修改", {S.REVIEW}, S.DRAFT, "sign_{}"),
        "sign": move("签发", {S.REVIEW}, S.ISSUING, "sign_{}"),
        "issue-pdf": move("重新生成正式PDF", {S.ISSUING}, None, "read_{}_draft"),
        "attach-scan": move("上传盖章扫描件", {S.ISSUED, S.CORRECTED}, None, "draft_{}"),
        "withdraw": move("撤回", {S.ISSUED}, S.WITHDRAWN, "sign_{}"),
    }


class Signing(ABC, Generic[DocumentT]):
    """How one noun is signed. ``noun`` names its page, its jobs ("reports.draft") and what they carry."""

    noun: ClassVar[str]
    machine: Machine[DocumentT]
    joined: ClassVar[tuple[str, ...]] = ("organisation",)  # read with the locked row

    # --- Where the nouns differ
    @abstractmethod
    def unwritten(self, row: DocumentT) -> list[str]:
        """The titles of the texts that the office must write and has not."""

    def fault_of(self, row: DocumentT) -> str:
        """Why it must not go out as it stands, in words; empty where it may."""
        return ""

    @abstractmethod
    def code_of(self, row: DocumentT) -> str:
        """The 发文代字 under which it is counted. Raises Refused where the settings have none."""

    @abstractmethod
    def pdf_of(self, row: DocumentT, progress: pdf.Progress) -> bytes:
        """Its bytes as it stands. Raises pdf.CannotRender."""

    @abstractmethod
    def template_version(self, row: DocumentT) -> str:
        """Tells two layouts apart."""

    def after_issue(self, row: DocumentT) -> None:
        """What else happens in the transaction that issues it."""

    def readers_of(self, row: DocumentT) -> Iterable[User]:
        """Who hears that it was issued, besides the county's staff."""
        return ()

    def put(self, row: DocumentT, sections: dict[str, str], actor: User) -> list[str]:
        """Write the texts into the row; which they were."""
        row.sections = {**row.sections, **sections}
        return sorted(sections)

    # --- Moves
    def moving(
        self, key: str, row_id: int, actor: User, version: int | None
    ) -> AbstractContextManager[Move[DocumentT]]:
        rows = self.machine.model._default_manager.select_related(*self.joined)
        return self.machine.moving(key, row_id=row_id, actor=actor, version=version, queryset=rows)

    def save(self, *, row_id: int, actor: User, version: int | None, sections: dict[str, str]) -> DocumentT:
        """Write the texts of the sections."""
        with self.moving("save", row_id, actor, version) as step:
            step.after["sections"] = self.put(step.row, sections, actor)
        return step.row

    def submit(self, *, row_id: int, actor: User, version: int | None) -> DocumentT:
        """Send it to the leader. Raises Refused while a text is missing or it must not go out."""
        with self.moving("submit", row_id, actor, version) as step:
            empty = self.unwritten(step.row)
            if empty:
                raise Refused(f"还有{len(empty)}个部分没有写：{'、'.join(empty)}")
            self._check(step.row)
            step.row.submitted_by = actor
            step.row.return_words = ""
            notices.document_submitted(step.row, self.noun)
        return step.row

    def discard(self, *, row_id: int, actor: User, version: int | None, words: str) -> DocumentT:
        """Give up a draft: it stays on record, and another can begin."""
        with self.moving("discard", row_id, actor, version) as step:
            step.row.withdrawn_reason = step.note = _said(words, "请写明作废的原因")
            self.before_discard(step)
        return step.row

    def before_discard(self, step: Move[DocumentT]) -> None:
        """What a draft lets go when it is given up."""

    def send_back(self, *, row_id: int, actor: User, version: int | None, words: str) -> DocumentT:
        """The leader returns it with his words."""
        with self.moving("return", row_id, actor, version) as step:
            step.row.return_words = step.note = _said(words, "请写明退回的意见")
            notices.document_returned(step.row, self.noun)
        return step.row

    def sign(self, *, row_id: int, actor: User, version: int | None) -> DocumentT:
        """签发: number and date taken, text and figures frozen, the file ordered, in one transaction."""
        with self.moving("sign", row_id, actor, version) as step:
            row, today = step.row, clock.today()
            self._check(row)
            row.document_code = self.code_of(row)
            row.document_year = today.year
            row.document_number = numbers.take(series_of(row.document_code), today.year)
            row.document_no = f"{row.document_code}〔{today.year}〕{row.document_number}号"
            row.signed_on = today
            row.signed_by = actor
            row.check_code = check_code_of(row)
            step.after["document_no"] = row.document_no
            self.after_signing(row, actor)
            self._order_final(row, actor)
        return step.row

    def _check(self, row: DocumentT) -> None:
        fault = self.fault_of(row)
        if fault:
            raise Refused(fault)

    def after_signing(self, row: DocumentT, actor: User) -> None:
        """What the signature sets going, in its transaction. Raises Refused where it no longer can."""

    def withdraw(self, *, row_id: int, actor: User, version: int | None, words: str) -> DocumentT:
        """The leader withdraws what was issued, with the reason; number and file stay on record."""
        with self.moving("withdraw", row_id, actor, version) as step:
            step.row.withdrawn_reason = step.note = _said(words, "请写明撤回的原因")
            self.after_withdrawal(step.row)
        return step.row

    def after_withdrawal(self, row: DocumentT) -> None:
        """Whom to tell that it no longer stands."""

    def attach_scan(self, *, row_id: int, actor: User, version: int | None, scan: StoredFile) -> DocumentT:
        """Keep the sealed page beside the file (P3): its hash joins the record, it replaces nothing."""
        with self.moving("attach-scan", row_id, actor, version) as step:
            if step.row.scan is not None:
                step.before["scan"] = step.row.scan.sha256
            step.row.scan = scan
            step.after["scan"] = scan.sha256
        return step.row

    # --- Files
    def jobs_of(self, row: DocumentT) -> QuerySet[Job]:
        """The renderings of a document, newest first."""
        payload = {f"payload__{self.noun}": row.pk}
        return Job.objects.filter(kind__startswith=f"{self.noun}s.", **payload).order_by("-pk")

    def order_draft_pdf(self, *, row_id: int, actor: User) -> Job:
        """Ask for a draft PDF in the background; one job of a document runs at a time.

        A waiting job is given again: it takes the text as it stands when it begins. Raises Refused while one
        runs.
        """
        with transaction.atomic():
            row = self._locked("draft-pdf", row_id, actor)
            running = self.jobs_of(row).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
            if running is not None and running.state == Job.State.RUNNING:
                raise Refused("正在生成PDF，请等它完成，或取消后再生成")
            if running is not None:
                return running
            key = f"{self.noun}-draft:{row.pk}:{row.version}:{row.as_of.timestamp():.0f}"
            return self._ordered(
                "draft", f"{key}:{self.jobs_of(row).count()}", row, actor, f"{row.title}（草稿PDF）"
            )

    def order_issue_pdf(self, *, row_id: int, actor: User) -> Job:
        """Begin the final rendering again after it failed or was cancelled; number and date stay."""
        with transaction.atomic():
            row = self._locked("issue-pdf", row_id, actor)
            last = self.jobs_of(row).filter(kind=f"{self.noun}s.issue").first()
            if last is not None and last.is_open:
                return last
            return self._order_final(row, actor)

    def _order_final(self, row: DocumentT, actor: User) -> Job:
        # A new row each time: a dead one stays with its cause, and who orders anew is told of the outcome.
        attempt = self.jobs_of(row).filter(kind=f"{self.noun}s.issue").count() + 1
        key = f"{self.noun}-issue:{row.pk}:{attempt}"
        return self._ordered("issue", key, row, actor, f"{row.title}（正式PDF）")

    def _ordered(self, what: str, key: str, row: DocumentT, actor: User, title: str) -> Job:
        return jobs.enqueue(
            kind=f"{self.noun}s.{what}",
            key=key,
            payload={self.noun: row.pk},
            owner=actor,
            title=title,
            url=reverse(self.noun, args=[row.no]),
        )

    def _locked(self, key: str, row_id: int, actor: User) -> DocumentT:
        """The locked row for an order; no new version, so nobody's text becomes stale by it."""
        row = self.machine.model._default_manager.select_for_update().get(pk=row_id)
        self.machine.check(key, row, actor)
        return row

    def complete_issue(self, *, row_id: int, file: StoredFile, template_version: str) -> DocumentT:
        """The system's last step after signing: the final file stands, the document is issued."""
        with transaction.atomic():
            rows = self.machine.model._default_manager.select_related(*self.joined)
            row = rows.select_for_update(of=("self",)).get(pk=row_id)
            if row.state != S.ISSUING:
                return row  # the job ran twice; the first file stands
            row.final_file = file
            row.final_sha256 = file.sha256
            row.template_version = template_version
            row.state = S.ISSUED
            row.version += 1
            row.save()
            audit.record(
                action=self.machine.action_of("issued"),
                subject=row,
                actor=None,
                organisation=row.organisation,  # type: ignore[attr-defined]  # of every noun
                before={"state": S.ISSUING},
                after={"state": S.ISSUED, "sha256": file.sha256},
            )
            self.after_issue(row)
            notices.document_issued(row, self.noun, self.readers_of(row))
        return row

    def drafted(self, row: DocumentT, actor: User, **after: object) -> None:
        """The entry that tells of its beginning; call it in the transaction that made the row."""
        audit.record(
            action=self.machine.action_of("drafted"),
            subject=row,
            actor=actor,
            organisation=row.organisation,  # type: ignore[attr-defined]  # of every noun
            role=acting_role(actor),
            after=after,
        )


def _said(words: str, missing: str) -> str:
    if not words.strip():
        raise Refused(missing)
    return words.strip()


def series_of(code: str) -> str:
    """The series of a 代字: everything that goes out under it is counted together, without gaps."""
    return f"document:{code}"
