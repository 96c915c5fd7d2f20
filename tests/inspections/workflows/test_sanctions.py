"""约谈、通报、建议问责: every state × move × role, what each move demands, terms of appeal, reminders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inspections.models import Sanction, SanctionAppeal
from inspections.workflows import deadlines, sanctions
from inspections.workflows.sanctions import MACHINE, TRANSITIONS, Commitment, terms_of
from shuangjian import clock
from shuangjian.accounts.models import County
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import NOVEMBER, Cast
from tests.inspections.cases import case_at_a1, case_in, red_line
from tests.inspections.sanctioning import appealed, bring_to, fresh, instructed, outcome_of, paper_of
from tests.parallel import at_once

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.closeout]

OFFICE = {"task_force", "supervision"}
UNIT = {"clerk_a1", "head_a1"}
# Who may make which move, by hand: the leader instructed, so that he answers no appeal.
HOLDERS: dict[str, set[str]] = {
    "issue": OFFICE,
    "handle": OFFICE,
    "keep": OFFICE | UNIT,
    "close": OFFICE,
    "revoke": {"leader"},
    "appeal": OFFICE | {"head_a1"},
    "reject-appeal": {"supervision"},
    "grant-appeal": {"supervision"},
}
LEGAL: dict[str, set[str]] = {
    "instructed": {"issue", "revoke"},
    "notified": {"handle", "revoke", "appeal", "reject-appeal", "grant-appeal"},
    "handled": {"keep", "close", "revoke", "appeal", "reject-appeal", "grant-appeal"},
    "closed": {"appeal", "reject-appeal", "grant-appeal"},
    "revoked": set(),
}


def told(kind: str) -> set[str]:
    found = Notification.objects.filter(kind=f"sanction.{kind}")
    return set(found.values_list("recipient__username", flat=True))


def ready(cast: Cast, state: str, key: str) -> Sanction:
    """In this state with what the move needs: an appeal that waits, commitments that are kept."""
    row = bring_to(cast, instructed(cast), state)
    if key.endswith("-appeal"):
        if state in ("notified", "handled", "closed"):
            row = appealed(cast, row)
        else:
            SanctionAppeal.objects.create(
                sanction=row,
                way="review",
                asked_on=clock.today(),
                words="请复核",
                due_on=clock.today(),
                entered_by=cast.head_a1,
            )
    if key == "close":
        row.commitments.update(done_on=clock.today(), done_words="已做到", done_by=cast.head_a1.pk)
    if key == "keep" and state != "handled":
        row.commitments.all().delete()
        row.commitments.create(text="每周公示", person="李静", due_on=clock.today())
    return fresh(row)


def make(key: str, row: Sanction, actor: Any) -> Sanction:
    arguments: dict[str, Any] = {"words": "写明理由"}
    if key == "issue":
        arguments = paper_of(row)
    elif key == "handle":
        arguments = outcome_of(row)
    elif key == "keep":
        arguments["commitment_id"] = row.commitments.all()[0].pk
    elif key == "appeal":
        arguments |= {"way": "review", "asked_on": clock.today()}
    elif key.endswith("-appeal"):
        arguments["appeal_id"] = row.appeals.all()[0].pk
    run = getattr(sanctions, key.replace("-", "_"))
    return run(sanction_id=row.pk, actor=actor, version=row.version, **arguments)


@pytest.mark.parametrize("state", Sanction.State.values)
@pytest.mark.parametrize("key", list(TRANSITIONS))
def test_every_move_from_every_state_by_everybody(cast: Cast, state: str, key: str) -> None:
    row = ready(cast, state, key)
    day = row.meeting_at if state in ("notified", "handled", "closed") and row.meeting_at else clock.now()
    is_legal = key in LEGAL[state]
    with clock.at(day):
        for name, person in cast.people.items():
            if is_legal and name in HOLDERS[key]:
                assert key in MACHINE.open_moves(row, person), name
                continue
            assert key not in MACHINE.open_moves(row, person), name
            before = AuditEntry.objects.count()
            with pytest.raises((NotAllowed, WrongState)):
                make(key, row, person)
            assert AuditEntry.objects.count() == before
        if is_legal:
            before = AuditEntry.objects.count()
            moved = make(key, row, cast.people[min(HOLDERS[key])])
            assert moved.state == (TRANSITIONS[key].target or state)
            assert AuditEntry.objects.count() == before + 1


# --- 批示 ---------------------------------------------------------------------------------------------


def test_three_taps_of_the_leader_tell_the_office_and_not_yet_the_unit(cast: Cast) -> None:
    row = instructed(cast)
    assert (row.no, row.state, row.instructed_by_id) == ("2026-Z0001", "instructed", cast.leader.pk)
    assert told("instructed") == OFFICE
    assert not Sanction.objects.visible_to(cast.head_a1).exists()
    for name in ("task_force", "supervision", "head_a1"):
        with pytest.raises(NotAllowed):
            instructed(cast, actor=cast.people[name])


@pytest.mark.parametrize(
    ("state", "due_in", "is_ground"),
    [("rectifying", 5, False), ("rectifying", 0, False), ("rectifying", -1, True), ("closed", 0, False),
     ("closed", -1, True)],
)  # fmt: skip
@pytest.mark.parametrize("kind", Sanction.Kind.values)
def test_what_a_unit_reported_and_puts_right_in_time_is_no_ground(
    cast: Cast, state: str, due_in: int, is_ground: bool, kind: str
) -> None:
    task = case_at_a1(cast, state, origin="self_check", light=True, due_in=due_in)
    if is_ground:
        assert instructed(cast, problem=task.problem, kind=kind).problem_id == task.problem_id
        return
    with pytest.raises(Refused, match="自查发现并按期改正的，不作为约谈、通报和考核扣分依据"):
        instructed(cast, problem=task.problem, kind=kind)
    assert not Sanction.objects.exists()


def test_a_ground_that_is_none_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="问题已撤销"):
        instructed(cast, problem=case_at_a1(cast, "withdrawn").problem)
    problem = case_at_a1(cast, "rectifying").problem
    with pytest.raises(Refused, match="不是红线"):
        instructed(cast, problem=problem, ground="red_line")
    with pytest.raises(Refused, match="不是该单位的"):
        instructed(cast, cast.units["b1"], problem=problem)
    with pytest.raises(Refused, match="写明事实和批示"):
        instructed(cast, facts=" ")
    first = instructed(cast, problem=problem)
    with pytest.raises(Refused, match=f"正在办理（{first.no}）"):
        instructed(cast, problem=problem)
    assert instructed(cast, problem=problem, kind="circular").kind == "circular"
    red = case_at_a1(cast, "rectifying", prohibition=red_line()).problem
    assert instructed(cast, problem=red, ground="red_line").ground == "red_line"


@pytest.mark.django_db(transaction=True)
def test_two_instructions_at_once_open_one_case(cast: Cast) -> None:
    problem = case_in("rectifying", unit=cast.units["a1"], found_by=cast.supervision).problem
    answers = at_once(*[lambda: instructed(cast, problem=problem)] * 2)
    assert Sanction.objects.count() == 1
    assert sum(isinstance(one, Refused) for one in answers) == 1


# --- The paper ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"issuer": "双减工作专班"}, "发文机关是县教育局或者教育督导委员会办公室"),
        ({"document_no": " "}, "发文字号"),
        ({"issued_on": date(2026, 11, 17)}, "印发日期"),
        ({"issued_on": date(2026, 11, 13)}, "印发日期"),
        ({"meeting_at": None}, "时间和地点"),
        ({"place": ""}, "时间和地点"),
        ({"meeting_at": NOVEMBER + timedelta(days=2)}, "提前3个工作日"),
        ({"meeting_at": NOVEMBER + timedelta(days=5)}, "工作日"),
        ({"meeting_at": NOVEMBER.replace(year=9999)}, "最迟在90天内"),
        ({"review_address": ""}, "复核和申诉的地址"),
        ({"complaint_address": " "}, "复核和申诉的地址"),
    ],
)
def test_a_notice_that_lacks_something_is_refused(cast: Cast, changed: dict[str, Any], words: str) -> None:
    row = instructed(cast)
    with pytest.raises(Refused, match=words):
        sanctions.issue(sanction_id=row.pk, actor=cast.supervision, version=None, **paper_of(row, **changed))
    assert fresh(row).state == "instructed"


def test_a_talk_on_the_third_working_day_is_early_enough(cast: Cast) -> None:
    row = instructed(cast)
    paper = paper_of(row, meeting_at=NOVEMBER + timedelta(days=3))
    assert (
        sanctions.issue(sanction_id=row.pk, actor=cast.task_force, version=None, **paper).state == "notified"
    )
    assert told("issued") == UNIT
    assert Sanction.objects.visible_to(cast.head_a1).get() == row
    assert not Sanction.objects.visible_to(cast.people["clerk_b1"]).exists()
    assert not Sanction.objects.visible_to(cast.people["inspector_a"]).exists()
    second = instructed(cast)
    with pytest.raises(Refused, match="已经用过"):
        sanctions.issue(
            sanction_id=second.pk,
            actor=cast.task_force,
            version=None,
            **paper_of(second, document_no=paper["document_no"]),
        )


def test_a_circular_is_decided_after_the_unit_was_heard(cast: Cast) -> None:
    row = instructed(cast, kind="circular")
    with pytest.raises(Refused, match="先听取单位陈述"):
        sanctions.issue(sanction_id=row.pk, actor=cast.task_force, version=None, **paper_of(row, heard=" "))
    row = bring_to(cast, row, "handled")
    assert sanctions.close(sanction_id=row.pk, actor=cast.task_force, version=None).state == "closed"


def test_without_the_office_above_the_ways_of_appeal_are_not_whole(cast: Cast) -> None:
    County.objects.update(superior_office_name="")
    with pytest.raises(Refused, match="上一级教育督导机构"):
        bring_to(cast, instructed(cast), "notified")


# --- The talk and its commitments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": " "}, "办理情况"),
        ({"handled_on": date(2026, 11, 19)}, "不能早于11月20日"),
        ({"handled_on": date(2026, 11, 21)}, "不能晚于今天"),
        ({"attendance": "\n "}, "参加人员和单位的承诺"),
        ({"commitments": []}, "参加人员和单位的承诺"),
        ({"commitments": [Commitment("每周公示", " ", date(2026, 12, 1))]}, "责任人"),
        ({"commitments": [Commitment("每周公示", "李静", date(2026, 11, 19))]}, "完成时限"),
        ({"commitments": [Commitment("每周公示", "李静", date(2026, 12, 1))] * 6}, "最多5项"),
    ],
)
def test_a_record_of_a_talk_that_lacks_something_is_refused(
    cast: Cast, changed: dict[str, Any], words: str
) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    assert row.meeting_at is not None
    with clock.at(row.meeting_at), pytest.raises(Refused, match=words):
        sanctions.handle(
            sanction_id=row.pk, actor=cast.supervision, version=None, **outcome_of(row, **changed)
        )
    assert not fresh(row).commitments.exists()


def test_it_closes_only_when_every_commitment_was_kept(cast: Cast) -> None:
    row = bring_to(cast, instructed(cast), "handled")
    with pytest.raises(Refused, match="还有1项承诺"):
        sanctions.close(sanction_id=row.pk, actor=cast.supervision, version=None)
    one = row.commitments.get()
    common: dict[str, Any] = {"sanction_id": row.pk, "commitment_id": one.pk, "actor": cast.clerk_a1}
    with pytest.raises(Refused, match="写明完成情况"):
        sanctions.keep(version=None, words=" ", **common)
    seen = row.version
    sanctions.keep(version=seen, words="已公示四周", **common)
    assert told("kept") == OFFICE
    with pytest.raises(StaleRow):
        sanctions.close(sanction_id=row.pk, actor=cast.supervision, version=seen)
    closed = sanctions.close(sanction_id=row.pk, actor=cast.supervision, version=None)
    assert closed.closed_at is not None


def test_what_the_leader_takes_back_before_it_was_issued_the_unit_never_hears_of(cast: Cast) -> None:
    bring_to(cast, instructed(cast), "revoked")
    assert told("revoked") == OFFICE
    assert not Sanction.objects.visible_to(cast.head_a1).exists()
    issued = bring_to(cast, bring_to(cast, instructed(cast), "notified"), "revoked")
    assert told("revoked") == OFFICE | UNIT
    with pytest.raises(WrongState):
        sanctions.revoke(sanction_id=issued.pk, actor=cast.leader, version=None, words="再撤")


# --- Appeals (P12) ----------------------------------------------------------------------------------------


def test_both_ways_of_appeal_have_their_terms_in_calendar_days(cast: Cast) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    review, complaint = terms_of(row)
    assert (review.office, review.address) == ("云溪县人民政府教育督导委员会办公室", "文教路1号教育局3楼")
    assert (complaint.office, complaint.address) == ("市人民政府教育督导委员会办公室", "市府路9号")
    assert (review.ask_by, complaint.ask_by) == (date(2026, 12, 16), date(2026, 12, 1))
    appealed(cast, row)
    row = appealed(cast, row, "complaint", actor=cast.task_force)
    assert [(one.way, one.due_on, one.is_keyed_in) for one in row.appeals.all()] == [
        ("review", date(2026, 12, 16), False),
        ("complaint", date(2027, 1, 15), True),
    ]
    assert told("appealed") == {"supervision"}  # the leader decided
    with pytest.raises(NotAllowed):  # both ways are taken
        appealed(cast, row)


@pytest.mark.parametrize(
    ("way", "days", "is_late"), [("review", 30, False), ("review", 31, True), ("complaint", 15, False),
    ("complaint", 16, True)],
)  # fmt: skip
def test_an_appeal_after_its_term_is_refused(cast: Cast, way: str, days: int, is_late: bool) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    with clock.at(NOVEMBER + timedelta(days=days)):
        if not is_late:
            assert appealed(cast, row, way).appeals.count() == 1
            return
        with pytest.raises(Refused, match="日内提出，已于12月"):
            appealed(cast, row, way)


def test_after_the_answer_to_a_review_the_way_up_is_open_again(cast: Cast) -> None:
    row = appealed(cast, bring_to(cast, instructed(cast), "notified"))
    with clock.at(NOVEMBER + timedelta(days=29)):
        one = row.appeals.get()
        sanctions.reject_appeal(
            sanction_id=row.pk, actor=cast.supervision, version=None, appeal_id=one.pk, words="事实清楚"
        )
        assert told("answered") == UNIT
        assert terms_of(fresh(row))[1].ask_by == date(2026, 12, 30)
        row = appealed(cast, row, "complaint")
        waiting = row.appeals.get(way="complaint")
        with pytest.raises(Refused, match="答复文号"):
            sanctions.grant_appeal(
                sanction_id=row.pk, actor=cast.supervision, version=None, appeal_id=waiting.pk, words="撤"
            )


def test_an_appeal_stays_nothing_and_one_that_is_granted_ends_the_case(cast: Cast) -> None:
    row = appealed(cast, bring_to(cast, instructed(cast), "notified"))
    assert row.meeting_at is not None
    with clock.at(row.meeting_at):
        row = sanctions.handle(sanction_id=row.pk, actor=cast.supervision, version=None, **outcome_of(row))
        one = row.appeals.get()
        answer: dict[str, Any] = {"appeal_id": one.pk, "words": "事实有误"}
        row = sanctions.grant_appeal(sanction_id=row.pk, actor=cast.supervision, version=None, **answer)
    assert (row.state, row.revoke_words) == ("revoked", "事实有误")
    assert not list(deadlines._cases(date(2027, 6, 1)))


def test_a_proposal_decides_nothing_and_has_no_appeal(cast: Cast) -> None:
    row = bring_to(cast, instructed(cast, kind="proposal"), "notified")
    assert terms_of(row) == []
    with pytest.raises(NotAllowed):
        appealed(cast, row)


@pytest.mark.parametrize("day", [date(2026, 11, 15), date(2026, 11, 17)])
def test_the_day_of_an_appeal_is_one_after_the_decision_and_not_to_come(cast: Cast, day: date) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    with pytest.raises(Refused, match="提出日期"):
        appealed(cast, row, asked_on=day)


# --- Reminders ------------------------------------------------------------------------------------------


def chased(day: datetime) -> dict[str, set[str]]:
    """Who was told of what by the sweep of this day."""
    with clock.at(day):
        deadlines.sweep()
        deadlines.sweep()
    found: dict[str, set[str]] = {}
    for name, title in Notification.objects.filter(kind="deadline", url__contains="/sanctions/").values_list(
        "recipient__username", "title"
    ):
        found.setdefault(title, set()).add(name)
    return found


def test_a_commitment_and_an_answer_are_chased_on_their_days_once(cast: Cast) -> None:
    row = appealed(cast, bring_to(cast, instructed(cast), "handled"))
    due = row.commitments.get().due_on  # 20 days after the talk: 10 December
    assert chased(NOVEMBER.replace(month=12, day=due.day)) == {
        f"约谈{row.no}承诺“每周公示作业”：今天截止": UNIT,
        f"{row.no}复核答复：12月16日截止，还剩6天": {"supervision"},
    }
    assert Notification.objects.filter(kind="deadline").count() == 3
