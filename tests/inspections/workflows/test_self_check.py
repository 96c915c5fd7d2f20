"""The machine of a self-check: every state, move and role; submission, its problems; return, acceptance."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.core.management import CommandError, call_command

from inspections.check_sheet import ItemAnswer
from inspections.models import Problem, RectificationTask, ReturnNote, SelfCheck, Submission
from inspections.review_sheet import review_of
from inspections.workflows import rounds, self_check
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Headship, Organisation, User
from shuangjian.files.models import StoredFile
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy import check_items
from shuangjian.policy.models import Limit, Term, TermPeriod
from tests.cast import Cast
from tests.inspections.checking import check_of, fill, publish, row_of, sheet_of

pytestmark = pytest.mark.usefixtures("standing_policy")
S = SelfCheck.State
NEXT_MONTH = date(2026, 12, 10)
PARTLY = ItemAnswer(value="partly", problem_text="年级组统筹记录不全", fix_on=NEXT_MONTH)
PLANNED = ItemAnswer(
    value="partly",
    problem_text="公示缺2天",
    measure_text="补齐公示，教务处每周检查",
    person="罗主任",
    fix_on=NEXT_MONTH,
)


@pytest.fixture
def check(cast: Cast, term: Term) -> SelfCheck:
    """The institution's check: five rules, the shortest."""
    publish(cast, term)
    return check_of(cast.a3)


@pytest.fixture
def school_check(cast: Cast, check: SelfCheck) -> SelfCheck:
    return check_of(cast.a1)


def picture(uploader: User, name: str = "公示.jpg") -> StoredFile:
    """A stored file without its bytes: the entrance has tests of its own."""
    return StoredFile.objects.create(
        sha256=uuid4().hex * 2,
        size=900,
        content_type="image/jpeg",
        original_name=name,
        uploader=uploader,
        uploaded_at=clock.now(),
    )


def put(check: SelfCheck, state: str) -> SelfCheck:
    """Put the row into a state as the moves would have left it."""
    done = state in (S.SUBMITTED, S.ACCEPTED, S.RETURNED)
    SelfCheck.objects.filter(pk=check.pk).update(
        state=state,
        submitted_at=clock.now() if done else None,
        accepted_at=clock.now() if state == S.ACCEPTED else None,
        submission_count=1 if done else 0,
    )
    if state == S.RETURNED:
        ReturnNote.objects.get_or_create(
            self_check=check,
            ordinal=1,
            rule=sheet_of(check).rules[0].rule,
            defaults={
                "words": "请补充",
                "written_by_id": check.round.created_by_id,
                "written_at": clock.now(),
            },
        )
    return SelfCheck.objects.get(pk=check.pk)


# --- Every state × move × role ----------------------------------------------------------

STATES = list(S.values)
WHO = {
    "clerk": {"save", "attach-evidence", "remove-evidence", "restore-evidence", "send-to-head", "take-back"}
    | {"submit-scan"},
    "reviewer": {"send-back", "accept", "key-in"},
}
BYSTANDERS = [
    "leader", "supervision", "office_staff", "partner", "inspector_a", "inspector_b", "team_inspector",
    "clerk_a1", "head_a1", "system_admin", "security_admin", "auditor", "stranger",
]  # fmt: skip
ROLES: dict[str, set[str]] = {
    "clerk_a3": WHO["clerk"],
    "manager_a3": WHO["clerk"] | {"confirm"},
    "task_force": WHO["reviewer"],
    **{name: set() for name in BYSTANDERS},
}
EXPECTED_SOURCES = {
    "save": {"not_started", "filling", "returned"},
    "attach-evidence": {"not_started", "filling", "returned"},
    "remove-evidence": {"not_started", "filling", "returned"},
    "restore-evidence": {"not_started", "filling", "returned"},
    "send-to-head": {"not_started", "filling", "returned"},
    "take-back": {"confirming"},
    "confirm": {"not_started", "filling", "returned", "confirming"},
    "submit-scan": {"not_started", "filling", "returned", "confirming"},
    "key-in": {"not_started", "returned"},
    "stop-keying": {"not_started", "filling", "returned"},
    "submit-keyed": {"not_started", "filling", "returned"},
    "send-back": {"submitted"},
    "accept": {"submitted"},
}
EXPECTED_TARGETS = {
    "send-to-head": "confirming",
    "confirm": "submitted",
    "submit-scan": "submitted",
    "submit-keyed": "submitted",
    "send-back": "returned",
    "accept": "accepted",
}


def run(move: str, check: SelfCheck, actor: User, **more: Any) -> Any:
    """Make a move with all that it asks for."""
    rule = sheet_of(check).rules[0]
    code = rule.asked[0].item.code
    arguments: dict[str, Any] = {"check_id": check.pk, "actor": actor, **more}
    if move == "save":
        answers = {code: ItemAnswer(value="partly", problem_text="缺1份")}
        return self_check.save_rule(
            **{"version": None, "answers": answers} | arguments, rule_number=rule.rule.number
        )
    if move == "attach-evidence":
        return self_check.attach_evidence(**arguments, item_code=code, files=[picture(actor)])
    if move == "remove-evidence":
        evidence = row_of(check, code).evidence.create(
            stored_file=picture(actor), added_by=actor, added_at=clock.now()
        )
        return self_check.remove_evidence(**arguments, evidence_id=evidence.pk)
    if move == "restore-evidence":
        token = files_token(check, code, picture(actor))
        return self_check.restore_evidence(**arguments, token=token)
    if move == "submit-scan":
        return self_check.submit_with_scan(**arguments, scan=picture(actor, "盖章.jpg"))
    if move == "key-in":
        return self_check.key_in(**arguments, scan=picture(actor, "纸质表.jpg"))
    if move == "send-back":
        return self_check.send_back(**arguments, notes={rule.rule.number: "请补充合同样本"})
    functions = {
        "send-to-head": self_check.send_to_head,
        "take-back": self_check.take_back,
        "stop-keying": self_check.stop_keying,
        "submit-keyed": self_check.submit_keyed,
        "confirm": self_check.confirm,
        "accept": self_check.accept,
    }
    return functions[move](**arguments)


def files_token(check: SelfCheck, code: str, stored: StoredFile) -> str:
    return signing.dumps(
        {"check": check.pk, "item": code, "file": stored.pk}, salt="inspections.undo-evidence"
    )


def test_the_table_says_what_the_expectation_says() -> None:
    assert {key: set(move.source) for key, move in self_check.TRANSITIONS.items()} == EXPECTED_SOURCES
    targets = {key: move.target for key, move in self_check.TRANSITIONS.items() if move.target}
    assert targets == EXPECTED_TARGETS


@pytest.mark.parametrize("move", list(EXPECTED_SOURCES))
def test_every_state_and_role_for(move: str, cast: Cast, check: SelfCheck) -> None:
    """Allowed moves leave one entry and the expected state; all others leave nothing at all."""
    fill(check, cast.clerk_a3)
    for state in STATES:
        for name, moves in ROLES.items():
            put(check, state)
            entries, notices = AuditEntry.objects.count(), Notification.objects.count()
            submissions = Submission.objects.count()
            if state in EXPECTED_SOURCES[move] and move in moves:
                _allowed(move, state, check, cast.people[name], entries)
                SelfCheck.objects.filter(pk=check.pk).update(
                    confirmation="online", scan=None, keyed_in_by=None, keyed_in_at=None
                )
                Submission.objects.all().delete()
                ReturnNote.objects.all().delete()
                continue
            expected = WrongState if state not in EXPECTED_SOURCES[move] else NotAllowed
            with pytest.raises(expected):
                run(move, check, cast.people[name])
            after = (AuditEntry.objects.count(), Notification.objects.count(), Submission.objects.count())
            assert after == (entries, notices, submissions), (move, state, name)
            assert SelfCheck.objects.get(pk=check.pk).state == state


def _allowed(move: str, state: str, check: SelfCheck, actor: User, entries: int) -> None:
    run(move, check, actor)
    expected = EXPECTED_TARGETS.get(move)
    if move == "take-back":
        expected = "filling"
    elif expected is None:
        expected = "filling" if state == S.NOT_STARTED else state
    assert SelfCheck.objects.get(pk=check.pk).state == expected, (move, state)
    own = AuditEntry.objects.filter(seq__gt=entries, subject_type="inspections.selfcheck")
    assert [entry.action for entry in own] == [f"inspections.check.{move.replace('-', '_')}"], (move, state)
    # The first item is put back to what the next turn begins with.
    answer = row_of(check, sheet_of(check).rules[0].asked[0].item.code)
    answer.value, answer.problem_text = "meets", ""
    answer.save()
    answer.evidence.all().delete()


@pytest.mark.parametrize(
    ("move", "state", "who", "kind", "told"),
    [
        ("send-to-head", "filling", "clerk_a3", "check.sent", {"manager_a3"}),
        ("take-back", "confirming", "clerk_a3", "check.taken_back", {"manager_a3"}),
        ("confirm", "confirming", "manager_a3", "check.submitted", {"clerk_a3", "manager_a3"}),
        ("confirm", "confirming", "manager_a3", "check.to_review", {"task_force"}),
        ("submit-scan", "filling", "clerk_a3", "check.to_review", {"task_force"}),
        ("send-back", "submitted", "task_force", "check.sent_back", {"clerk_a3", "manager_a3"}),
        ("accept", "submitted", "task_force", "check.accepted", {"clerk_a3", "manager_a3"}),
    ],
)
def test_who_is_told(
    cast: Cast, check: SelfCheck, move: str, state: str, who: str, kind: str, told: set[str]
) -> None:
    fill(check, cast.clerk_a3)
    run(move, put(check, state), cast.people[who])
    notices = Notification.objects.filter(kind=kind, subject_id=str(check.pk))
    assert {notice.recipient.username for notice in notices} == told
    assert {notice.url for notice in notices} == {f"/checks/{check.no}/"}


@pytest.mark.parametrize("move", ["send-to-head", "confirm", "submit-scan", "accept", "send-back"])
def test_a_stale_page_moves_nothing(cast: Cast, check: SelfCheck, move: str) -> None:
    fill(check, cast.clerk_a3)
    put(check, S.SUBMITTED if move in WHO["reviewer"] else S.FILLING)
    actor = cast.task_force if move in WHO["reviewer"] else cast.manager_a3
    with pytest.raises(StaleRow):
        run(move, check, actor, version=1)


def test_open_moves_are_those_of_the_table(cast: Cast, check: SelfCheck) -> None:
    moves = self_check.MACHINE.open_moves(check, cast.manager_a3)
    assert set(moves) == {key for key, source in EXPECTED_SOURCES.items() if "not_started" in source} - {
        "key-in",
        "stop-keying",
        "submit-keyed",
    }
    assert self_check.MACHINE.open_moves(check, cast.clerk_a1) == []


# --- Confirmation (P3, P15) -------------------------------------------------------------


def test_nothing_is_sent_while_something_is_missing(cast: Cast, check: SelfCheck) -> None:
    for act, actor in ((self_check.send_to_head, cast.clerk_a3), (self_check.confirm, cast.manager_a3)):
        with pytest.raises(Refused, match=r"还有\d+处没有填完：请选择13-1的自查结论"):
            act(check_id=check.pk, actor=actor)
    assert SelfCheck.objects.get(pk=check.pk).state == S.NOT_STARTED


def test_the_head_sends_and_confirms_in_one_go(cast: Cast, check: SelfCheck) -> None:
    fill(check, cast.clerk_a3)
    done = self_check.confirm(check_id=check.pk, actor=cast.manager_a3)
    assert (done.state, done.confirmed_name, done.confirmed_by) == (S.SUBMITTED, "钱进", cast.manager_a3)
    assert (done.confirmation, done.scan, done.submission_count) == ("online", None, 1)


def test_the_sealed_scan_is_the_one_confirmation(cast: Cast, check: SelfCheck) -> None:
    """The administrator uploads it; it names whoever heads the unit that day, not who headed it before."""
    Headship.objects.filter(organisation=cast.a3).update(to_on=clock.today() - timedelta(days=1))
    Headship.objects.create(organisation=cast.a3, name="孙丽", post="负责人", from_on=clock.today())
    fill(check, cast.clerk_a3)
    scan = picture(cast.clerk_a3, "盖章.jpg")
    done = self_check.submit_with_scan(check_id=check.pk, actor=cast.clerk_a3, scan=scan)
    assert (done.state, done.confirmation, done.confirmed_name, done.scan) == (
        S.SUBMITTED,
        "paper",
        "孙丽",
        scan,
    )
    assert AuditEntry.objects.get(action="inspections.check.submit_scan").after["scan"] == scan.sha256
    with pytest.raises(WrongState):
        self_check.confirm(check_id=check.pk, actor=cast.manager_a3)


def test_a_vacant_post_bars_the_paper_way(cast: Cast, check: SelfCheck) -> None:
    Headship.objects.filter(organisation=cast.a3).delete()
    fill(check, cast.clerk_a3)
    with pytest.raises(Refused, match="登记任职"):
        self_check.submit_with_scan(check_id=check.pk, actor=cast.clerk_a3, scan=picture(cast.clerk_a3))


def test_without_a_heads_account_there_is_the_paper_way(cast: Cast, check: SelfCheck) -> None:
    User.objects.filter(pk=cast.manager_a3.pk).update(is_active=False)
    fill(check, cast.clerk_a3)
    with pytest.raises(Refused, match="打印盖章后上传"):
        self_check.send_to_head(check_id=check.pk, actor=cast.clerk_a3)


def test_what_is_being_confirmed_cannot_be_changed_until_it_is_taken_back(
    cast: Cast, check: SelfCheck
) -> None:
    fill(check, cast.clerk_a3)
    sent = self_check.send_to_head(check_id=check.pk, actor=cast.clerk_a3)
    assert sent.sent_by == cast.clerk_a3
    with pytest.raises(WrongState):
        run("save", check, cast.clerk_a3)
    assert self_check.take_back(check_id=check.pk, actor=cast.manager_a3).state == S.FILLING
    run("save", check, cast.clerk_a3)


def test_the_filers_head_confirms_for_the_unit_it_files_for(cast: Cast, term: Term) -> None:
    point = Organisation.objects.create(kind="school", code="3152000009", name="河湾教学点", filer=cast.a1)
    School.objects.create(organisation=point, school_type="teaching_point", grades=[1, 2])
    publish(cast, term)
    check = fill(check_of(point), cast.clerk_a1)
    assert self_check.send_to_head(check_id=check.pk, actor=cast.clerk_a1).state == S.CONFIRMING
    assert self_check.confirm(check_id=check.pk, actor=cast.head_a1).confirmed_name == "黄勇"


# --- Submission and its problems --------------------------------------------------------


def submit(check: SelfCheck, clerk: User, head: User, **answers: ItemAnswer) -> SelfCheck:
    fill(check, clerk, **answers)
    return self_check.confirm(check_id=check.pk, actor=head)


def test_what_was_submitted_is_frozen(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PLANNED)
    frozen = Submission.objects.get(self_check=check)
    assert (frozen.ordinal, frozen.submitted_by) == (1, cast.manager_a3)
    assert frozen.answers["R13-1"]["value"] == "meets"
    assert frozen.answers["R13-3"]["problem_text"] == "公示缺2天"
    assert frozen.answers["R13-3"]["fix_on"] == "2026-12-10"
    assert set(frozen.answers) == {line.item.code for rule in sheet_of(check).rules for line in rule.asked}


def test_what_is_kept_for_speed_is_proved_and_a_difference_is_named(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PLANNED)
    said = StringIO()
    call_command("verify_aggregates", stdout=said)
    assert "一致" in said.getvalue()
    kept = Submission.objects.get(self_check=check)
    Submission.objects.filter(pk=kept.pk).update(values={**kept.values, "R13-3": "meets"})
    SelfCheck.objects.filter(pk=check.pk).update(submission_count=2)
    with pytest.raises(CommandError, match="2处"):
        call_command("verify_aggregates", stdout=said)
    assert f"提交的各条结论：{check.no}第1次提交" in said.getvalue()
    assert f"自查的提交次数：{check.no}存的是2，原始记录是1" in said.getvalue()


def test_nothing_found_makes_no_problem(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3)
    assert not Problem.objects.exists()


def test_a_planned_ordinary_problem_takes_the_light_track(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PLANNED)
    problem = Problem.objects.get()
    task = RectificationTask.objects.get()
    assert problem.light_track and problem.severity == "ordinary" and problem.origin == "self_check"
    assert problem.source_answer == row_of(check, "R13-3") and problem.found_by == cast.clerk_a3
    assert (task.state, task.due_on, task.measures.get().person) == ("rectifying", NEXT_MONTH, "罗主任")
    assert AuditEntry.objects.get(action="inspections.check.confirm").after["problems"] == [problem.no]


def test_without_measure_or_beyond_thirty_days_a_plan_is_owed(cast: Cast, check: SelfCheck) -> None:
    late = ItemAnswer(
        value="fails", problem_text="合同未换", measure_text="换签", person="钱进", fix_on=date(2026, 12, 30)
    )
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PARTLY, R15_3=late)
    assert [task.state for task in RectificationTask.objects.all()] == ["planning", "planning"]
    assert not Problem.objects.filter(light_track=True).exists()


def test_a_problem_without_a_date_is_due_in_thirty_days(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=ItemAnswer(value="partly", problem_text="缺2份"))
    assert RectificationTask.objects.get().due_on == clock.today() + timedelta(days=30)


def test_a_breach_of_a_prohibition_never_takes_the_light_track(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R17_3=PLANNED)
    problem = Problem.objects.get()
    assert problem.prohibition == row_of(check, "R17-3").item.gravest_prohibition()
    assert problem.severity == problem.prohibition.severity and not problem.light_track
    assert RectificationTask.objects.get().state == "planning"


def test_an_open_problem_of_the_same_item_is_not_doubled(cast: Cast, term: Term, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PLANNED)
    publish(cast, term, title="补查")
    again = check_of(cast.a3)
    fill(again, cast.clerk_a3, R13_3=PARTLY)
    line = next(line for line in sheet_of(again).rules[0].items if line.item.code == "R13-3")
    assert line.open_problem == Problem.objects.get().no
    self_check.confirm(check_id=again.pk, actor=cast.manager_a3)
    assert Problem.objects.count() == 1


def test_submission_is_all_or_nothing(cast: Cast, check: SelfCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(check, cast.clerk_a3, R13_3=PLANNED, R15_3=PARTLY)
    calls = []
    real = self_check.problems.register

    def broken(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return real(**arguments)

    monkeypatch.setattr(self_check.problems, "register", broken)
    with pytest.raises(RuntimeError):
        self_check.confirm(check_id=check.pk, actor=cast.manager_a3)
    assert not Problem.objects.exists() and not Submission.objects.exists()
    assert SelfCheck.objects.get(pk=check.pk).state == S.FILLING


def test_a_figure_beyond_its_limit_becomes_the_problems_limit(cast: Cast, school_check: SelfCheck) -> None:
    over = ItemAnswer(
        value="partly",
        problem_text="三年级偏多",
        figures={("书面家庭作业", 3): "66", ("书面家庭作业", 4): "52"},
    )
    submit(school_check, cast.clerk_a1, cast.head_a1, R04_2=over)
    problem = Problem.objects.get()
    assert problem.limit is not None and problem.limit.value == "60"
    figures = Submission.objects.get().answers["R04-2"]["figures"]
    assert figures[0]["words"] == "三年级66分钟/天，超出6分钟（不超过60分钟/天）"


# --- Return and resubmission ------------------------------------------------------------


@pytest.fixture
def returned(cast: Cast, check: SelfCheck) -> SelfCheck:
    """Submitted with one problem, returned for rule 13."""
    submit(check, cast.clerk_a3, cast.manager_a3, R13_3=PLANNED, R15_3=PARTLY)
    return self_check.send_back(check_id=check.pk, actor=cast.task_force, notes={13: " 请写明缺哪2天 "})


def test_only_named_rules_open_again(cast: Cast, returned: SelfCheck) -> None:
    sheet = sheet_of(returned)
    assert [rule.rule.number for rule in sheet.rules if rule.is_open] == [13]
    assert sheet.notes[0].note is not None and sheet.notes[0].note.words == "请写明缺哪2天"
    meets = {"R15-3": ItemAnswer(value="meets")}
    with pytest.raises(WrongState, match="第15条没有退回"):
        self_check.save_rule(
            check_id=returned.pk, rule_number=15, actor=cast.clerk_a3, version=None, answers=meets
        )
    with pytest.raises(WrongState):
        self_check.attach_evidence(
            check_id=returned.pk, item_code="R15-3", actor=cast.clerk_a3, files=[picture(cast.clerk_a3)]
        )


def test_a_return_needs_words_and_a_rule_of_the_check(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3)
    for notes, words in (({}, "退回意见"), ({13: "  "}, "退回意见"), ({4: "看看"}, "没有第4条")):
        with pytest.raises(Refused, match=words):
            self_check.send_back(check_id=check.pk, actor=cast.task_force, notes=notes)
    with pytest.raises(Refused, match="最多300字，现在是301字"):
        self_check.send_back(check_id=check.pk, actor=cast.task_force, notes={13: "长" * 301})
    assert SelfCheck.objects.get(pk=check.pk).state == S.SUBMITTED and not ReturnNote.objects.exists()


def test_a_returned_check_has_five_working_days_at_least(cast: Cast, check: SelfCheck) -> None:
    SelfCheck.objects.filter(pk=check.pk).update(due_on=clock.today())
    submit(check, cast.clerk_a3, cast.manager_a3)
    back = self_check.send_back(check_id=check.pk, actor=cast.task_force, notes={13: "请补充"})
    assert back.due_on == date(2026, 11, 23)
    entry = AuditEntry.objects.get(action="inspections.check.send_back")
    assert (entry.before["due_on"], entry.after["due_on"]) == ("2026-11-16", "2026-11-23")
    assert entry.after["rules"] == [13]


@pytest.mark.calendar
def test_a_returned_check_of_a_school_waits_for_the_end_of_a_break(
    cast: Cast, term: Term, school_check: SelfCheck
) -> None:
    days = {"first_on": date(2026, 11, 23), "last_on": date(2026, 11, 24)}
    TermPeriod.objects.create(term=term, kind="closure", reason="流感停课", **days)
    SelfCheck.objects.filter(pk=school_check.pk).update(due_on=clock.today())
    submit(school_check, cast.clerk_a1, cast.head_a1)
    back = self_check.send_back(check_id=school_check.pk, actor=cast.task_force, notes={4: "请补充"})
    assert back.due_on == date(2026, 11, 25)


def test_resubmission_keeps_both_versions_and_adds_only_what_is_new(cast: Cast, returned: SelfCheck) -> None:
    """The problems of the first submission stay; closed ones don't come back with an unchanged answer."""
    RectificationTask.objects.filter(problem__item__code="R15-3").update(
        state="closed", closed_at=clock.now(), closed_by=cast.manager_a3, close_no="销1"
    )
    self_check.save_rule(
        check_id=returned.pk,
        rule_number=13,
        actor=cast.clerk_a3,
        version=None,
        answers={
            "R13-3": ItemAnswer(value="partly", problem_text="10月8日、9日缺公示"),
            "R13-4": ItemAnswer(value="partly", problem_text="1张海报夸大"),
        },
    )
    again = self_check.send_to_head(check_id=returned.pk, actor=cast.clerk_a3)
    again = self_check.confirm(check_id=again.pk, actor=cast.manager_a3)
    assert (again.state, again.submission_count) == (S.SUBMITTED, 2)
    first, second = Submission.objects.order_by("ordinal")
    assert first.answers["R13-3"]["problem_text"] == "公示缺2天"
    assert second.answers["R13-3"]["problem_text"] == "10月8日、9日缺公示"
    assert sorted(Problem.objects.values_list("item__code", flat=True)) == ["R13-3", "R13-4", "R15-3"]
    assert sheet_of(again).notes == []


def test_a_new_limit_alone_changes_no_answer(cast: Cast, school_check: SelfCheck) -> None:
    """A fault whose problem was closed isn't raised again because its figures are judged otherwise today."""
    over = ItemAnswer(value="partly", problem_text="三年级偏多", figures={("书面家庭作业", 3): "66"})
    submit(school_check, cast.clerk_a1, cast.head_a1, R04_2=over)
    RectificationTask.objects.update(
        state="closed", closed_at=clock.now(), closed_by=cast.head_a1, close_no="销1"
    )
    self_check.send_back(check_id=school_check.pk, actor=cast.task_force, notes={5: "请补充"})
    Limit.objects.filter(indicator__item__code="R04-2", value="60").update(value="50")
    check_items.forget()
    again = self_check.confirm(check_id=school_check.pk, actor=cast.head_a1)
    review = review_of(again)
    assert review is not None and [rule for rule in review.rules if rule.is_changed] == []
    assert Problem.objects.count() == 1


def test_a_returned_check_taken_back_from_the_head_is_returned_still(cast: Cast, returned: SelfCheck) -> None:
    self_check.send_to_head(check_id=returned.pk, actor=cast.clerk_a3)
    back = self_check.take_back(check_id=returned.pk, actor=cast.clerk_a3)
    assert back.state == S.RETURNED
    assert [rule.rule.number for rule in sheet_of(back).rules if rule.is_open] == [13]


def test_a_second_return_opens_other_rules(cast: Cast, returned: SelfCheck) -> None:
    self_check.confirm(check_id=returned.pk, actor=cast.manager_a3)
    back = self_check.send_back(check_id=returned.pk, actor=cast.task_force, notes={16: "请附广告截图"})
    assert [rule.rule.number for rule in sheet_of(back).rules if rule.is_open] == [16]


def test_acceptance_ends_it(cast: Cast, check: SelfCheck) -> None:
    submit(check, cast.clerk_a3, cast.manager_a3)
    done = self_check.accept(check_id=check.pk, actor=cast.task_force)
    assert (done.state, done.accepted_by) == (S.ACCEPTED, cast.task_force)
    for move in EXPECTED_SOURCES:
        with pytest.raises(WrongState):
            run(move, check, cast.manager_a3)


def test_a_round_can_be_ended_then(cast: Cast, term: Term) -> None:
    round_ = publish(cast, term, unit_kinds=["institution"])
    check = check_of(cast.a3)
    submit(check, cast.clerk_a3, cast.manager_a3)
    self_check.accept(check_id=check.pk, actor=cast.task_force)
    assert rounds.close(round_id=round_.pk, actor=cast.task_force).state == "closed"
