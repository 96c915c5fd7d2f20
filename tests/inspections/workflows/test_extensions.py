"""延期: who may ask for, grant, refuse or make a later date, how often, how far, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections import extension_limits
from inspections.models import Extension, Problem, RectificationTask
from inspections.workflows import deadlines, extensions, rectification
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import DomainError, NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import NOVEMBER, Cast, person
from tests.inspections.cases import case_at_a1, fresh, later, red_line, stored_pdf

STATES = RectificationTask.State.values
UNITS_TURN = ("planning", "plan_review", "rectifying")
UNIT = {"clerk_a1", "head_a1"}
pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def asked_for(
    cast: Cast, state: str = "rectifying", *, days: int = 30, before: int = 0, **case: Any
) -> RectificationTask:
    """A task with a request that waits, after ``before`` extensions that were granted."""
    task = case_at_a1(cast, state, **case)
    for _ in range(before):
        granted_before(task, cast.task_force)
    Extension.objects.create(
        task=task,
        from_on=task.due_on,
        to_on=later(days),
        ground="works",
        words="改造工程未验收",
        asked_by=cast.head_a1,
        asked_at=clock.now(),
    )
    return fresh(task)


def granted_before(task: RectificationTask, by: User) -> Extension:
    return Extension.objects.create(
        task=task,
        state="granted",
        from_on=task.due_on - timedelta(days=5),
        to_on=task.due_on,
        ground="funds",
        words="采购公示",
        asked_by=task.planned_by or by,
        asked_at=clock.now(),
        decided_by=by,
        decided_role="task_force",
        decided_at=clock.now(),
    )


def ask(task: RectificationTask, actor: User, **changed: Any) -> RectificationTask:
    said: dict[str, Any] = {"to_on": later(30), "ground": "funds", "words": "采购还在公示"} | changed
    return extensions.ask(task_id=task.pk, actor=actor, version=task.version, **said)


def extend(task: RectificationTask, actor: User, **changed: Any) -> RectificationTask:
    said: dict[str, Any] = {"to_on": later(30), "ground": "vacation", "words": "寒假停课"} | changed
    return extensions.extend(task_id=task.pk, actor=actor, version=task.version, **said)


def grant(task: RectificationTask, actor: User, words: str = "抓紧施工") -> RectificationTask:
    return extensions.grant(task_id=task.pk, actor=actor, version=task.version, words=words)


def refuse(task: RectificationTask, actor: User, words: str = "可以分段完成") -> RectificationTask:
    return extensions.refuse(task_id=task.pk, actor=actor, version=task.version, words=words)


def withdraw(task: RectificationTask, actor: User) -> RectificationTask:
    return extensions.withdraw(task_id=task.pk, actor=actor, version=task.version)


def refusal(run: Callable[[], Any]) -> str:
    """The sentence of the refusal; nothing is written."""
    before = AuditEntry.objects.count(), Extension.objects.count()
    with pytest.raises(Refused) as refused, transaction.atomic():
        run()
    assert (AuditEntry.objects.count(), Extension.objects.count()) == before
    return str(refused.value)


def told() -> set[str]:
    return set(Notification.objects.values_list("recipient__username", flat=True))


# --- Every state × move × person, with a request that waits --------------------------------------------


@pytest.mark.parametrize(
    ("days", "before", "decider"),
    [(30, 0, "task_force"), (100, 0, "leader"), (30, 1, "task_force"), (30, 2, "leader")],
)
def test_who_decides_by_how_far_and_how_often(cast: Cast, days: int, before: int, decider: str) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for state in STATES:
        task = asked_for(cast, state, days=days, before=before)
        for name, user in cast.people.items():
            for move in rectification.MACHINE.open_moves(task, user):
                if "exten" in move:
                    found.setdefault((state, move), set()).add(name)
    assert found == {
        (state, move): who
        for state in UNITS_TURN
        for move, who in (
            ("withdraw-extension", UNIT),
            ("grant-extension", {decider}),
            ("refuse-extension", {decider}),
        )
    }


RUN: dict[str, Callable[[RectificationTask, User], RectificationTask]] = {
    "grant-extension": grant,
    "refuse-extension": refuse,
    "withdraw-extension": withdraw,
}


@pytest.mark.parametrize("state", STATES)
def test_every_move_on_a_request_by_everybody(cast: Cast, state: str) -> None:
    task = asked_for(cast, state)
    for move, run in RUN.items():
        may = UNIT if move == "withdraw-extension" else {"task_force"}
        for name, user in cast.people.items():
            before = AuditEntry.objects.count()
            outcome = "done"
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        assert run(task, user).state == state  # extended is no state
                    assert AuditEntry.objects.count() == before + 1
                except (NotAllowed, WrongState) as refused:
                    outcome = type(refused).__name__
                    assert AuditEntry.objects.count() == before
                transaction.set_rollback(True)
            expected = "WrongState" if state not in UNITS_TURN else "done" if name in may else "NotAllowed"
            assert outcome == expected, (move, name)


def test_nobody_decides_for_a_unit_to_which_he_belonged_lately(cast: Cast) -> None:
    both = person("both", "双岗", Role.TASK_FORCE, cast.county)
    both.memberships.create(organisation=cast.a1, role=Role.HEAD, from_on=clock.today())
    with pytest.raises(NotAllowed):
        grant(asked_for(cast), User.objects.get(pk=both.pk))


# --- Asking --------------------------------------------------------------------------------------------


def test_a_request_waits_with_the_date_it_found_and_tells_the_decider(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    asked = ask(fresh(task), cast.head_a1)
    one = Extension.objects.get()
    assert (one.state, one.from_on, one.to_on, one.asked_by) == (
        "asked",
        later(20),
        later(30),
        cast.head_a1,
    )
    assert asked.due_on == later(20)
    assert told() == {"task_force"}
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.after["asked_for"]) == ("inspections.task.ask_extension", str(later(30)))


def test_a_request_that_only_the_leader_may_grant_is_told_to_him(cast: Cast) -> None:
    ask(fresh(case_at_a1(cast, "rectifying")), cast.head_a1, to_on=later(91))
    assert told() == {"leader"}


def test_whoever_is_not_the_head_brings_the_sealed_page(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    assert "签字盖章" in refusal(lambda: ask(fresh(task), cast.clerk_a1))
    page = stored_pdf("延期申请.pdf")
    ask(fresh(task), cast.clerk_a1, sealed_page=page)
    assert Extension.objects.get().sealed_page == page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"to_on": 20}, "新的期限要晚于现在的整改期限（2026年12月6日）"),
        ({"to_on": 19}, "新的期限要晚于现在的整改期限（2026年12月6日）"),
        ({"to_on": 111}, "新的期限最晚到2027年3月6日"),
        ({"ground": "busy"}, "请选择延期原因"),
        ({"words": "  "}, "请写明延期的具体理由"),
    ],
)
def test_a_request_names_a_later_date_a_ground_and_the_reason(
    cast: Cast, changed: dict[str, Any], sentence: str
) -> None:
    said = changed | ({"to_on": later(changed["to_on"])} if "to_on" in changed else {})
    for run, actor in ((ask, cast.head_a1), (extend, cast.leader)):
        task = fresh(case_at_a1(cast, "rectifying"))
        assert refusal(lambda run=run, actor=actor, task=task: run(task, actor, **said)) == sentence  # type: ignore[misc]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({"prohibition": "red"}, "红线问题不能延期"),
        ({"due_in": -1}, "已过整改期限，延期要在期限以前提出"),
    ],
)
def test_what_cannot_be_extended_at_all_says_why(cast: Cast, case: dict[str, Any], why: str) -> None:
    if "prohibition" in case:
        case = {"prohibition": red_line()}
    task = case_at_a1(cast, "rectifying", **case)
    assert extension_limits.why_not(fresh(task)) == why
    with pytest.raises(NotAllowed):
        ask(fresh(task), cast.head_a1)
    assert refusal(lambda: extend(fresh(task), cast.leader)) == why
    assert Extension.objects.filter(state="asked").count() == 0


def test_on_the_last_day_it_may_still_be_asked_for(cast: Cast) -> None:
    ask(fresh(case_at_a1(cast, "rectifying", due_in=0)), cast.head_a1)
    assert Extension.objects.get().from_on == clock.today()


def test_what_was_to_be_mended_at_once_has_ten_days_at_most(cast: Cast) -> None:
    def at_once(due_in: int) -> RectificationTask:
        task = case_at_a1(cast, "rectifying", due_in=due_in)
        Problem.objects.filter(pk=task.problem_id).update(rectifying="at_once")
        return fresh(task)

    assert refusal(lambda: ask(at_once(5), cast.head_a1, to_on=later(11))) == "新的期限最晚到2026年11月26日"
    ask(at_once(5), cast.head_a1, to_on=later(10))
    assert extension_limits.why_not(at_once(10)) == "立行立改的整改期限最长10天，不能延期"


def test_a_second_request_waits_for_the_first_and_may_follow_a_refusal(cast: Cast) -> None:
    task = asked_for(cast)
    with pytest.raises(NotAllowed):
        ask(task, cast.head_a1)
    assert refusal(lambda: extend(task, cast.task_force)) == "已有一份延期申请待批复"
    refuse(task, cast.task_force)
    ask(fresh(task), cast.head_a1)
    assert list(task.extensions.values_list("state", flat=True)) == ["refused", "asked"]


def test_a_request_is_taken_back(cast: Cast) -> None:
    task = withdraw(asked_for(cast), cast.clerk_a1)
    assert (Extension.objects.get().state, task.due_on) == ("withdrawn", later(20))
    assert "grant-extension" not in rectification.MACHINE.open_moves(fresh(task), cast.task_force)


# --- Deciding ------------------------------------------------------------------------------------------


def test_granting_moves_the_date_and_keeps_the_old_one_in_the_trail(cast: Cast) -> None:
    task = asked_for(cast)
    RectificationTask.objects.filter(pk=task.pk).update(overdue_noted_on=clock.today())
    moved = grant(fresh(task), cast.task_force)
    assert (moved.due_on, moved.overdue_noted_on, moved.version) == (later(30), None, task.version + 1)
    one = Extension.objects.get()
    assert (one.state, one.answer, one.decided_by, one.decided_role, one.is_direct) == (
        "granted",
        "抓紧施工",
        cast.task_force,
        "task_force",
        False,
    )
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.before["due_on"], entry.after["due_on"]) == (str(later(20)), str(later(30)))
    assert told() == UNIT


def test_measures_that_were_to_end_on_the_old_date_go_with_it(cast: Cast) -> None:
    task = asked_for(cast)
    last = task.measures.create(plan_version=1, text="验收", person="李静", due_on=task.due_on)
    done = task.measures.create(
        plan_version=1, text="招标", person="李静", due_on=task.due_on, done_on=clock.today()
    )
    grant(task, cast.task_force)
    for row, expected in ((last, later(30)), (done, later(20)), (task.measures.first(), later(10))):
        row.refresh_from_db()
        assert row.due_on == expected


def test_refusing_needs_words_leaves_the_date_and_tells_the_unit(cast: Cast) -> None:
    task = asked_for(cast)
    assert refusal(lambda: refuse(task, cast.task_force, words=" ")) == "请写明不同意的理由"
    kept = refuse(task, cast.task_force)
    assert (kept.due_on, Extension.objects.get().answer) == (later(20), "可以分段完成")
    assert told() == UNIT
    assert Notification.objects.first().body == "可以分段完成"


def test_a_request_made_in_time_is_granted_after_the_date_but_not_for_a_day_that_has_come(cast: Cast) -> None:
    task = asked_for(cast, due_in=2, days=6)
    with clock.at(NOVEMBER + timedelta(days=6)):
        assert refusal(lambda: grant(task, cast.task_force)).startswith("申请延至的日期已到")
    with clock.at(NOVEMBER + timedelta(days=4)):
        assert grant(task, cast.task_force).due_on == NOVEMBER.date() + timedelta(days=6)


def test_who_applies_for_close_out_needs_no_later_date_any_more(cast: Cast) -> None:
    task = asked_for(cast)
    applied = rectification.apply(task_id=task.pk, actor=cast.clerk_a1, version=None, statement="已改")
    assert (applied.state, Extension.objects.get().state) == ("verifying", "withdrawn")
    light = asked_for(cast, origin="self_check", light=True, days=25)
    rectification.close_light(task_id=light.pk, actor=cast.head_a1, version=None, words="已改")
    assert light.extensions.get().state == "withdrawn"


def test_a_stale_version_is_refused_before_anything_else(cast: Cast) -> None:
    task = asked_for(cast)
    with pytest.raises(StaleRow):
        extensions.grant(task_id=task.pk, actor=cast.task_force, version=task.version + 1)


# --- Staff by themselves -------------------------------------------------------------------------------


def test_staff_extend_with_a_reason_and_the_unit_is_told(cast: Cast) -> None:
    moved = extend(fresh(case_at_a1(cast, "rectifying")), cast.task_force)
    one = Extension.objects.get()
    assert (moved.due_on, one.is_direct, one.words) == (later(30), True, "寒假停课")
    assert told() == UNIT
    assert [row.from_on for row in fresh(moved).granted_extensions] == [later(20)]


def test_beyond_the_usual_term_and_from_the_third_time_on_it_is_the_leaders(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    assert refusal(lambda: extend(fresh(task), cast.task_force, to_on=later(91))) == (
        "延到2月15日要由分管领导批准"
    )
    assert extend(fresh(task), cast.task_force, to_on=later(80)).due_on == later(80)
    assert extend(fresh(task), cast.task_force, to_on=later(90)).due_on == later(90)
    with pytest.raises(NotAllowed):
        extend(fresh(task), cast.task_force, to_on=later(95))
    assert extend(fresh(task), cast.leader, to_on=later(95)).due_on == later(95)
    assert extend(fresh(task), cast.leader, to_on=later(120)).due_on == later(120)


def test_rows_of_a_bulk_action_fail_one_by_one_with_a_sentence_each(cast: Cast) -> None:
    tasks = [
        case_at_a1(cast, "rectifying"),
        case_at_a1(cast, "rectifying", due_in=-3),
        case_at_a1(cast, "verifying"),
        case_at_a1(cast, "closed"),
    ]
    said = []
    for task in tasks:
        try:
            with transaction.atomic():
                extensions.extend(
                    task_id=task.pk,
                    actor=cast.task_force,
                    version=None,
                    to_on=later(40),
                    ground="vacation",
                    words="寒假停课",
                )
            said.append("")
        except DomainError as error:
            said.append(str(error))
    assert said == [
        "",
        "已过整改期限，延期要在期限以前提出",
        "当前状态是“待核查”，不能延期",
        "当前状态是“已销号”，不能延期",
    ]


# --- What follows from it ------------------------------------------------------------------------------


def test_the_sweep_follows_the_new_date(cast: Cast) -> None:
    task = asked_for(cast, due_in=1, days=30)
    RectificationTask.objects.filter(pk=task.pk).update(created_at=NOVEMBER - timedelta(days=20))
    deadlines.sweep()
    assert Notification.objects.filter(dedupe_key__contains=f":{later(1)}:").exists()
    grant(fresh(task), cast.task_force)
    Notification.objects.all().delete()
    with clock.at(NOVEMBER + timedelta(days=2)):
        deadlines.sweep()
        assert not Notification.objects.filter(kind="deadline").exists()
        assert fresh(task).overdue_noted_on is None
    with clock.at(NOVEMBER + timedelta(days=29)):
        deadlines.sweep()
    keys = Notification.objects.filter(kind="deadline").values_list("dedupe_key", flat=True)
    assert {key.split(":", 3)[3] for key in keys} == {f"{later(30)}:before-1"}


def test_extended_beyond_thirty_days_it_leaves_the_light_track(cast: Cast) -> None:
    task = asked_for(cast, origin="self_check", light=True, days=31)
    assert task.is_light
    assert not grant(task, cast.task_force).is_light
    within = asked_for(cast, origin="self_check", light=True, days=30)
    assert grant(within, cast.task_force).is_light


# --- The database agrees -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"to_on": 20},
        {"state": "granted"},
        {"state": "asked", "decided": True},
        {"state": "refused", "decided": True},
    ],
)
def test_what_cannot_be_is_impossible(cast: Cast, broken: dict[str, Any]) -> None:
    fields: dict[str, Any] = dict(broken)
    if "to_on" in fields:
        fields["to_on"] = later(fields["to_on"])
    if fields.pop("decided", False):
        fields |= {"decided_by": cast.task_force, "decided_at": clock.now()}
    one = asked_for(cast).extensions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.filter(pk=one.pk).update(**fields)


def test_one_request_waits_at_a_time(cast: Cast) -> None:
    task = asked_for(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.create(
            task=task,
            from_on=task.due_on,
            to_on=later(40),
            ground="funds",
            words="再申请",
            asked_by=cast.head_a1,
            asked_at=clock.now(),
        )
