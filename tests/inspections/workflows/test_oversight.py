"""Pressing a case: a reminder once a day, and the person who keeps an eye on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from inspections.workflows import oversight, rectification
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.accounts.models import Membership
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import DomainError, NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in, fresh, later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]
OFFICE = ["task_force", "supervision"]
OTHERS = ["leader", "inspector_a", "team_inspector", "clerk_a1", "head_a1", "partner", "auditor", "stranger"]


def told(kind: str) -> list[tuple[str, str]]:
    found = Notification.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("recipient__username", "title"))


@pytest.mark.parametrize("who", OFFICE)
def test_the_units_people_are_told_what_to_do_and_by_when(cast: Cast, who: str) -> None:
    task = case_at_a1(cast, "rectifying", due_in=-5)
    oversight.remind(task_id=task.pk, actor=cast.people[who], words="请本周内完成")
    title = f"督办：问题{task.problem.no}请完成整改，逾期5天（应于11月11日完成）"
    assert sorted(told("task.reminded")) == [("clerk_a1", title), ("head_a1", title)]
    assert Notification.objects.filter(kind="task.reminded", body="请本周内完成").count() == 2
    entry = AuditEntry.objects.get(action="inspections.task.reminded")
    assert (entry.actor_id, entry.subject_no) == (cast.people[who].pk, task.problem.no)
    assert entry.text.text == "请本周内完成"


def test_before_there_is_a_plan_the_plan_is_what_is_asked_for(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    oversight.remind(task_id=task.pk, actor=cast.task_force)
    assert told("task.reminded")[0][1].endswith("请提交整改计划，11月21日截止，还剩5天")


def test_once_a_day_for_one_problem(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    oversight.remind(task_id=task.pk, actor=cast.task_force)
    with pytest.raises(Refused, match="今天已提醒过"):
        oversight.remind(task_id=task.pk, actor=cast.supervision)
    assert len(told("task.reminded")) == 2
    with clock.at(clock.now() + timedelta(days=1)):
        oversight.remind(task_id=task.pk, actor=cast.supervision)
    assert len(told("task.reminded")) == 4


@pytest.mark.parametrize("state", ["plan_review", "verifying", "verified", "closed"])
def test_a_unit_is_not_reminded_of_what_is_not_its_turn(cast: Cast, state: str) -> None:
    task = case_at_a1(cast, state)
    with pytest.raises(WrongState):
        oversight.remind(task_id=task.pk, actor=cast.task_force)
    assert not told("task.reminded")


def test_a_unit_without_people_is_to_be_called(cast: Cast) -> None:
    Membership.objects.filter(organisation=cast.b1).update(to_on=later(-1))
    task = case_in("planning", unit=cast.b1, found_by=cast.supervision)
    with pytest.raises(Refused, match="请电话督办"):
        oversight.remind(task_id=task.pk, actor=cast.task_force)


@pytest.mark.parametrize("who", OFFICE)
def test_a_call_is_a_logged_line_of_the_case(cast: Cast, client: Client, who: str) -> None:
    task = case_at_a1(cast, "rectifying", due_in=-5)
    client.force_login(cast.people[who])
    page = f"/problems/{task.problem.no}/call/"
    said = {"called": "城关小学校长黄勇", "called_at": "2026-11-16T08:40", "words": "答应本周五前补齐"}
    assert "2026-11-16T09:00" in client.get(page).content.decode()
    answer = client.post(page, said)
    assert answer.status_code == 302
    story = client.get(f"/problems/{task.problem.no}/").content.decode()
    assert f"{cast.people[who].name}电话督办" in story
    assert "11月16日08:40致电城关小学校长黄勇：答应本周五前补齐" in story
    entry = AuditEntry.objects.get(action="inspections.task.called")
    assert (entry.actor_id, entry.subject_no, entry.organisation_id) == (
        cast.people[who].pk, task.problem.no, cast.a1.pk,
    )  # fmt: skip
    assert "黄勇" not in str(entry.after) and not Notification.objects.exists()


@pytest.mark.parametrize(
    ("called_at", "why"),
    [
        ("2026-11-16T09:01", "通话时间不能晚于现在"),
        ("2026-11-15T23:59", "通话时间不能早于发现问题的日期（11月16日）"),
        ("昨天下午", "请填写正确的时间"),
        ("", "请填写通话时间"),
    ],
)
def test_a_call_at_a_time_that_cannot_be_is_refused_with_what_was_typed(
    cast: Cast, client: Client, called_at: str, why: str
) -> None:
    task = case_at_a1(cast, "rectifying")
    client.force_login(cast.task_force)
    said = {"called": "城关小学", "called_at": called_at, "words": "答应补齐"}
    page = client.post(f"/problems/{task.problem.no}/call/", said).content.decode()
    assert why in page and "答应补齐" in page
    assert not AuditEntry.objects.exists()


def test_a_closed_case_is_not_called_about(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    with pytest.raises(WrongState, match="已销号"):
        oversight.log_call(
            task_id=task.pk, actor=cast.task_force, called="李静", called_at=clock.now(), words="问"
        )


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_presses(cast: Cast, who: str) -> None:
    task = case_at_a1(cast, "rectifying")
    for attempt in (
        lambda: oversight.remind(task_id=task.pk, actor=cast.people[who]),
        lambda: oversight.reassign(task_id=task.pk, actor=cast.people[who], overseer=cast.inspector_a),
        lambda: oversight.log_call(
            task_id=task.pk, actor=cast.people[who], called="李静", called_at=clock.now(), words="问"
        ),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert not AuditEntry.objects.exists() and fresh(task).overseer is None


def test_a_form_that_the_unit_fills_in_does_not_become_stale(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    oversight.remind(task_id=task.pk, actor=cast.task_force)
    oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.inspector_a)
    measure = PlannedMeasure(text="统筹", person="李静", due_on=later(9))
    rectification.submit_plan(task_id=task.pk, actor=cast.clerk_a1, version=task.version, measures=[measure])
    assert fresh(task).overseer == cast.inspector_a


def test_who_keeps_an_eye_is_told_of_the_case_and_of_what_the_unit_hands_in(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.supervision)
    assert told("task.reassigned") == [("supervision", f"问题{task.problem.no}由您督办：城关小学")]
    measure = PlannedMeasure(text="统筹", person="李静", due_on=later(9))
    rectification.submit_plan(task_id=task.pk, actor=cast.clerk_a1, version=None, measures=[measure])
    assert {who for who, _ in told("plan.submitted")} == {"task_force", "inspector_a", "supervision"}
    entry = AuditEntry.objects.get(action="inspections.task.reassigned")
    assert (entry.before, entry.after) == ({"overseer": None}, {"overseer": cast.supervision.pk})


def test_the_former_one_hears_who_follows(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.supervision)
    oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.inspector_a)
    assert ("supervision", f"问题{task.problem.no}改由周明督办") in told("task.reassigned")
    with pytest.raises(Refused, match="督办人已经是周明"):
        oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.inspector_a)


def lately_of_a1(cast: Cast) -> Any:
    Membership.objects.create(
        user=cast.inspector_a,
        organisation=cast.a1,
        role=Role.SCHOOL_ADMIN,
        from_on=later(-300),
        to_on=later(-60),
    )
    return cast.inspector_a


def left(cast: Cast) -> Any:
    cast.supervision.is_active = False
    cast.supervision.save()
    return cast.supervision


@pytest.mark.parametrize(
    ("whom", "why"),
    [
        (lambda cast: cast.inspector_b, "吴芳不是城关小学所在责任区的责任督学"),
        (lambda cast: cast.leader, "陈志远不是城关小学所在责任区的责任督学"),
        (lambda cast: cast.clerk_a1, "李静不是城关小学所在责任区的责任督学"),
        (lately_of_a1, "周明近期在该单位任职，应当回避"),
        (left, "王建的账号已停用"),
    ],
)
def test_whoever_could_not_judge_the_case_does_not_keep_an_eye_on_it(cast: Cast, whom: Any, why: str) -> None:
    task = case_at_a1(cast, "rectifying")
    with pytest.raises(Refused, match=why):
        oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=whom(cast))
    assert fresh(task).overseer is None


def test_a_closed_case_needs_nobodys_eye(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    with pytest.raises(DomainError, match="已销号，不用改督办人"):
        oversight.reassign(task_id=task.pk, actor=cast.task_force, overseer=cast.inspector_a)
