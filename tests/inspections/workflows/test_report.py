"""The machine of a report: every state, move and role; signing, rendering, correcting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.workflows import report as workflow
from shuangjian import clock, pdf
from shuangjian.files.models import StoredFile
from shuangjian.files.services import open_blob, store_generated
from shuangjian.journal import jobs
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Job, Notification
from shuangjian.policy.models import Term
from tests.cast import NOVEMBER, Cast, assemble
from tests.inspections.reports import county
from tests.parallel import at_once
from tests.poured import load_policy

S = SupervisionReport.State
EVERYBODY = [
    "leader", "task_force", "supervision", "office_staff", "partner", "inspector_a", "team_inspector",
    "clerk_a1", "head_a1", "clerk_a3", "manager_a3", "system_admin", "security_admin", "auditor", "stranger",
]  # fmt: skip
MAY = {
    "save": {"supervision"},
    "refresh": {"supervision"},
    "draft-pdf": {"supervision", "task_force", "leader"},
    "submit": {"supervision"},
    "discard": {"supervision"},
    "return": {"leader"},
    "sign": {"leader"},
    "issue-pdf": {"supervision", "task_force", "leader"},
    "attach-scan": {"supervision"},
    "correct": {"supervision"},
    "withdraw": {"leader"},
}
TEXTS = {"practice": "作业公示做得细。城关小学每天公示。", "advice": "县教育局于12月15日前复核。"}


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The machine is tried here; the paper itself in tests/documents."""

    def paper(report: SupervisionReport, *, progress: Any = None) -> bytes:
        progress("准备文字和表格", 0, 0)
        return f"%PDF-1.7 {report.no} {report.document_no} {sorted(report.sections.items())}".encode()

    monkeypatch.setattr(rendering, "pdf_of", paper)


@pytest.fixture
def report(cast: Cast, term: Term) -> SupervisionReport:
    return begun(cast, term)


def begun(cast: Cast, term: Term) -> SupervisionReport:
    row = workflow.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)
    return workflow.SIGNING.save(row_id=row.pk, actor=cast.supervision, version=row.version, sections=TEXTS)


def submitted(cast: Cast, row: SupervisionReport) -> SupervisionReport:
    return workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)


def signed(cast: Cast, row: SupervisionReport) -> SupervisionReport:
    return workflow.SIGNING.sign(row_id=submitted(cast, row).pk, actor=cast.leader, version=None)


def final_job(row: SupervisionReport) -> Job:
    return workflow.SIGNING.jobs_of(row).filter(kind="reports.issue")[0]


def issued(cast: Cast, row: SupervisionReport) -> SupervisionReport:
    assert jobs.run_now(final_job(signed(cast, row)).pk)
    return fresh(row)


def fresh(row: SupervisionReport) -> SupervisionReport:
    return SupervisionReport.objects.select_related("final_file", "draft_file").get(pk=row.pk)


def put_into(cast: Cast, row: SupervisionReport, state: str) -> SupervisionReport:
    """The report brought to a state by the moves that lead there."""
    if state == S.REVIEW:
        submitted(cast, row)
    elif state == S.DISCARDED:
        workflow.SIGNING.discard(row_id=row.pk, actor=cast.supervision, version=None, words="学期选错")
    elif state == S.ISSUING:
        signed(cast, row)
    elif state != S.DRAFT:
        issued(cast, row)
    if state == S.WITHDRAWN:
        workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="数字有误")
    if state == S.CORRECTED:
        new = workflow.correct(report_id=row.pk, actor=cast.supervision, version=None)
        issued(cast, new)
    return fresh(row)


def make(move: str, cast: Cast, who: str, row: SupervisionReport) -> Any:
    actor, signing = cast.people[who], workflow.SIGNING
    common: dict[str, Any] = {"row_id": row.pk, "actor": actor, "version": None}
    match move:
        case "draft-pdf":
            return signing.order_draft_pdf(row_id=row.pk, actor=actor)
        case "issue-pdf":
            return signing.order_issue_pdf(row_id=row.pk, actor=actor)
        case "save":
            return signing.save(**common, sections=TEXTS)
        case "refresh" | "correct":
            return getattr(workflow, move)(report_id=row.pk, actor=actor, version=None)
        case "attach-scan":
            scan = store_generated(data=b"%PDF-1.7 scan", name="scan.pdf")
            return signing.attach_scan(**common, scan=scan)
        case "return":
            return signing.send_back(**common, words="请补数字")
        case "discard" | "withdraw":
            return getattr(signing, move)(**common, words="请补数字")
        case _:
            return getattr(signing, move)(**common)


@pytest.mark.parametrize("state", S.values)
def test_every_move_is_legal_from_its_states_alone_and_for_its_roles_alone(
    cast: Cast, term: Term, state: str
) -> None:
    row = put_into(cast, begun(cast, term), state)
    assert row.state == state
    for move, transition in workflow.TRANSITIONS.items():
        for who in EVERYBODY:
            before = (fresh(row).version, AuditEntry.objects.count(), SupervisionReport.objects.count())
            if not transition.allowed_from(state):
                with pytest.raises(WrongState):
                    make(move, cast, who, row)
            elif who not in MAY[move]:
                with pytest.raises(NotAllowed):
                    make(move, cast, who, row)
            else:
                continue  # what a legal move does, the other tests say
            after = (fresh(row).version, AuditEntry.objects.count(), SupervisionReport.objects.count())
            assert after == before, (move, who)


def test_the_table_of_who_may_names_every_move() -> None:
    assert set(MAY) == set(workflow.TRANSITIONS)


@pytest.mark.parametrize(
    ("state", "move", "who", "target"),
    [
        (S.DRAFT, "save", "supervision", S.DRAFT),
        (S.DRAFT, "refresh", "supervision", S.DRAFT),
        (S.DRAFT, "submit", "supervision", S.REVIEW),
        (S.DRAFT, "discard", "supervision", S.DISCARDED),
        (S.REVIEW, "return", "leader", S.DRAFT),
        (S.REVIEW, "sign", "leader", S.ISSUING),
        (S.ISSUED, "correct", "supervision", S.ISSUED),
        (S.ISSUED, "attach-scan", "supervision", S.ISSUED),
        (S.ISSUED, "withdraw", "leader", S.WITHDRAWN),
    ],
)
def test_a_legal_move_leads_where_the_table_says_and_leaves_one_entry(
    cast: Cast, term: Term, state: str, move: str, who: str, target: str
) -> None:
    row = put_into(cast, begun(cast, term), state)
    before = AuditEntry.objects.filter(subject_id=str(row.pk)).count()
    make(move, cast, who, row)
    assert fresh(row).state == target
    assert fresh(row).version == row.version + 1
    entries = AuditEntry.objects.filter(subject_id=str(row.pk)).order_by("-seq")
    assert entries.count() == before + 1
    assert entries[0].action == workflow.MACHINE.action_of(move)
    assert (entries[0].actor_id, entries[0].before["state"]) == (cast.people[who].pk, state)


# --- Drafting ---


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name != "supervision"])
def test_only_the_supervision_office_begins_a_report(cast: Cast, term: Term, who: str) -> None:
    with pytest.raises(NotAllowed):
        workflow.draft(kind="county", term=term, organisation=cast.county, actor=cast.people[who])


def test_a_term_has_one_report_until_it_is_withdrawn(cast: Cast, term: Term) -> None:
    row = begun(cast, term)
    with pytest.raises(Refused, match=row.no):
        begun(cast, term)
    put_into(cast, row, S.WITHDRAWN)
    again = begun(cast, term)
    assert (again.report_version, again.no) == (2, "2026-R0002")


def test_a_draft_given_up_makes_room_for_another(cast: Cast, term: Term) -> None:
    row = put_into(cast, begun(cast, term), S.DISCARDED)
    with pytest.raises(Refused, match="作废的原因"):
        workflow.SIGNING.discard(row_id=begun(cast, term).pk, actor=cast.supervision, version=None, words=" ")
    assert (fresh(row).document_no, fresh(row).withdrawn_reason) == ("", "学期选错")


def test_a_correction_given_up_leaves_the_issued_one_to_be_corrected_again(cast: Cast, term: Term) -> None:
    old = issued(cast, begun(cast, term))
    begun_wrong = workflow.correct(report_id=old.pk, actor=cast.supervision, version=None)
    with pytest.raises(Refused, match="更正已在办理"):
        workflow.correct(report_id=old.pk, actor=cast.supervision, version=None)
    workflow.SIGNING.discard(row_id=begun_wrong.pk, actor=cast.supervision, version=None, words="数字没有错")
    assert fresh(old).state == S.ISSUED
    new = workflow.correct(report_id=old.pk, actor=cast.supervision, version=None)
    assert (new.corrects, new.report_version) == (old, 3)


def test_a_unit_s_report_stands_beside_the_county_s(
    cast: Cast, term: Term, report: SupervisionReport
) -> None:
    own = workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    assert "城关小学" in own.title


def test_empty_texts_are_named_when_it_is_sent(cast: Cast, term: Term) -> None:
    row = workflow.draft(kind="county", term=term, organisation=cast.county, actor=cast.supervision)
    with pytest.raises(Refused, match="主要做法和成效、意见建议和下一步"):
        workflow.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)


def test_a_stale_page_loses_and_changes_nothing(cast: Cast, report: SupervisionReport) -> None:
    workflow.SIGNING.save(
        row_id=report.pk, actor=cast.supervision, version=report.version, sections={"absent": "先"}
    )
    with pytest.raises(StaleRow):
        workflow.SIGNING.save(
            row_id=report.pk, actor=cast.supervision, version=report.version, sections={"absent": "后"}
        )
    assert fresh(report).sections["absent"] == "先"


def test_taking_the_figures_again_keeps_the_texts(cast: Cast, term: Term, report: SupervisionReport) -> None:
    county.problem(cast, term, cast.a1, "2026-0001", 4)
    workflow.refresh(report_id=report.pk, actor=cast.supervision, version=None)
    assert [row["no"] for row in fresh(report).data["problems"]] == ["2026-0001"]
    assert fresh(report).sections == {**report.sections, **TEXTS}


def test_the_leader_hears_of_it_and_the_office_of_its_return(cast: Cast, report: SupervisionReport) -> None:
    submitted(cast, report)
    assert Notification.objects.get(kind="report.submitted").recipient == cast.leader
    workflow.SIGNING.send_back(row_id=report.pk, actor=cast.leader, version=None, words="数字再核一遍")
    notice = Notification.objects.get(kind="report.returned")
    assert (notice.recipient, notice.body) == (cast.supervision, "数字再核一遍")
    assert fresh(report).return_words == "数字再核一遍"


def test_words_are_asked_for_return_and_withdrawal(cast: Cast, report: SupervisionReport) -> None:
    submitted(cast, report)
    with pytest.raises(Refused):
        workflow.SIGNING.send_back(row_id=report.pk, actor=cast.leader, version=None, words="  ")
    assert fresh(report).state == S.REVIEW


# --- The draft PDF ---


def test_the_draft_is_kept_with_the_report_and_leaves_its_version(
    cast: Cast, report: SupervisionReport
) -> None:
    job = workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision)
    assert jobs.run_now(job.pk)
    row = fresh(report)
    assert row.version == report.version
    assert row.draft_file is not None
    assert row.draft_file.original_name == "2026-R0001草稿.pdf"
    assert Job.objects.get(pk=job.pk).result == {"file": row.draft_file_id}


def test_one_rendering_of_a_report_at_a_time(cast: Cast, report: SupervisionReport) -> None:
    job = workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision)
    assert (
        workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision) == job
    )  # waits: it takes the new text
    jobs.claim(job.pk)
    with pytest.raises(Refused, match="正在生成"):
        workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.task_force)


def test_a_cancelled_draft_leaves_nothing_and_may_be_asked_again(
    cast: Cast, report: SupervisionReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision)

    def cancelled_meanwhile(row: SupervisionReport, *, progress: Any) -> bytes:
        jobs.cancel(Job.objects.get(pk=job.pk), cast.supervision)
        progress("排版第1页", 0, 0)
        raise AssertionError("cancelled work must not go on")

    with monkeypatch.context() as patch:
        patch.setattr(rendering, "pdf_of", cancelled_meanwhile)
        assert not jobs.run_now(job.pk)
    assert fresh(report).draft_file is None
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    again = workflow.SIGNING.order_draft_pdf(row_id=report.pk, actor=cast.supervision)
    assert jobs.run_now(again.pk)
    assert fresh(report).draft_file is not None


# --- Signing ---


def test_signing_takes_number_and_date_and_orders_the_file_at_once(
    cast: Cast, report: SupervisionReport
) -> None:
    row = fresh(signed(cast, report))
    assert (row.state, row.document_no, row.signed_on) == (S.ISSUING, "云教督〔2026〕1号", clock.today())
    assert row.final_file is None
    job = final_job(row)
    assert (job.queue, job.owner) == ("pdf", cast.leader)


def test_whoever_wrote_it_does_not_sign_it(cast: Cast, term: Term, report: SupervisionReport) -> None:
    submitted(cast, report)
    SupervisionReport.objects.filter(pk=report.pk).update(created_by=cast.leader)
    with pytest.raises(NotAllowed):
        workflow.SIGNING.sign(row_id=report.pk, actor=cast.leader, version=None)


def test_document_numbers_have_no_gaps(cast: Cast, term: Term, report: SupervisionReport) -> None:
    signed(cast, report)
    with pytest.raises(WrongState):  # a second click takes no number
        workflow.SIGNING.sign(row_id=report.pk, actor=cast.leader, version=None)
    own = workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    workflow.SIGNING.save(row_id=own.pk, actor=cast.supervision, version=None, sections=TEXTS)
    assert fresh(signed(cast, own)).document_no == "云教督〔2026〕2号"


def test_the_file_makes_it_issued_with_its_hash(cast: Cast, report: SupervisionReport) -> None:
    row = issued(cast, report)
    assert row.state == S.ISSUED
    assert row.final_file is not None
    assert row.final_sha256 == row.final_file.sha256
    assert row.template_version == rendering.template_version()
    assert row.document_no.encode() in open_blob(row.final_file).read()
    entry = AuditEntry.objects.get(action="inspections.report.issued")
    assert (entry.actor_id, entry.after["sha256"]) == (None, row.final_sha256)
    told = {notice.recipient for notice in Notification.objects.filter(kind="report.issued")}
    assert told == {cast.leader, cast.supervision, cast.task_force}


def test_the_final_file_once_more_changes_nothing(cast: Cast, report: SupervisionReport) -> None:
    row = issued(cast, report)
    job = final_job(row)
    assert not jobs.run_now(job.pk)  # a second bell for a finished job
    Job.objects.filter(pk=job.pk).update(state="queued", finished_at=None, attempts_allowed=9)
    assert jobs.run_now(job.pk)  # even begun again from the start
    again = fresh(report)
    assert (again.final_file_id, again.version, again.final_sha256) == (
        row.final_file_id,
        row.version,
        row.final_sha256,
    )
    assert StoredFile.objects.count() == 1
    assert AuditEntry.objects.filter(action="inspections.report.issued").count() == 1


def test_a_worker_killed_half_way_leaves_the_report_for_the_next(
    cast: Cast, report: SupervisionReport
) -> None:
    job = final_job(signed(cast, report))
    held = jobs.claim(job.pk)  # and then its process was gone
    assert held is not None
    Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00Z")
    assert jobs.run_now(job.pk)
    assert fresh(report).state == S.ISSUED
    assert StoredFile.objects.count() == 1


def test_a_failed_rendering_keeps_number_and_date_says_why_and_is_repeated(
    cast: Cast, report: SupervisionReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = final_job(signed(cast, report))

    def broken(row: SupervisionReport, *, progress: Any) -> bytes:
        raise pdf.CannotRender("字库里没有这些字，请换字后重试：“𰀀”")

    with monkeypatch.context() as patch:
        patch.setattr(rendering, "pdf_of", broken)
        assert not jobs.run_now(job.pk)
    dead = Job.objects.get(pk=job.pk)
    assert (dead.state, "𰀀" in dead.error) == ("dead", True)
    row = fresh(report)
    assert (row.state, row.document_no, row.signed_on) == (S.ISSUING, "云教督〔2026〕1号", clock.today())
    # Not the signer alone: the office may order it again, and gets a job of its own.
    again = workflow.SIGNING.order_issue_pdf(row_id=report.pk, actor=cast.supervision)
    assert workflow.SIGNING.order_issue_pdf(row_id=report.pk, actor=cast.leader) == again
    assert jobs.run_now(again.pk)
    assert (fresh(report).state, fresh(report).document_no) == (S.ISSUED, "云教督〔2026〕1号")


# --- Afterwards ---


def test_a_correction_supersedes_when_it_is_issued_and_not_before(
    cast: Cast, report: SupervisionReport
) -> None:
    old = issued(cast, report)
    new = workflow.correct(report_id=old.pk, actor=cast.supervision, version=old.version)
    assert (new.report_version, new.corrects_id, new.sections) == (2, old.pk, old.sections)
    assert fresh(old).state == S.ISSUED
    with pytest.raises(Refused, match="已在办理"):
        workflow.correct(report_id=old.pk, actor=cast.supervision, version=None)
    issued(cast, new)
    assert fresh(old).state == S.CORRECTED
    assert fresh(old).final_sha256 == old.final_sha256  # the old file stays reachable
    assert fresh(new).document_no == "云教督〔2026〕2号"
    assert AuditEntry.objects.get(action="inspections.report.superseded").subject_id == str(old.pk)


def test_a_withdrawn_report_keeps_number_file_and_reason(cast: Cast, report: SupervisionReport) -> None:
    row = put_into(cast, report, S.WITHDRAWN)
    assert (row.document_no, row.withdrawn_reason) == ("云教督〔2026〕1号", "数字有误")
    assert row.final_file is not None


@pytest.fixture
def committed(transactional_db: None) -> Iterator[tuple[Cast, SupervisionReport]]:
    with clock.at(NOVEMBER):
        load_policy()
        cast = assemble()
        yield cast, begun(cast, Term.objects.get(code="2026-autumn"))


def test_two_workers_at_one_job_issue_it_once(committed: tuple[Cast, SupervisionReport]) -> None:
    cast, row = committed
    job = final_job(signed(cast, row))
    assert sorted(at_once(lambda: jobs.run_now(job.pk), lambda: jobs.run_now(job.pk))) == [False, True]
    assert fresh(row).state == S.ISSUED
    assert StoredFile.objects.count() == 1


def test_two_people_at_one_button_one_wins(committed: tuple[Cast, SupervisionReport]) -> None:
    cast, row = committed
    version = submitted(cast, row).version

    def sign() -> Any:
        return workflow.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=version)

    def send_back() -> Any:
        return workflow.SIGNING.send_back(row_id=row.pk, actor=cast.leader, version=version, words="再改")

    results = at_once(sign, send_back)
    assert sum(isinstance(result, StaleRow) for result in results) == 1
    assert fresh(row).state in (S.ISSUING, S.DRAFT)


def test_two_people_beginning_the_same_report_make_one(committed: tuple[Cast, SupervisionReport]) -> None:
    cast, row = committed

    def begin() -> Any:
        return workflow.draft(kind="unit", term=row.term, organisation=cast.a1, actor=cast.supervision)

    results = at_once(begin, begin)
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert SupervisionReport.objects.filter(kind="unit").count() == 1
