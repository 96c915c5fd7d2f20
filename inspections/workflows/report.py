"""The machine of a supervision report: written, signed, numbered, frozen, rendered, issued, corrected.

草稿 (→ 已作废) → 待审签 → 签发中 → 已签发 (→ 已更正 / 已撤回). Signing takes number and date and freezes
text and figures in one transaction; then a job renders the final file and stores its SHA-256; only then the
report is issued. A failed rendering keeps number and date and is repeated (decisions.md, "Signing a report").
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from inspections import notices
from inspections.models import SupervisionReport
from inspections.reports import loading, rendering
from inspections.reports import sections as texts
from inspections.reports.comparing import Changed, digest_of
from inspections.workflows import standing_texts
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import county
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, jobs, numbers
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import Job
from shuangjian.policy.models import Term

S = SupervisionReport.State
GIVEN_UP = (S.WITHDRAWN, S.DISCARDED)  # the report can begin anew
WRITTEN = (S.DRAFT, S.REVIEW)  # not signed yet


def _t(label: str, source: set[str], target: str | None, permission: str) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission=f"inspections.{permission}"
    )


TRANSITIONS = {
    "save": _t("保存文字", {S.DRAFT}, None, "draft_report"),
    "refresh": _t("重新取数", {S.DRAFT}, None, "draft_report"),
    "draft-pdf": _t("生成PDF草稿", {S.DRAFT, S.REVIEW}, None, "read_report_draft"),
    "submit": _t("送审签", {S.DRAFT}, S.REVIEW, "draft_report"),
    "discard": _t("作废草稿", {S.DRAFT}, S.DISCARDED, "draft_report"),
    "return": _t("退回修改", {S.REVIEW}, S.DRAFT, "sign_report"),
    "sign": _t("签发", {S.REVIEW}, S.ISSUING, "sign_report"),
    "issue-pdf": _t("重新生成正式PDF", {S.ISSUING}, None, "read_report_draft"),
    "correct": _t("更正", {S.ISSUED}, None, "draft_report"),
    "withdraw": _t("撤回", {S.ISSUED}, S.WITHDRAWN, "sign_report"),
}
MACHINE: Machine[SupervisionReport] = Machine(SupervisionReport, "inspections.report", TRANSITIONS)
audit.name_actions(
    {
        "inspections.report.drafted": "起草报告",
        "inspections.report.issued": "正式文件已生成",
        "inspections.report.superseded": "已由更正的报告替代",
    }
)


def _moving(
    key: str, report_id: int, actor: User, version: int | None
) -> AbstractContextManager[Move[SupervisionReport]]:
    rows = SupervisionReport.objects.select_related("organisation", "term")
    return MACHINE.moving(key, row_id=report_id, actor=actor, version=version, queryset=rows)


def draft(*, kind: str, term: Term, organisation: Organisation, actor: User) -> SupervisionReport:
    """Begin a report: take the figures of the term as they stand and freeze them with the time taken.

    Raises NotAllowed, and Refused where a version of this report is under way or issued (correct that one).
    """
    if not actor.has_role(Role.SUPERVISION_OFFICE):
        raise NotAllowed("只有督导室可以新建报告")
    with transaction.atomic():
        # Two people beginning the same report wait for each other here; the second finds the first one's.
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        standing = standing_report(kind=kind, term=term, organisation=organisation)
        if standing is not None:
            raise Refused(f"本学期的报告已经有了，编号{standing.no}；要改已签发的内容，请用更正")
        return _create(kind, term, organisation, actor)


def standing_report(*, kind: str, term: Term, organisation: Organisation) -> SupervisionReport | None:
    """The newest version that stands: under way or issued."""
    rows = SupervisionReport.objects.filter(kind=kind, term=term, organisation=organisation)
    rows = rows.exclude(state__in=GIVEN_UP).select_related("final_file", "signed_by", "corrects")
    return rows.order_by("-report_version").first()


def _create(
    kind: str,
    term: Term,
    organisation: Organisation,
    actor: User,
    *,
    corrects: SupervisionReport | None = None,
) -> SupervisionReport:
    now = clock.now()
    all_versions = SupervisionReport.objects.filter(kind=kind, term=term, organisation=organisation)
    version = all_versions.count() + 1
    data = loading.take_figures(kind=kind, term=term, organisation=organisation, as_of=now)
    report = SupervisionReport.objects.create(
        no=f"{now.year}-R{numbers.take('report', now.year):04d}",
        kind=kind,
        organisation=organisation,
        term=term,
        report_version=version,
        corrects=corrects,
        title=rendering.title_of(kind=kind, term=term, organisation=organisation),
        as_of=now,
        data=data,
        sections=dict(corrects.sections) if corrects else rendering.first_sections(kind, data),
        standing=standing_texts.in_force(rendering.paper_of(kind)),
        created_by=actor,
    )
    audit.record(
        action="inspections.report.drafted",
        subject=report,
        actor=actor,
        organisation=organisation,
        role=acting_role(actor),
        after={"kind": kind, "term": term.code, "version": version},
    )
    return report


def save(*, report_id: int, actor: User, version: int | None, sections: dict[str, str]) -> SupervisionReport:
    """Write several texts at once; a person writes one at a time (``workflows.report_text``)."""
    with _moving("save", report_id, actor, version) as step:
        step.after["sections"] = texts.put(step.row, sections, actor)
    return step.row


def refresh(
    *, report_id: int, actor: User, version: int | None, seen: str | None = None
) -> SupervisionReport:
    """Take figures and standing texts again with the time taken. The office's own texts stay as they are.

    ``seen`` is the digest of what the person was shown and agreed to; raises Changed where the records moved
    on since, so that nothing is taken over that nobody looked at.
    """
    with _moving("refresh", report_id, actor, version) as step:
        report = step.row
        report.as_of = clock.now()
        report.data = loading.take_figures(
            kind=report.kind, term=report.term, organisation=report.organisation, as_of=report.as_of
        )
        report.standing = standing_texts.in_force(rendering.paper_of(report.kind))
        if seen is not None and seen != digest_of(report.data, report.standing):
            raise Changed
        step.after["as_of"] = report.as_of.isoformat()
    return step.row


def order_draft_pdf(*, report_id: int, actor: User) -> Job:
    """Ask for a draft PDF in the background; one job of a report runs at a time.

    A waiting job is given again: it takes the text as it stands when it begins. Raises Refused while one
    runs.
    """
    with transaction.atomic():
        report = _locked("draft-pdf", report_id, actor)
        running = jobs_of(report).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
        if running is not None and running.state == Job.State.RUNNING:
            raise Refused("正在生成这份报告的PDF，请等它完成，或取消后再生成")
        if running is not None:
            return running
        key = f"report-draft:{report.pk}:{report.version}:{report.as_of.timestamp():.0f}"
        return _ordered(
            "reports.draft", f"{key}:{jobs_of(report).count()}", report, actor, f"{report.title}（草稿PDF）"
        )


def order_issue_pdf(*, report_id: int, actor: User) -> Job:
    """Begin the final rendering again after it failed or was cancelled; number and date stay."""
    with transaction.atomic():
        report = _locked("issue-pdf", report_id, actor)
        last = jobs_of(report).filter(kind="reports.issue").first()
        if last is not None and last.is_open:
            return last
        return _order_final(report, actor)


def _order_final(report: SupervisionReport, actor: User) -> Job:
    # A new row each time: a dead one stays with its cause, and whoever orders anew is told of the outcome.
    attempt = jobs_of(report).filter(kind="reports.issue").count() + 1
    return _ordered(
        "reports.issue", f"report-issue:{report.pk}:{attempt}", report, actor, f"{report.title}（正式PDF）"
    )


def _ordered(kind: str, key: str, report: SupervisionReport, actor: User, title: str) -> Job:
    return jobs.enqueue(
        kind=kind,
        key=key,
        payload={"report": report.pk},
        owner=actor,
        title=title,
        url=reverse("report", args=[report.no]),
    )


def _locked(key: str, report_id: int, actor: User) -> SupervisionReport:
    """The locked row for an order; no new version, so nobody's text becomes stale by it."""
    report = SupervisionReport.objects.select_for_update().get(pk=report_id)
    move = TRANSITIONS[key]
    if not move.allowed_from(report.state):
        raise WrongState(f"当前状态是“{report.get_state_display()}”，不能{move.label}")
    if not actor.has_perm(move.permission, report):
        raise NotAllowed(f"您的角色不能对此项{move.label}")
    return report


def jobs_of(report: SupervisionReport) -> QuerySet[Job]:
    """The renderings of a report, newest first."""
    return Job.objects.filter(kind__startswith="reports.", payload__report=report.pk).order_by("-pk")


def submit(*, report_id: int, actor: User, version: int | None) -> SupervisionReport:
    """Send the report to the leader. Raises Refused while a section that the office must write is empty."""
    with _moving("submit", report_id, actor, version) as step:
        empty = [
            title
            for key, title in rendering.required_sections(step.row.kind)
            if not step.row.sections.get(key, "").strip()
        ]
        if empty:
            raise Refused(f"还有{len(empty)}个部分没有写：{'、'.join(empty)}")
        step.row.submitted_by = actor
        step.row.return_words = ""
        notices.report_submitted(step.row)
    return step.row


def discard(*, report_id: int, actor: User, version: int | None, words: str) -> SupervisionReport:
    """Give up a draft, or a correction that was begun: the report, or its correction, can begin anew."""
    with _moving("discard", report_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明作废的原因")
        row = step.row
        row.withdrawn_reason = words.strip()
        step.note = words
        if row.corrects is not None:
            step.before["corrects"] = row.corrects.no
            row.corrects = None
    return step.row


def send_back(*, report_id: int, actor: User, version: int | None, words: str) -> SupervisionReport:
    """The leader returns it with his words."""
    with _moving("return", report_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明退回的意见")
        step.row.return_words = words.strip()
        step.note = words
        notices.report_returned(step.row)
    return step.row


def sign(*, report_id: int, actor: User, version: int | None) -> SupervisionReport:
    """签发: number and date taken, text and figures frozen, the rendering ordered, in one transaction."""
    with _moving("sign", report_id, actor, version) as step:
        report = step.row
        today = clock.today()
        report.document_year = today.year
        report.document_number = numbers.take("report_document", today.year)
        settings_row = county()
        code = settings_row.doc_code if settings_row else ""
        report.document_no = f"{code}〔{today.year}〕{report.document_number}号"
        report.signed_on = today
        report.signed_by = actor
        step.after["document_no"] = report.document_no
        _order_final(report, actor)
    return step.row


def complete_issue(*, report_id: int, file: StoredFile, template_version: str) -> SupervisionReport:
    """The system's last step after signing: the final file stands, the report is issued."""
    with transaction.atomic():
        report = (
            SupervisionReport.objects.select_for_update(of=("self",))
            .select_related("organisation")
            .get(pk=report_id)
        )
        if report.state != S.ISSUING:
            return report  # the job ran twice; the first file stands
        report.final_file = file
        report.final_sha256 = file.sha256
        report.template_version = template_version
        report.state = S.ISSUED
        report.version += 1
        report.save()
        audit.record(
            action="inspections.report.issued",
            subject=report,
            actor=None,
            organisation=report.organisation,
            before={"state": S.ISSUING},
            after={"state": S.ISSUED, "sha256": file.sha256},
        )
        if report.corrects_id:
            _supersede(report.corrects_id, report)
        notices.report_issued(report)
    return report


def _supersede(report_id: int, by: SupervisionReport) -> None:
    """The report that ``by`` corrects becomes 已更正; one withdrawn in the meantime stays withdrawn."""
    old = SupervisionReport.objects.select_for_update().get(pk=report_id)
    if old.state != S.ISSUED:
        return
    old.state = S.CORRECTED
    old.version += 1
    old.save()
    audit.record(
        action="inspections.report.superseded",
        subject=old,
        actor=None,
        organisation=by.organisation,
        before={"state": S.ISSUED},
        after={"state": S.CORRECTED, "corrected_by": by.no},
    )


def correct(*, report_id: int, actor: User, version: int | None) -> SupervisionReport:
    """Begin a correction: a new version with fresh figures and the old texts."""
    with _moving("correct", report_id, actor, version) as step:
        old = step.row
        if SupervisionReport.objects.filter(corrects=old).exists():
            raise Refused("这份报告的更正已在办理")
        new = _create(old.kind, old.term, old.organisation, actor, corrects=old)
        step.after["corrected_by"] = new.no
    return new


def withdraw(*, report_id: int, actor: User, version: int | None, words: str) -> SupervisionReport:
    """The leader withdraws an issued report with the reason; number and file stay on record."""
    with _moving("withdraw", report_id, actor, version) as step:
        if not words.strip():
            raise Refused("请写明撤回的原因")
        step.row.withdrawn_reason = words.strip()
        step.note = words
    return step.row


def final_or_draft(report: SupervisionReport) -> StoredFile | None:
    """The file that the report's page links: the signed one, else the newest draft."""
    return report.final_file or report.draft_file
