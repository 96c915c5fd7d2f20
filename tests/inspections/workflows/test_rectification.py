"""The machine of putting a problem right: who may move it where, what each move demands, leaves and tells."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from inspections.models import Decision, Evidence, Problem, RectificationTask, Visit, VisitMember
from inspections.workflows import extensions, parking, rectification, superior, transfers
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Rulebook
from tests.cast import Cast, person
from tests.inspections.cases import (
    authorise,
    case_at_a1,
    fresh,
    later,
    major,
    needs,
    red_line,
    stored_pdf,
)
from tests.parallel import at_once

STATES = RectificationTask.State.values
pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.closeout]


# --- Every state × move × person -------------------------------------------------------------
# Stated by hand, by who is who: the table of the product is not read here. What is not named is refused.
UNIT = {"clerk_a1", "head_a1"}
REVIEWERS = {"task_force", "supervision", "inspector_a"}
UNITS_TURN = ("planning", "plan_review", "rectifying")  # its date may be moved
Expected = dict[tuple[str, str], set[str]]

OPEN = (*UNITS_TURN, "verifying", "verified", "parked", "transferred", "superior")
OFFICE = {"task_force", "supervision"}
RECEIVERS = OFFICE | {"partner"}  # the department by its own account, or the office from its paper

# Where a case leaves its straight way: whoever has found, planned or proven it apart, the same for all.
DETOURS: Expected = {
    **{(state, "withdraw"): {"leader"} for state in OPEN},
    **{(state, "transfer"): OFFICE for state in UNITS_TURN},
    ("parked", "keep-parked"): {"task_force"},
    ("parked", "resume"): {"task_force"},
    ("transferred", "accept-transfer"): RECEIVERS,
    ("transferred", "contest-transfer"): RECEIVERS,
    ("transferred", "take-back"): OFFICE,
    ("superior", "superior-agreed"): {"task_force"},
    ("superior", "superior-refused"): {"task_force"},
}
BY_THE_COUNTY: Expected = {
    **DETOURS,
    **{(state, "park"): {"task_force"} for state in UNITS_TURN},
    ("planning", "acknowledge"): UNIT,
    ("planning", "plan"): UNIT,
    **{(state, "ask-extension"): UNIT for state in UNITS_TURN},
    **{(state, "extend"): {"task_force", "leader"} for state in UNITS_TURN},
    ("plan_review", "approve-plan"): REVIEWERS,
    ("plan_review", "return-plan"): REVIEWERS,
    ("rectifying", "add-evidence"): UNIT,
    ("rectifying", "measure-done"): UNIT,
    ("rectifying", "apply"): UNIT,
    ("verifying", "verify"): REVIEWERS,
    ("verifying", "send-back"): REVIEWERS,
    ("verified", "send-back"): {"task_force"},
    ("verified", "close"): {"task_force"},
}


def but(changed: Expected, never: tuple[str, ...] = ()) -> Expected:
    """The county's table with some cells said anew, and without some moves."""
    return {cell: who for cell, who in (BY_THE_COUNTY | changed).items() if cell[1] not in never}


LIGHT: Expected = {
    ("rectifying", "ask-extension"): UNIT,
    ("rectifying", "extend"): {"task_force", "leader"},
    ("rectifying", "add-evidence"): UNIT,
    ("rectifying", "measure-done"): UNIT,
    ("rectifying", "close-light"): {"head_a1"},
    ("rectifying", "withdraw"): {"leader"},
    ("rectifying", "transfer"): OFFICE,
    ("rectifying", "park"): {"task_force"},
}
MISSED_LIGHT: Expected = {  # a light track that missed its date is a case like any other (P8)
    ("rectifying", "add-evidence"): UNIT,
    ("rectifying", "measure-done"): UNIT,
    ("rectifying", "apply"): UNIT,
    ("rectifying", "withdraw"): {"leader"},
    ("rectifying", "transfer"): OFFICE,
    ("rectifying", "park"): {"task_force"},
}
SCENARIOS: dict[str, tuple[Callable[[], dict[str, Any]], list[str], Expected]] = {
    "found by a county check": (dict, STATES, BY_THE_COUNTY),
    "complaint": (lambda: {"origin": "complaint"}, STATES, BY_THE_COUNTY),
    "media": (lambda: {"origin": "media"}, STATES, BY_THE_COUNTY),
    "regular supervision without authority": (
        lambda: {"origin": "regular_supervision"},
        STATES,
        BY_THE_COUNTY,
    ),
    # A unit does not sign for what it found itself.
    "heavy self-check": (lambda: {"origin": "self_check"}, STATES, but({}, never=("acknowledge",))),
    "government supervision": (
        lambda: {"origin": "government_supervision"},
        STATES,
        but({("verified", "close"): {"supervision"}, ("verified", "send-back"): {"supervision"}}),
    ),
    # 督导室 found it: finder, verifier and closer of a red line are three people, the leader alone closes.
    "red line": (
        lambda: {"prohibition": red_line(), "code": "R07-1"},
        STATES,
        but(
            {
                ("verifying", "verify"): {"task_force", "inspector_a"},
                ("verifying", "send-back"): {"task_force", "inspector_a"},
                ("verified", "close"): {"leader"},
                ("verified", "send-back"): {"leader"},
            },
            # a red line is not extended, and what is forbidden is not parked
            never=("ask-extension", "extend", "park", "keep-parked", "resume"),
        ),
    ),
    "严禁 that is no red line": (
        lambda: {"prohibition": major("严禁")},
        STATES,
        but(
            {
                ("verifying", "verify"): {"task_force", "inspector_a"},
                ("verifying", "send-back"): {"task_force", "inspector_a"},
            },
            never=("park", "keep-parked", "resume"),
        ),
    ),
    "不得": (
        lambda: {"prohibition": major("不得")},
        STATES,
        but({}, never=("park", "keep-parked", "resume")),
    ),
    # What an office above handed down is closed only after it agreed; until then nobody here closes it.
    "from above": (
        lambda: {"origin": "superior"},
        STATES,
        {
            cell: who
            for cell, who in (BY_THE_COUNTY | {("verified", "ask-superior"): {"task_force"}}).items()
            if cell not in {("verified", "close"), ("verified", "send-back")}
        },
    ),
    "light": (lambda: {"origin": "self_check", "light": True}, ["rectifying", "closed"], LIGHT),
    "light, date missed": (
        lambda: {"origin": "self_check", "light": True, "due_in": -1},
        ["rectifying"],
        MISSED_LIGHT,
    ),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_who_may_move_it_where(cast: Cast, scenario: str) -> None:
    build, states, expected = SCENARIOS[scenario]
    found: Expected = {}
    for state in states:
        task = fresh(case_at_a1(cast, state, **build()))
        for name, user in cast.people.items():
            for move in rectification.MACHINE.open_moves(task, user):
                found.setdefault((state, move), set()).add(name)
    assert found == expected


def test_an_authorised_inspector_verifies_and_closes_in_his_own_area_alone(cast: Cast) -> None:
    for inspector in (cast.inspector_a, cast.inspector_b):
        authorise(inspector, cast.area_a)
    authorise(cast.inspector_b, cast.area_b)
    allowed = {
        (state, name)
        for state in STATES
        for task in [fresh(case_at_a1(cast, state, origin="regular_supervision"))]
        for name, user in cast.people.items()
        if "verify-and-close" in rectification.MACHINE.open_moves(task, user)
    }
    assert allowed == {("verifying", "inspector_a")}


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "county_inspection"},
        {"origin": "government_supervision"},
        {"origin": "regular_supervision", "prohibition": "不得"},
        {"origin": "regular_supervision", "prohibition": "red"},
        {"origin": "regular_supervision", "unit": "b1"},
    ],
)
def test_authority_covers_ordinary_problems_of_regular_supervision_only(
    cast: Cast, changed: dict[str, Any]
) -> None:
    authorise(cast.inspector_a, cast.area_a)
    said = dict(changed)
    if "prohibition" in said:
        said["prohibition"] = red_line() if said["prohibition"] == "red" else major(said["prohibition"])
    if "unit" in said:
        said |= {"unit": cast.units[said["unit"]], "planned_by": cast.clerk_b1}
    task = fresh(case_at_a1(cast, "verifying", **said))
    assert "verify-and-close" not in rectification.MACHINE.open_moves(task, cast.inspector_a)


def test_authority_ends_with_its_date(cast: Cast) -> None:
    authorise(cast.inspector_a, cast.area_a, days=-1)
    task = fresh(case_at_a1(cast, "verifying", origin="regular_supervision"))
    assert "verify-and-close" not in rectification.MACHINE.open_moves(task, cast.inspector_a)


def test_a_named_inspector_judges_while_the_visit_is_under_way(cast: Cast, policy: Rulebook) -> None:
    task = fresh(case_at_a1(cast, "verifying"))
    visit = Visit.objects.create(
        no="2026-V0001",
        organisation=cast.a1,
        rulebook=policy,
        planned_on=clock.today(),
        created_by=cast.supervision,
    )
    for who in (cast.team_inspector, cast.inspector_b):
        VisitMember.objects.create(visit=visit, user=who)
        for state, may in (("planned", False), ("ongoing", True), ("summing_up", True), ("confirmed", False)):
            Visit.objects.filter(pk=visit.pk).update(
                state=state,
                inspector_confirmed_by=cast.team_inspector,
                confirmed_at=clock.now(),
                unit_person="黄勇",
            )
            assert ("verify" in rectification.MACHINE.open_moves(task, who)) is may, (who, state)


# --- Nobody judges his own work -----------------------------------------------------------------


def two_hats(cast: Cast, *, ended_days_ago: int | None) -> User:
    """An inspector of area A who heads, or headed, school A1."""
    user = person("both", "双岗", Role.AREA_INSPECTOR, cast.area_a)
    Membership.objects.create(
        user=user,
        organisation=cast.a1,
        role=Role.HEAD,
        from_on=date(2020, 1, 1),
        to_on=None if ended_days_ago is None else clock.today() - timedelta(days=ended_days_ago),
    )
    return user


@pytest.mark.parametrize(("ended", "may"), [(None, False), (300, False), (400, True)])
def test_who_belonged_to_the_unit_in_the_last_year_does_not_judge_it(
    cast: Cast, ended: int | None, may: bool
) -> None:
    user = two_hats(cast, ended_days_ago=ended)
    for state, move in (("plan_review", "approve-plan"), ("verifying", "verify")):
        task = fresh(case_at_a1(cast, state))
        assert (move in rectification.MACHINE.open_moves(task, user)) is may, move


@pytest.mark.parametrize("did", ["planned_by", "applied_by", "evidence"])
def test_who_planned_applied_or_proved_does_not_judge(cast: Cast, did: str) -> None:
    task = case_at_a1(cast, "verifying")
    if did == "evidence":
        Evidence.objects.create(task=task, note="代传", added_by=cast.inspector_a, added_at=clock.now())
    else:
        RectificationTask.objects.filter(pk=task.pk).update(**{did: cast.inspector_a})
    assert rectification.MACHINE.open_moves(fresh(task), cast.inspector_a) == []


def test_who_verified_does_not_close(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "verified", verified_by=cast.task_force))
    assert rectification.MACHINE.open_moves(task, cast.task_force) == []
    other = person("task_force_2", "叶青", Role.TASK_FORCE, cast.county)
    assert "close" in rectification.MACHINE.open_moves(task, other)


def test_the_finder_of_a_red_line_does_not_close_it_even_as_leader(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "verified", prohibition=red_line(), found_by=cast.leader))
    assert rectification.MACHINE.open_moves(task, cast.leader) == []


# --- The moves themselves, through their functions -------------------------------------------------


def undone_measure(task: RectificationTask) -> int:
    """The plan's first measure, not done yet; 0 where there is no plan."""
    task.measures.update(done_on=None)
    return next((row.pk for row in task.measures.all()), 0)


RUN: dict[str, Callable[[RectificationTask, User], RectificationTask]] = {
    "plan": lambda task, actor: rectification.submit_plan(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        measures=[PlannedMeasure(text="统筹作业", person="李静", due_on=later(7))],
    ),
    "approve-plan": lambda task, actor: rectification.approve_plan(
        task_id=task.pk, actor=actor, version=task.version, words="同意"
    ),
    "return-plan": lambda task, actor: rectification.return_plan(
        task_id=task.pk, actor=actor, version=task.version, words="请写明谁来抽查"
    ),
    "add-evidence": lambda task, actor: rectification.add_evidence(
        task_id=task.pk, actor=actor, version=task.version, note="公示栏已更换"
    ),
    "measure-done": lambda task, actor: rectification.finish_measure(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        measure_id=undone_measure(task),
        note="每周统计一次",
    ),
    "close-light": lambda task, actor: rectification.close_light(
        task_id=task.pk, actor=actor, version=task.version, words="已改正"
    ),
    "apply": lambda task, actor: rectification.apply(
        task_id=task.pk, actor=actor, version=task.version, statement="日均降到55分钟"
    ),
    "verify": lambda task, actor: rectification.verify(
        task_id=task.pk, actor=actor, version=task.version, method="on_site", words="属实"
    ),
    "verify-and-close": lambda task, actor: rectification.verify_and_close(
        task_id=task.pk, actor=actor, version=task.version, method="on_site", words="属实"
    ),
    "send-back": lambda task, actor: rectification.send_back(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        missing="家长抽查记录",
        missing_by=later(5),
    ),
    "close": lambda task, actor: rectification.close(
        task_id=task.pk, actor=actor, version=task.version, words="同意"
    ),
    "ask-extension": lambda task, actor: extensions.ask(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        to_on=later(30),
        ground="funds",
        words="采购还在公示",
        sealed_page=stored_pdf("延期申请.pdf"),
    ),
    "extend": lambda task, actor: extensions.extend(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        to_on=later(30),
        ground="vacation",
        words="寒假停课",
    ),
    "acknowledge": lambda task, actor: rectification.acknowledge(
        task_id=task.pk, actor=actor, version=task.version
    ),
    "withdraw": lambda task, actor: rectification.withdraw(
        task_id=task.pk, actor=actor, version=task.version, words="把社团活动误记为上课"
    ),
    "park": lambda task, actor: parking.park(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        words="教室不足，等新校舍",
        review_on=later(60),
    ),
    "keep-parked": lambda task, actor: parking.keep(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        words="校舍仍在建",
        review_on=later(90),
    ),
    "resume": lambda task, actor: parking.resume(
        task_id=task.pk, actor=actor, version=task.version, words="校舍已启用", due_on=later(30)
    ),
    "transfer": lambda task, actor: transfers.send(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        department=Organisation.objects.get(name="县市场监督管理局"),
        letter_no="云教函〔2026〕12号",
        words="无照经营由市场监管部门查处",
        report_by=later(15),
    ),
    "accept-transfer": lambda task, actor: transfers.accept(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        receipt_no="云市监函〔2026〕3号",
        receipt=stored_pdf("回执.pdf"),
    ),
    "contest-transfer": lambda task, actor: transfers.contest(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        words="不属本局职责",
        receipt_no="云市监函〔2026〕3号",
        receipt=stored_pdf("回执.pdf"),
    ),
    "take-back": lambda task, actor: transfers.take_back(
        task_id=task.pk, actor=actor, version=task.version, words="由学校继续整改", due_on=later(20)
    ),
    "superior-agreed": lambda task, actor: superior.agreed(
        task_id=task.pk, actor=actor, version=task.version, document_no="市教督函〔2026〕2号"
    ),
    "superior-refused": lambda task, actor: superior.refused(
        task_id=task.pk,
        actor=actor,
        version=task.version,
        document_no="市教督函〔2026〕2号",
        missing="退费凭证",
        missing_by=later(10),
    ),
}
TARGETS = {
    "plan": "plan_review",
    "approve-plan": "rectifying",
    "return-plan": "planning",
    "add-evidence": "rectifying",
    "measure-done": "rectifying",
    "close-light": "closed",
    "apply": "verifying",
    "verify": "verified",
    "verify-and-close": "closed",
    "send-back": "rectifying",
    "close": "closed",
    "withdraw": "withdrawn",
    "park": "parked",
    "resume": "rectifying",
    "transfer": "transferred",
    "take-back": "rectifying",
    "superior-agreed": "verified",
    "superior-refused": "rectifying",
}


def tried(run: Callable[[], RectificationTask]) -> str:
    """The state that a move led to, or the kind of refusal; undone either way. One audit entry or none."""
    before = AuditEntry.objects.count()
    with transaction.atomic():
        try:
            with transaction.atomic():
                outcome = str(fresh(run()).state)
            assert AuditEntry.objects.count() == before + 1
        except (NotAllowed, WrongState) as refused:
            outcome = type(refused).__name__
            assert AuditEntry.objects.count() == before
        transaction.set_rollback(True)
    return outcome


@pytest.mark.parametrize("state", STATES)
def test_every_move_by_everybody_does_what_the_table_says_and_nothing_else(cast: Cast, state: str) -> None:
    task = fresh(case_at_a1(cast, state))
    sources = {move: {cell[0] for cell in BY_THE_COUNTY if cell[1] == move} for move in RUN}
    sources["close-light"], sources["verify-and-close"] = {"rectifying"}, {"verifying"}
    for move, run in RUN.items():
        for name, user in cast.people.items():
            if state not in sources[move]:
                expected = "WrongState"
            elif name in BY_THE_COUNTY.get((state, move), set()):
                expected = TARGETS.get(move, state)
            else:
                expected = "NotAllowed"
            assert tried(lambda run=run, user=user: run(task, user)) == expected, (move, name)  # type: ignore[misc]


# What each move leaves: the words of the trail, and who is told.
TOLD: dict[str, tuple[str, dict[str, Any], str, set[str]]] = {
    # move: (state before, what the case is, who moves it, who is told)
    "plan": ("planning", {}, "clerk_a1", {"task_force", "inspector_a"}),
    "approve-plan": ("plan_review", {}, "inspector_a", UNIT),
    "return-plan": ("plan_review", {}, "task_force", UNIT),
    "add-evidence": ("rectifying", {}, "clerk_a1", set()),
    "measure-done": ("rectifying", {}, "clerk_a1", set()),
    "apply": ("rectifying", {}, "head_a1", {"task_force", "inspector_a"}),
    "verify": ("verifying", {}, "inspector_a", {"task_force"}),
    "send-back": ("verifying", {}, "inspector_a", UNIT),
    "close": ("verified", {}, "task_force", UNIT),
    "close-light": ("rectifying", {"origin": "self_check", "light": True}, "head_a1", UNIT),
    "verify-and-close": ("verifying", {"origin": "regular_supervision"}, "inspector_a", UNIT),
    "ask-extension": ("rectifying", {}, "head_a1", {"task_force"}),
    "extend": ("planning", {}, "task_force", UNIT),
    "acknowledge": ("planning", {}, "clerk_a1", set()),
    "withdraw": ("verifying", {}, "leader", UNIT | {"task_force", "inspector_a", "supervision"}),
    "park": ("rectifying", {}, "task_force", UNIT),
    "keep-parked": ("parked", {}, "task_force", set()),
    "resume": ("parked", {}, "task_force", UNIT),
    "transfer": ("planning", {}, "task_force", UNIT | {"partner"}),
    "accept-transfer": ("transferred", {}, "partner", {"supervision"}),
    "contest-transfer": ("transferred", {}, "partner", {"supervision"}),
    "take-back": ("transferred", {}, "supervision", UNIT),
    "superior-agreed": ("superior", {"origin": "superior"}, "task_force", {"task_force"}),
    "superior-refused": ("superior", {"origin": "superior"}, "task_force", UNIT),
}


@pytest.mark.parametrize("move", TOLD)
def test_a_move_leaves_one_entry_with_the_states_and_tells_whom_it_concerns(cast: Cast, move: str) -> None:
    authorise(cast.inspector_a, cast.area_a)
    state, case, who, told = TOLD[move]
    task = fresh(case_at_a1(cast, state, **case))
    moved = fresh(RUN[move](task, cast.people[who]))
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert entry.action == f"inspections.task.{move.replace('-', '_')}"
    assert (entry.before["state"], entry.after["state"]) == (state, TARGETS.get(move, state))
    assert (entry.actor_id, entry.subject_no, entry.organisation_id) == (
        cast.people[who].pk,
        task.no,
        cast.a1.pk,
    )
    assert moved.version == task.version + 1
    names = {user.pk: name for name, user in cast.people.items()}
    assert {names[pk] for pk in Notification.objects.values_list("recipient_id", flat=True)} == told


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"prohibition": "red"}, {"leader"}),
        ({"origin": "government_supervision"}, {"supervision"}),
        ({"origin": "complaint"}, {"task_force"}),
    ],
)
def test_verification_tells_whoever_the_origin_lets_close(
    cast: Cast, case: dict[str, Any], told: set[str]
) -> None:
    said = {**case, "prohibition": red_line()} if "prohibition" in case else case
    RUN["verify"](fresh(case_at_a1(cast, "verifying", **said)), cast.inspector_a)
    names = {user.pk: name for name, user in cast.people.items()}
    assert {names[pk] for pk in Notification.objects.values_list("recipient_id", flat=True)} == told


# --- What the moves demand --------------------------------------------------------------------------


def refusal(run: Callable[[], Any]) -> str:
    """The sentence with which a move is refused; the task must stay as it was and nothing be written."""
    before = AuditEntry.objects.count()
    with pytest.raises(Refused) as refused, transaction.atomic():
        run()
    assert AuditEntry.objects.count() == before
    return str(refused.value)


def planned(*measures: tuple[str, str, int]) -> list[PlannedMeasure]:
    return [PlannedMeasure(text=text, person=who, due_on=later(days)) for text, who, days in measures]


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        ([], "请至少写明1条整改措施"),
        ([("措施", "李静", 5)] * 6, "整改措施最多5条，现在是6条"),
        ([("措施", "李静", 5), ("措施", " ", 5)], "请写明第2条措施的内容和责任人"),
        ([("措施", "李静", 21)], "第1条措施的完成时限要在整改期限（2026年12月6日）以内"),
        ([("措施", "李静", -1)], "第1条措施的完成时限不能早于今天"),
    ],
)
def test_a_plan_names_what_who_and_when_within_the_term(
    cast: Cast, measures: list[tuple[str, str, int]], sentence: str
) -> None:
    task = case_at_a1(cast, "planning")
    assert sentence == refusal(
        lambda: rectification.submit_plan(
            task_id=task.pk, actor=cast.clerk_a1, version=None, measures=planned(*measures)
        )
    )
    assert fresh(task).state == "planning"


def test_a_returned_plan_gets_days_of_its_own_and_the_next_one_the_next_version(cast: Cast) -> None:
    task = case_at_a1(cast, "plan_review")
    RectificationTask.objects.filter(pk=task.pk).update(plan_due_on=later(-3))
    returned = RUN["return-plan"](fresh(task), cast.task_force)
    assert returned.plan_due_on == date(2026, 11, 23)  # 5 working days on
    again = RUN["plan"](fresh(task), cast.clerk_a1)
    assert again.plan_version == 2
    assert [row.text for row in again.plan] == ["统筹作业"]
    assert again.plan_due_on == date(2026, 11, 19)  # 3 working days for the review


@pytest.mark.parametrize("words", ["", "  "])
def test_a_plan_is_returned_with_words(cast: Cast, words: str) -> None:
    task = case_at_a1(cast, "plan_review")
    assert (
        refusal(
            lambda: rectification.return_plan(
                task_id=task.pk, actor=cast.task_force, version=None, words=words
            )
        )
        == "请写明退回的意见"
    )


def test_a_close_out_without_its_proof_is_refused_and_the_gap_named(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", prohibition=red_line(), proven=False)
    assert [need.title for need in needs(task)] == ["整改前后对比", "落实记录", "停止违规的证明"]
    rectification.add_evidence(
        task_id=task.pk, actor=cast.clerk_a1, version=None, requirement=needs(task)[1], note="值日记录"
    )
    sentence = refusal(
        lambda: rectification.apply(task_id=task.pk, actor=cast.clerk_a1, version=None, statement="已改")
    )
    assert sentence == "还缺2项佐证：整改前后对比、停止违规的证明"
    assert fresh(task).state == "rectifying"


def test_proof_besides_the_required_ones_does_not_fill_the_gap(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", proven=False)
    rectification.add_evidence(task_id=task.pk, actor=cast.clerk_a1, version=None, note="说明")
    assert "整改前后对比" in refusal(
        lambda: rectification.apply(task_id=task.pk, actor=cast.clerk_a1, version=None, statement="已改")
    )


def test_evidence_is_files_or_words(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    assert refusal(
        lambda: rectification.add_evidence(task_id=task.pk, actor=cast.clerk_a1, version=None, note="  ")
    ).startswith("请选择文件")


def test_a_measure_is_done_once_and_only_of_the_plan_in_force(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    measure = task.measures.get()
    assert "一句话" in refusal(
        lambda: rectification.finish_measure(
            task_id=task.pk, actor=cast.clerk_a1, version=None, measure_id=undone_measure(task)
        )
    )
    RUN["measure-done"](fresh(task), cast.clerk_a1)
    measure.refresh_from_db()
    assert measure.done_on == clock.today()
    for pk in (measure.pk, case_at_a1(cast, "rectifying").measures.get().pk):
        assert "已经登记完成，或不在现行计划里" in refusal(
            lambda pk=pk: rectification.finish_measure(  # type: ignore[misc]
                task_id=task.pk, actor=cast.clerk_a1, version=None, measure_id=pk
            )
        )


def test_a_red_line_is_verified_on_site(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying", prohibition=red_line())
    arguments: dict[str, Any] = {"task_id": task.pk, "actor": cast.inspector_a, "version": None}
    assert (
        refusal(lambda: rectification.verify(**arguments, method="on_paper", words="材料齐全"))
        == "红线问题必须现场核查"
    )
    assert (
        refusal(lambda: rectification.verify(**arguments, method="phone", words="电话问过"))
        == "请选择现场核查或材料核查"
    )
    assert rectification.verify(**arguments, method="on_site", words="属实").state == "verified"


@pytest.mark.parametrize(
    ("missing", "days", "sentence"),
    [
        (" ", 5, "请写明还缺什么"),
        ("记录", None, "请写明何时补齐，日期要晚于今天"),
        ("记录", 0, "请写明何时补齐，日期要晚于今天"),
    ],
)
def test_sending_back_says_what_is_missing_and_by_when(
    cast: Cast, missing: str, days: int | None, sentence: str
) -> None:
    task = case_at_a1(cast, "verifying")
    assert sentence == refusal(
        lambda: rectification.send_back(
            task_id=task.pk,
            actor=cast.inspector_a,
            version=None,
            missing=missing,
            missing_by=None if days is None else later(days),
        )
    )


def test_sending_back_moves_a_nearer_date_and_keeps_the_old_one_in_the_trail(cast: Cast) -> None:
    task = case_at_a1(cast, "verified", due_in=2)
    RectificationTask.objects.filter(pk=task.pk).update(overdue_noted_on=clock.today())
    moved = RUN["send-back"](fresh(task), cast.task_force)
    assert (moved.due_on, moved.overdue_noted_on) == (later(5), None)
    assert (moved.applied_at, moved.verified_by) == (None, None)
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.before["due_on"], entry.after["due_on"]) == (str(later(2)), str(later(5)))
    kept = RUN["send-back"](fresh(case_at_a1(cast, "verifying")), cast.inspector_a)
    assert kept.due_on == later(20)


def test_the_light_track_is_closed_with_one_proof_or_one_sentence(cast: Cast) -> None:
    def light() -> RectificationTask:
        return case_at_a1(cast, "rectifying", origin="self_check", light=True)

    bare = light()
    assert refusal(
        lambda: rectification.close_light(task_id=bare.pk, actor=cast.head_a1, version=None, words=" ")
    ).startswith("请上传1项佐证")
    with_sentence = rectification.close_light(
        task_id=bare.pk, actor=cast.head_a1, version=None, words="早读已取消"
    )
    assert (with_sentence.state, with_sentence.close_no) == ("closed", f"销{bare.no}")
    proven = light()
    rectification.add_evidence(task_id=proven.pk, actor=cast.clerk_a1, version=None, note="作息表")
    closed = rectification.close_light(task_id=proven.pk, actor=cast.head_a1, version=None)
    assert closed.closed_by == cast.head_a1


def test_closing_gives_number_time_person_and_decision(cast: Cast) -> None:
    task = case_at_a1(cast, "verified")
    closed = RUN["close"](fresh(task), cast.task_force)
    assert (closed.close_no, closed.closed_by, closed.closed_at) == (
        f"销{task.no}",
        cast.task_force,
        clock.now(),
    )
    decision = Decision.objects.get(task=task)
    assert (decision.kind, decision.words, decision.decided_role) == ("closed", "同意", "task_force")


def test_verify_and_close_leaves_both_decisions_and_the_authority(cast: Cast) -> None:
    authority = authorise(cast.inspector_a, cast.area_a)
    task = case_at_a1(cast, "verifying", origin="regular_supervision")
    RUN["verify-and-close"](fresh(task), cast.inspector_a)
    assert list(Decision.objects.filter(task=task).values_list("kind", "method")) == [
        ("verified", "on_site"),
        ("closed", ""),
    ]
    assert AuditEntry.objects.order_by("-seq")[0].after["authority"] == authority.pk


def test_a_stale_version_is_refused_before_anything_else(cast: Cast) -> None:
    task = case_at_a1(cast, "verified")
    with pytest.raises(StaleRow):
        rectification.close(task_id=task.pk, actor=cast.task_force, version=task.version + 1)
    assert AuditEntry.objects.count() == 0


# --- The database agrees ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "closed"},
        {"closed_at": datetime(2026, 11, 16, tzinfo=UTC)},
        {"state": "verified", "verified_at": None, "verified_by": None},
    ],
)
def test_a_state_without_what_belongs_to_it_is_impossible(cast: Cast, broken: dict[str, Any]) -> None:
    task = case_at_a1(cast, "verifying")
    with pytest.raises(IntegrityError), transaction.atomic():
        RectificationTask.objects.filter(pk=task.pk).update(**broken)


def test_a_problem_has_one_open_task_and_no_ordinal_twice(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    for ordinal, state in ((2, "rectifying"), (1, "planning")):
        with pytest.raises(IntegrityError), transaction.atomic():
            RectificationTask.objects.create(
                problem=task.problem,
                ordinal=ordinal,
                state=state,
                due_on=later(5),
                created_at=clock.now(),
            )


def test_a_return_without_words_and_evidence_without_anything_are_impossible(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    by: dict[str, Any] = {"task": task, "decided_by": cast.inspector_a, "decided_at": clock.now()}
    for broken in ({"kind": "sent_back", "missing": "记录"}, {"kind": "plan_returned", "words": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(**by, **broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(task=task, note="", added_by=cast.clerk_a1, added_at=clock.now())


@pytest.mark.parametrize(
    "broken", [{"severity": "critical"}, {"light_track": True}, {"light_track": True, "origin": "complaint"}]
)
def test_a_severe_problem_names_its_prohibition_and_the_light_track_is_self_reported(
    cast: Cast, broken: dict[str, Any]
) -> None:
    task = case_at_a1(cast, "planning")
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(pk=task.problem_id).update(**broken)


# --- Two people, one problem ----------------------------------------------------------------------------


AT_ONCE = 20  # requests in flight: each has a connection to the database


def closers(cast: Cast) -> list[tuple[str, Client]]:
    second = person("task_force_2", "叶青", Role.TASK_FORCE, cast.county)
    pairs = []
    for user in (cast.task_force, second):
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        pairs.append((user.name, client))
    return pairs


def race(cast: Cast, people: list[tuple[str, Client]]) -> None:
    """Both press 同意销号 at once: one closes, the other gets the conflict's page with his own words."""
    task = case_at_a1(cast, "verified")
    url = f"/problems/{task.no}/close/"

    def press(name: str, client: Client) -> Callable[[], Any]:
        data = {"words": f"{name}的意见", "_key": uuid.uuid4().hex, "_version": str(task.version)}
        return lambda: client.post(url, data)

    answers = at_once(*(press(name, client) for name, client in people))
    codes = [getattr(answer, "status_code", answer) for answer in answers]
    assert sorted(codes) == [302, 409], codes
    winner, loser = codes.index(302), codes.index(409)
    page = answers[loser].content.decode()
    assert f"{people[loser][0]}的意见" in page  # what he wrote is kept
    assert people[winner][0] in page  # and he reads who was faster
    closed = fresh(task)
    assert (closed.state, closed.closed_by.name if closed.closed_by else "") == ("closed", people[winner][0])
    entries = AuditEntry.objects.filter(subject_no=task.no, action="inspections.task.close")
    assert entries.count() == 1
    assert Decision.objects.filter(task=task).count() == 1


@pytest.fixture
def told_once(cast: Cast) -> Iterator[None]:
    yield
    # Nobody was told twice of one close-out.
    keys = list(Notification.objects.filter(kind="task.closed").values_list("recipient_id", "subject_id"))
    assert len(keys) == len(set(keys))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("told_once")
def test_of_two_people_who_close_one_problem_at_once_one_wins(cast: Cast) -> None:
    people = closers(cast)
    for _ in range(20):
        race(cast, people)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("told_once")
def test_of_two_people_who_close_one_problem_at_once_one_wins_two_hundred_times(cast: Cast) -> None:
    people = closers(cast)
    for _ in range(200):
        race(cast, people)


def crowd(cast: Cast, people: list[tuple[str, Client]], presses: int) -> None:
    """Both press again and again on one case, ``AT_ONCE`` requests at a time: one closes it."""
    task = case_at_a1(cast, "verified")

    def press(number: int) -> int:
        name, client = people[number % len(people)]
        data = {"words": f"{name}第{number}次", "_key": uuid.uuid4().hex, "_version": str(task.version)}
        return int(client.post(f"/problems/{task.no}/close/", data).status_code)

    codes: list[Any] = []
    for start in range(0, presses, AT_ONCE):
        codes += at_once(*(partial(press, start + one) for one in range(min(AT_ONCE, presses - start))))
    assert sorted(codes) == [302] + [409] * (presses - 1)
    assert AuditEntry.objects.filter(subject_no=task.no, action="inspections.task.close").count() == 1
    assert Decision.objects.filter(task=task).count() == 1
    assert fresh(task).state == "closed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("told_once")
def test_many_close_outs_of_one_case_by_two_people_leave_one(cast: Cast) -> None:
    crowd(cast, closers(cast), presses=20)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("told_once")
def test_two_hundred_close_outs_of_one_case_by_two_people_leave_one(cast: Cast) -> None:
    crowd(cast, closers(cast), presses=200)


@pytest.mark.django_db(transaction=True)
def test_of_an_inspector_who_sends_back_and_one_who_verifies_at_once_one_wins(cast: Cast) -> None:
    second = person("inspector_a2", "邓兰", Role.AREA_INSPECTOR, cast.area_a)
    for _ in range(10):
        task = fresh(case_at_a1(cast, "verifying"))
        outcomes = at_once(
            lambda task=task: RUN["verify"](task, cast.inspector_a),  # type: ignore[misc]
            lambda task=task: RUN["send-back"](task, second),  # type: ignore[misc]
        )
        assert [isinstance(one, StaleRow) for one in outcomes].count(True) == 1, outcomes
        assert AuditEntry.objects.filter(subject_no=task.no).count() == 1
        assert Decision.objects.filter(task=task).count() == 1
