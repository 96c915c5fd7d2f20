"""The machine of a paper: drafted from problems or a visit, signed, counted by 代字, served, received."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.check_codes import as_printed, check_code_of, checked
from inspections.models import Paper, RectificationTask, Visit
from inspections.papers import rendering
from inspections.reports import rendering as reports
from inspections.workflows import papers as workflow
from inspections.workflows import report as report_workflow
from shuangjian import clock
from shuangjian.accounts.models import County
from shuangjian.files.services import store_generated
from shuangjian.journal import jobs
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification, Series
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in
from tests.inspections.papering import OFFICERS, begun, fresh, issued, notice, signed, submitted
from tests.inspections.workflows.test_visits import begun as visit_begun
from tests.inspections.workflows.test_visits import confirmed, sees

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")
S = Paper.State
EVERYBODY = [
    "leader", "task_force", "supervision", "office_staff", "partner", "inspector_a", "team_inspector",
    "clerk_a1", "head_a1", "clerk_a3", "manager_a3", "system_admin", "security_admin", "auditor", "stranger",
]  # fmt: skip
OFFICE = {"supervision", "task_force"}
MAY = {
    "save": OFFICE,
    "refresh": OFFICE,
    "draft-pdf": OFFICE | {"leader"},
    "submit": OFFICE,
    "discard": OFFICE,
    "return": {"leader"},
    "sign": {"leader"},
    "issue-pdf": OFFICE | {"leader"},
    "attach-scan": OFFICE,
    "withdraw": {"leader"},
    "serve": OFFICE,
    "receive": {"clerk_a1", "head_a1"},
}


@pytest.fixture(autouse=True)
def plain_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine is tried here; the paper itself in tests/documents."""
    for module in (rendering, reports):
        monkeypatch.setattr(
            module, "pdf_of", lambda row, progress=None: f"%PDF-1.7 {row.document_no}".encode()
        )


@pytest.fixture
def task(cast: Cast) -> RectificationTask:
    return case_at_a1(cast, "planning")


@pytest.fixture
def paper(cast: Cast, task: RectificationTask) -> Paper:
    return notice(cast, cast.a1, [task])


def service(**changed: Any) -> workflow.Service:
    fields = {"means": "direct", "served_on": clock.today(), "servers": "张某、李某", "receiver": "黄勇"}
    return workflow.Service(**(fields | changed))


def put_into(cast: Cast, row: Paper, state: str) -> Paper:
    if state == S.REVIEW:
        submitted(cast, row)
    elif state == S.DISCARDED:
        workflow.SIGNING.discard(row_id=row.pk, actor=cast.supervision, version=None, words="写错单位")
    elif state == S.ISSUING:
        signed(cast, row)
    elif state in (S.ISSUED, S.WITHDRAWN):
        issued(cast, row)
    if state == S.WITHDRAWN:
        workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="事实有误")
    return fresh(row)


def make(move: str, cast: Cast, who: str, row: Paper) -> Any:
    actor, signing = cast.people[who], workflow.SIGNING
    common: dict[str, Any] = {"row_id": row.pk, "actor": actor, "version": None}
    own: dict[str, Any] = {"paper_id": row.pk, "actor": actor, "version": None}
    match move:
        case "draft-pdf":
            return signing.order_draft_pdf(row_id=row.pk, actor=actor)
        case "issue-pdf":
            return signing.order_issue_pdf(row_id=row.pk, actor=actor)
        case "save":
            return signing.save(**common, sections={"demand": "请补课程表"})
        case "refresh":
            return workflow.refresh(**own, tasks=list(row.tasks.all()), delivery="online", given={})
        case "attach-scan":
            return signing.attach_scan(**common, scan=store_generated(data=b"%PDF-1.7 s", name="s.pdf"))
        case "serve":
            return workflow.serve(**own, service=service())
        case "receive":
            return workflow.receive(**own)
        case "return":
            return signing.send_back(**common, words="请补依据")
        case "discard" | "withdraw":
            return getattr(signing, move)(**common, words="有误")
        case _:
            return getattr(signing, move)(**common)


@pytest.mark.parametrize("state", [state for state in S.values if state != S.CORRECTED])
def test_every_move_is_legal_from_its_states_alone_and_for_its_roles_alone(
    cast: Cast, paper: Paper, state: str
) -> None:
    row = put_into(cast, paper, state)
    assert row.state == state
    for move, transition in workflow.TRANSITIONS.items():
        for who in EVERYBODY:
            before = (fresh(row).version, AuditEntry.objects.count())
            if not transition.allowed_from(state):
                with pytest.raises(WrongState):
                    make(move, cast, who, row)
            elif who not in MAY[move]:
                with pytest.raises(NotAllowed):
                    make(move, cast, who, row)
            else:
                continue
            assert (fresh(row).version, AuditEntry.objects.count()) == before, (move, who)


def test_the_table_of_who_may_names_every_move() -> None:
    assert set(MAY) == set(workflow.TRANSITIONS)


@pytest.mark.parametrize(
    ("state", "move", "who", "target"),
    [
        (S.DRAFT, "save", "task_force", S.DRAFT),
        (S.DRAFT, "refresh", "supervision", S.DRAFT),
        (S.DRAFT, "submit", "task_force", S.REVIEW),
        (S.DRAFT, "discard", "supervision", S.DISCARDED),
        (S.REVIEW, "return", "leader", S.DRAFT),
        (S.REVIEW, "sign", "leader", S.ISSUING),
        (S.ISSUED, "attach-scan", "task_force", S.ISSUED),
        (S.ISSUED, "serve", "supervision", S.ISSUED),
        (S.ISSUED, "receive", "head_a1", S.ISSUED),
        (S.ISSUED, "withdraw", "leader", S.WITHDRAWN),
    ],
)
def test_a_legal_move_leads_where_the_table_says_and_leaves_one_entry(
    cast: Cast, paper: Paper, state: str, move: str, who: str, target: str
) -> None:
    row = put_into(cast, paper, state)
    before = AuditEntry.objects.filter(subject_no=row.no).count()
    make(move, cast, who, row)
    assert (fresh(row).state, fresh(row).version) == (target, row.version + 1)
    entries = AuditEntry.objects.filter(subject_no=row.no).order_by("-seq")
    assert entries.count() == before + 1
    assert entries[0].action == workflow.MACHINE.action_of(move)
    assert (entries[0].actor_id, entries[0].before["state"]) == (cast.people[who].pk, state)


# --- Drafting -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name not in OFFICE])
def test_only_the_two_offices_draft(cast: Cast, task: RectificationTask, who: str) -> None:
    with pytest.raises(NotAllowed):
        workflow.draft(
            kind=workflow.KINDS["notice"], actor=cast.people[who], organisation=cast.a1, visit=None,
            tasks=[task], delivery="online", given={},
        )  # fmt: skip
    assert not Paper.objects.exists()


def test_a_problem_stands_in_one_notice_until_that_is_given_up(cast: Cast, task: RectificationTask) -> None:
    first = notice(cast, cast.a1, [task])
    with pytest.raises(Refused):
        notice(cast, cast.a1, [task])
    workflow.SIGNING.discard(row_id=first.pk, actor=cast.supervision, version=None, words="写错")
    assert notice(cast, cast.a1, [task]).no == "2026-W0002"


def test_foreign_closed_and_self_reported_cases_are_in_no_notice(cast: Cast) -> None:
    foreign = case_in("planning", unit=cast.b1, found_by=cast.task_force)
    closed = case_in("closed", unit=cast.a1, found_by=cast.task_force)
    light = case_in("rectifying", unit=cast.a1, found_by=cast.clerk_a1, origin="self_check", light=True)
    for one in (foreign, closed, light):
        with pytest.raises(Refused):
            notice(cast, cast.a1, [one])


@pytest.mark.parametrize(("kind", "unit"), [("notice", "a3"), ("order", "a1")])
def test_a_school_gets_a_notice_and_an_institution_an_order(cast: Cast, kind: str, unit: str) -> None:
    task = case_in("planning", unit=cast.units[unit], found_by=cast.task_force)
    with pytest.raises(Refused, match="用"):
        begun(cast, kind, cast.units[unit], [task], given=OFFICERS)


def test_a_notice_says_what_was_found_and_by_when(cast: Cast, task: RectificationTask, paper: Paper) -> None:
    text = _plain(rendering.preview_html(paper))
    for words in (task.problem.no, "三年级数学日均书面作业约75分钟", "严控书面作业总量", "5个工作日内"):
        assert words in text, words
    assert "待编号" in text
    assert "双减工作专班" not in text  # P11


def _plain(html: str) -> str:
    return "".join(re.sub(r"<[^>]+>", "", html).split())


def test_an_order_names_both_officers_with_their_cards(cast: Cast) -> None:
    task = case_in("planning", unit=cast.units["a3"], found_by=cast.task_force)
    order = begun(cast, "order", cast.units["a3"], [task], given=OFFICERS)
    text = _plain(rendering.preview_html(order))
    for words in ("张某（执法证号执0101）", "李某（执法证号执0102）", "整改不代替处罚"):
        assert words in text


def test_refreshing_reads_the_records_anew_and_keeps_the_words(
    cast: Cast, task: RectificationTask, paper: Paper
) -> None:
    workflow.SIGNING.save(row_id=paper.pk, actor=cast.supervision, version=None, sections={"note": "说明"})
    later = clock.today() + timedelta(days=40)
    RectificationTask.objects.filter(pk=task.pk).update(due_on=later)
    again = workflow.refresh(
        paper_id=paper.pk, actor=cast.task_force, version=None, tasks=[task], delivery="on_paper", given={}
    )
    assert again.data["facts"][0]["due_on"] == later.isoformat()
    assert (again.sections["note"], again.delivery) == ("说明", "on_paper")


# --- The opinion ----------------------------------------------------------------------------


def confirmed_visit(cast: Cast, **words: str) -> Visit:
    visit = visit_begun(cast)
    sees(visit, cast.inspector_a, "R04-2", "problem", text="五年级书面作业约80分钟", due_days=15)
    said = {"unit_person": "黄勇", "unit_person_post": "校长"} | words
    return confirmed(visit, cast.inspector_a, **said)


GOOD = {"good": "作业公示做得细。每天公示。", "advice": "请年级组统筹作业总量。"}


def report_by() -> dict[str, str]:
    return {"report_by": (clock.today() + timedelta(days=30)).isoformat()}


def test_an_opinion_waits_until_the_unit_could_answer(cast: Cast) -> None:
    visit = confirmed_visit(cast)
    with pytest.raises(Refused, match="可以陈述意见"):
        begun(cast, "opinion", cast.a1, visit=visit, given=report_by())
    with clock.at(clock.now() + timedelta(days=9)):
        assert begun(cast, "opinion", cast.a1, visit=visit, given=report_by()).kind == "opinion"


def test_an_opinion_states_the_good_the_answer_and_the_term_and_is_the_offices_own(cast: Cast) -> None:
    visit = confirmed_visit(cast, unit_remark="情况属实，立即整改")
    tasks = workflow.cases_for(workflow.KINDS["opinion"], cast.a1, visit)
    paper = begun(cast, "opinion", cast.a1, tasks, visit=visit, given=report_by())
    with pytest.raises(Refused, match="做得好的方面、督导意见"):
        submitted(cast, paper)
    workflow.SIGNING.save(row_id=paper.pk, actor=cast.supervision, version=None, sections=GOOD)
    done = signed(cast, paper)
    assert done.document_no == "云教督〔2026〕1号"
    text = _plain(rendering.preview_html(done))
    for words in ("情况属实，立即整改", "作业公示做得细", "五年级书面作业约80分钟", "前完成整改"):
        assert words in text, words
    with pytest.raises(Refused, match=paper.no):
        begun(cast, "opinion", cast.a1, visit=visit, given=report_by())


# --- Signing --------------------------------------------------------------------------------


def test_numbers_are_counted_by_code_without_gaps_and_a_withdrawn_one_stays(cast: Cast, term: Term) -> None:
    rows = [notice(cast, cast.a1, [case_at_a1(cast, "planning")]) for _ in range(3)]
    assert [issued(cast, row).document_no for row in rows[:2]] == ["云教函〔2026〕1号", "云教函〔2026〕2号"]
    workflow.SIGNING.withdraw(row_id=rows[1].pk, actor=cast.leader, version=None, words="事实有误")
    assert fresh(rows[1]).document_no == "云教函〔2026〕2号"
    assert issued(cast, rows[2]).document_no == "云教函〔2026〕3号"
    report = report_workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    texts = {key: "已写。" for key in report.sections}
    report_workflow.SIGNING.save(row_id=report.pk, actor=cast.supervision, version=None, sections=texts)
    report_workflow.SIGNING.submit(row_id=report.pk, actor=cast.supervision, version=None)
    done = report_workflow.SIGNING.sign(row_id=report.pk, actor=cast.leader, version=None)
    assert done.document_no == "云教督〔2026〕1号"
    assert dict(Series.objects.filter(kind__startswith="document:").values_list("kind", "last")) == {
        "document:云教函": 3,
        "document:云教督": 1,
    }


def test_reports_and_papers_under_one_code_are_one_series(cast: Cast, paper: Paper, term: Term) -> None:
    County.objects.update(letter_code="云教督")
    assert signed(cast, paper).document_number == 1
    report = report_workflow.draft(kind="unit", term=term, organisation=cast.a1, actor=cast.supervision)
    texts = {key: "已写。" for key in report.sections}
    report_workflow.SIGNING.save(row_id=report.pk, actor=cast.supervision, version=None, sections=texts)
    report_workflow.SIGNING.submit(row_id=report.pk, actor=cast.supervision, version=None)
    done = report_workflow.SIGNING.sign(row_id=report.pk, actor=cast.leader, version=None)
    assert done.document_no == "云教督〔2026〕2号"


def test_without_a_code_in_the_settings_nothing_is_signed(cast: Cast, paper: Paper) -> None:
    County.objects.update(letter_code="")
    submitted(cast, paper)
    with pytest.raises(Refused, match="函件代字"):
        workflow.SIGNING.sign(row_id=paper.pk, actor=cast.leader, version=None)
    assert (fresh(paper).state, fresh(paper).document_no) == (S.REVIEW, "")


def test_who_wrote_it_does_not_sign_it(cast: Cast, paper: Paper) -> None:
    Paper.objects.filter(pk=paper.pk).update(created_by=cast.leader)
    submitted(cast, paper)
    with pytest.raises(NotAllowed):
        workflow.SIGNING.sign(row_id=paper.pk, actor=cast.leader, version=None)


def test_the_file_is_made_once_and_the_unit_hears_of_it(cast: Cast, paper: Paper) -> None:
    signed(cast, paper)
    job = workflow.SIGNING.jobs_of(paper)[0]
    assert not Notification.objects.filter(recipient=cast.head_a1, kind="paper.issued").exists()
    assert jobs.run_now(job.pk)
    first = fresh(paper)
    assert not jobs.run_now(job.pk)
    again = workflow.SIGNING.complete_issue(
        row_id=paper.pk, file=store_generated(data=b"%PDF-1.7 other", name="o.pdf"), template_version="2"
    )
    assert (again.final_sha256, again.version) == (first.final_sha256, first.version)
    assert (first.state, first.final_file.sha256) == (S.ISSUED, first.final_sha256)  # type: ignore[union-attr]
    assert Notification.objects.filter(recipient=cast.head_a1, kind="paper.issued").count() == 1
    assert not Notification.objects.filter(recipient=cast.people["head_b1"]).exists()


def test_a_stale_page_changes_nothing(cast: Cast, paper: Paper) -> None:
    workflow.SIGNING.save(row_id=paper.pk, actor=cast.supervision, version=1, sections={"note": "一"})
    with pytest.raises(StaleRow):
        workflow.SIGNING.save(row_id=paper.pk, actor=cast.task_force, version=1, sections={"note": "二"})
    assert fresh(paper).sections["note"] == "一"


# --- 送达 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"means": "online"}, "系统签收由单位自己办理"),
        ({"means": "left"}, "拒收事由和见证人"),
        ({"receiver": " "}, "写明收件人"),
        ({"servers": ""}, "送达人"),
        ({"served_on": None}, "送达日期"),
    ],
)
def test_a_service_without_its_facts_is_refused(
    cast: Cast, paper: Paper, changed: dict[str, Any], words: str
) -> None:
    row = issued(cast, paper)
    if "served_on" in changed:
        changed = {"served_on": clock.today() + timedelta(days=1)}
    with pytest.raises(Refused, match=words):
        workflow.serve(paper_id=row.pk, actor=cast.supervision, version=None, service=service(**changed))
    assert not fresh(row).is_served


def test_a_paper_is_served_once(cast: Cast, paper: Paper) -> None:
    row = issued(cast, paper)
    left = service(means="left", receiver="", refusal="负责人拒收", witness="周某")
    workflow.serve(paper_id=row.pk, actor=cast.supervision, version=None, service=left)
    served = fresh(row)
    assert (served.served_by, served.witness, served.servers) == ("left", "周某", "张某、李某")
    for again in (
        lambda: workflow.serve(paper_id=row.pk, actor=cast.task_force, version=None, service=service()),
        lambda: workflow.receive(paper_id=row.pk, actor=cast.head_a1, version=None),
    ):
        with pytest.raises(NotAllowed):
            again()


def test_the_unit_signs_for_it_only_where_that_is_the_way(cast: Cast) -> None:
    on_paper = issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")], delivery="on_paper"))
    with pytest.raises(NotAllowed):
        workflow.receive(paper_id=on_paper.pk, actor=cast.head_a1, version=None)
    online = issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")]))
    workflow.receive(paper_id=online.pk, actor=cast.head_a1, version=None)
    row = fresh(online)
    assert (row.served_by, row.served_on, row.receiver, row.receiver_post) == (
        "online", clock.today(), cast.head_a1.name, "校长",
    )  # fmt: skip
    assert Notification.objects.filter(recipient=cast.supervision, kind="paper.served").count() == 1


def test_the_problems_in_it_are_taken_note_of_with_the_paper(cast: Cast, task: RectificationTask) -> None:
    planned = case_at_a1(cast, "rectifying")
    row = issued(cast, notice(cast, cast.a1, [task, planned]))
    workflow.receive(paper_id=row.pk, actor=cast.head_a1, version=None)
    assert RectificationTask.objects.get(pk=task.pk).acknowledged_by == cast.head_a1
    assert RectificationTask.objects.get(pk=planned.pk).state == "rectifying"


def test_a_notice_of_what_has_ended_meanwhile_does_not_go_out(cast: Cast, paper: Paper) -> None:
    submitted(cast, paper)
    done = {"state": "withdrawn", "closed_at": clock.now(), "closed_by": cast.leader}
    paper.tasks.update(**done)
    with pytest.raises(Refused, match="已销号或撤销"):
        workflow.SIGNING.sign(row_id=paper.pk, actor=cast.leader, version=None)
    assert (fresh(paper).state, fresh(paper).document_no) == (S.REVIEW, "")
    assert not Series.objects.filter(kind="document:云教函").exists()


def test_a_scan_joins_the_record_and_replaces_nothing(cast: Cast, paper: Paper) -> None:
    row = issued(cast, paper)
    scan = store_generated(data=b"%PDF-1.7 sealed", name="盖章.pdf")
    workflow.SIGNING.attach_scan(row_id=row.pk, actor=cast.task_force, version=None, scan=scan)
    after = fresh(row)
    assert (after.scan_id, after.final_sha256) == (scan.pk, row.final_sha256)
    entry = AuditEntry.objects.filter(subject_no=row.no).latest("seq")
    assert entry.after["scan"] == scan.sha256


# --- What the database keeps ----------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "issued"},
        {"served_on": "2026-11-16"},
        {"served_by": "left", "served_on": "2026-11-16"},
        {"document_number": 4},
    ],
)
def test_the_database_refuses_a_paper_that_cannot_be(paper: Paper, changed: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(**changed)


# --- Check codes ----------------------------------------------------------------------------


def test_a_check_code_is_the_same_for_the_same_and_another_for_another(cast: Cast) -> None:
    first = issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")]))
    second = issued(cast, notice(cast, cast.a1, [case_at_a1(cast, "planning")]))
    assert as_printed(first.check_code) == first.check_code != second.check_code
    assert check_code_of(fresh(first)) == first.check_code


@pytest.mark.parametrize("typed", ["7k3m-q0zx", "7K3MQ0ZX", " 7K3M Q0ZX ", "7K3M－QOZX"])
def test_a_code_is_understood_as_people_type_it(typed: str) -> None:
    assert as_printed(typed) == "7K3M-Q0ZX"


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-Q0ZXX", "７K3M-Q0Z!", "'; --", "U" * 8, "\x00" * 8])
def test_what_is_no_code_finds_nothing(cast: Cast, typed: str) -> None:
    assert as_printed(typed) == ""
    assert checked(cast.leader, typed) == []


def test_a_code_leads_to_the_paper_for_who_may_see_it(cast: Cast, paper: Paper) -> None:
    row = issued(cast, paper)
    for who, count in (("head_a1", 1), ("head_b1", 0), ("inspector_a", 1), ("inspector_b", 0), ("leader", 1)):
        found = checked(cast.people[who], row.check_code)
        assert len(found) == count, who
        assert all(one.stands and one.url == f"/papers/{row.no}/" for one in found)
    workflow.SIGNING.withdraw(row_id=row.pk, actor=cast.leader, version=None, words="事实有误")
    assert [one.stands for one in checked(cast.head_a1, row.check_code)] == [False]
