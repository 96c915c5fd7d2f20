"""Supervision reports: begun with the figures of a term, signed as every document is, corrected by a new one.

The machine is workflows.signing's; a report alone is corrected: a new version supersedes it once issued.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from inspections.models import SupervisionReport
from inspections.reports import loading, rendering
from inspections.reports import sections as texts
from inspections.reports.comparing import Changed, digest_of
from inspections.workflows import standing_texts
from inspections.workflows.signing import S, Signing, transitions_of
from shuangjian import clock, pdf
from shuangjian.accounts.machine import Machine, Move, Transition
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import county, people_of
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import Term

GIVEN_UP = (S.WITHDRAWN, S.DISCARDED)  # the report can begin anew
WRITTEN = (S.DRAFT, S.REVIEW)  # not signed yet
TRANSITIONS = transitions_of("report") | {
    "correct": Transition(
        label="更正", source=frozenset({S.ISSUED}), target=None, permission="inspections.draft_report"
    )
}
MACHINE: Machine[SupervisionReport] = Machine(SupervisionReport, "inspections.report", TRANSITIONS)
audit.name_actions(
    {
        "inspections.report.drafted": "起草报告",
        "inspections.report.issued": "正式文件已生成",
        "inspections.report.superseded": "已由更正的报告替代",
    }
)


class ReportSigning(Signing[SupervisionReport]):
    """How a report is signed: under the supervision office's 代字."""

    noun = "report"
    machine = MACHINE
    joined = ("organisation", "term", "scan", "corrects")

    def unwritten(self, row: SupervisionReport) -> list[str]:
        required = rendering.required_sections(row.kind)
        return [title for key, title in required if not row.sections.get(key, "").strip()]

    def put(self, row: SupervisionReport, sections: dict[str, str], actor: User) -> list[str]:
        return texts.put(row, sections, actor)

    def code_of(self, row: SupervisionReport) -> str:
        names = county()
        if names is None or not names.doc_code:
            raise Refused("设置里还没有督导办发文代字，请系统管理员先填")
        return names.doc_code

    def pdf_of(self, row: SupervisionReport, progress: pdf.Progress) -> bytes:
        return rendering.pdf_of(row, progress=progress)

    def template_version(self, row: SupervisionReport) -> str:
        return rendering.template_version()

    def before_discard(self, step: Move[SupervisionReport]) -> None:
        """The report that it was to correct can be corrected anew."""
        if step.row.corrects is not None:
            step.before["corrects"] = step.row.corrects.no
            step.row.corrects = None

    def after_issue(self, row: SupervisionReport) -> None:
        if row.corrects_id:
            _supersede(row.corrects_id, row)

    def readers_of(self, row: SupervisionReport) -> Iterable[User]:
        return people_of(row.organisation) if row.kind == row.Kind.UNIT else ()


SIGNING = ReportSigning()


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
    SIGNING.drafted(report, actor, kind=kind, term=term.code, version=version)
    return report


def refresh(
    *, report_id: int, actor: User, version: int | None, seen: str | None = None
) -> SupervisionReport:
    """Take figures and standing texts again with the time taken. The office's own texts stay as they are.

    ``seen`` is the digest of what the person was shown and agreed to; raises Changed where the records moved
    on since, so that nothing is taken over that nobody looked at.
    """
    with SIGNING.moving("refresh", report_id, actor, version) as step:
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
    with SIGNING.moving("correct", report_id, actor, version) as step:
        old = step.row
        if SupervisionReport.objects.filter(corrects=old).exists():
            raise Refused("这份报告的更正已在办理")
        new = _create(old.kind, old.term, old.organisation, actor, corrects=old)
        step.after["corrected_by"] = new.no
    return new


def final_or_draft(report: SupervisionReport) -> StoredFile | None:
    """The file that the report's page links: the signed one, else the newest draft."""
    return report.final_file or report.draft_file
