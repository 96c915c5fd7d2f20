"""Where a case leaves its straight way: objection, withdrawal, parking, transfer, the office above."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections import proofs
from inspections.models import Decision, Objection, Problem, RectificationTask, Transfer
from inspections.workflows import objections, parking, problems, rectification, superior, transfers
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, fresh, item, later, major, stored_pdf
from tests.registry import signed_in, text_of

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.closeout]


def move(run: Any, task: RectificationTask, actor: User, **arguments: Any) -> RectificationTask:
    moved: RectificationTask = run(task_id=task.pk, actor=actor, version=None, **arguments)
    return fresh(moved)


def offered(task: RectificationTask, user: User) -> set[str]:
    return set(rectification.MACHINE.open_moves(fresh(task), user))


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def acknowledged(cast: Cast) -> RectificationTask:
    return move(rectification.acknowledge, case_at_a1(cast, "planning"), cast.clerk_a1)


# --- 签收, 异议 -----------------------------------------------------------------
def test_an_objection_comes_after_taking_note_and_within_five_working_days(
    cast: Cast, november: None
) -> None:
    task = case_at_a1(cast, "planning")
    assert "object" not in offered(task, cast.clerk_a1)
    task = move(rectification.acknowledge, task, cast.clerk_a1)
    assert (task.acknowledged_by_id, task.acknowledged_at) == (cast.clerk_a1.pk, clock.now())
    assert "acknowledge" not in offered(task, cast.clerk_a1)
    assert "object" in offered(task, cast.head_a1)
    # 16 November 2026 is a Monday: the fifth working day after it is Monday the 23rd
    with clock.at(clock.now().replace(day=23)):
        assert "object" in offered(task, cast.clerk_a1)
    with clock.at(clock.now().replace(day=24)):
        assert "object" not in offered(task, cast.clerk_a1)


def test_whoever_plans_has_taken_note(cast: Cast) -> None:
    task = case_at_a1(cast, "planning")
    rectification.submit_plan(
        task_id=task.pk,
        actor=cast.clerk_a1,
        version=None,
        measures=[problems.PlannedMeasure(text="统筹作业", person="李静", due_on=later(7))],
    )
    assert fresh(task).acknowledged_by_id == cast.clerk_a1.pk


def test_an_objection_is_answered_by_another_than_the_finder_and_the_plan_is_due_anew(cast: Cast) -> None:
    task = acknowledged(cast)
    task = move(objections.object_to, task, cast.head_a1, words="当天是研学，不是上课")
    assert told("objection.asked") == {"task_force", "leader"}  # 督导室 found it
    assert "object" not in offered(task, cast.clerk_a1)
    assert "reject-objection" not in offered(task, cast.supervision)
    with pytest.raises(NotAllowed):
        move(objections.reject, task, cast.supervision, words="维持")
    with pytest.raises(Refused, match="请写明答复的理由"):
        move(objections.reject, task, cast.task_force, words=" ")
    task = move(objections.reject, task, cast.task_force, words="课表和照片都是数学课")
    answer = Objection.objects.get()
    assert (answer.state, answer.decided_by_id, answer.answer) == (
        "rejected",
        cast.task_force.pk,
        "课表和照片都是数学课",
    )
    assert task.state == "planning"
    assert task.plan_due_on == later(7)  # five working days from Monday
    assert told("objection.answered") == {"clerk_a1", "head_a1"}
    assert task.pending_objection is None


def test_that_it_was_none_says_the_leader_and_the_problem_counts_nowhere(cast: Cast) -> None:
    task = acknowledged(cast)
    task = move(objections.object_to, task, cast.head_a1, words="当天是研学，不是上课")
    assert "uphold-objection" not in offered(task, cast.task_force)
    task = move(objections.uphold, task, cast.leader, words="核实为研学活动")
    assert (task.state, task.closed_by_id, task.close_no) == ("withdrawn", cast.leader.pk, "")
    assert [one.kind for one in task.decisions.all()] == [Decision.Kind.WITHDRAWN]
    assert not RectificationTask.objects.open().exists()
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.after["state"]) == ("inspections.task.uphold_objection", "withdrawn")


def test_a_light_problem_is_the_units_own_word_and_nothing_to_object_to(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", origin="self_check", light=True)
    assert not {"acknowledge", "object"} & offered(task, cast.clerk_a1)


def test_a_withdrawal_has_its_reason_and_ends_a_waiting_request(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    with pytest.raises(Refused, match="请写明撤销的理由"):
        move(rectification.withdraw, task, cast.leader, words=" ")
    assert move(rectification.withdraw, task, cast.leader, words="登记错了单位").state == "withdrawn"
    with pytest.raises(WrongState):
        move(rectification.withdraw, task, cast.leader, words="再撤一次")


# --- 挂账 -----------------------------------------------------------------------
def test_what_is_parked_is_open_but_never_overdue_until_it_goes_on(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", due_in=3)
    task = move(parking.park, task, cast.task_force, words="等新校舍", review_on=later(80))
    with clock.at(clock.now().replace(month=12, day=20)):
        assert RectificationTask.objects.open().count() == 1
        assert not RectificationTask.objects.overdue().exists()
        assert not fresh(task).is_late
        task = move(parking.keep, task, cast.task_force, words="校舍在建", review_on=later(60))
        task = move(parking.resume, task, cast.task_force, words="校舍启用", due_on=later(20))
        assert (task.state, task.due_on, task.review_on) == ("rectifying", later(20), None)
    entry = AuditEntry.objects.filter(action="inspections.task.resume").get()
    assert (entry.before["due_on"], entry.after["due_on"]) == ("2026-11-19", "2027-01-09")


@pytest.mark.parametrize("days", [0, 93])
def test_what_is_parked_is_looked_at_within_a_quarter(cast: Cast, days: int) -> None:
    task = case_at_a1(cast, "rectifying")
    with pytest.raises(Refused, match="最长92天"):
        move(parking.park, task, cast.task_force, words="等新校舍", review_on=later(days))


def test_what_is_forbidden_is_not_parked(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", prohibition=major("不得"))
    with pytest.raises(NotAllowed):
        move(parking.park, task, cast.task_force, words="等新校舍", review_on=later(30))


# --- 移交 -----------------------------------------------------------------------
def handed_over(cast: Cast) -> RectificationTask:
    return move(
        transfers.send,
        case_at_a1(cast, "rectifying"),
        cast.task_force,
        department=cast.units["department"],
        letter_no="云教函〔2026〕12号",
        words="无照经营",
        report_by=later(20),
    )


def test_a_department_sees_what_was_handed_over_and_nothing_else(cast: Cast) -> None:
    other = case_at_a1(cast, "rectifying")
    assert not Problem.objects.visible_to(cast.partner).exists()
    task = handed_over(cast)
    assert list(Problem.objects.visible_to(cast.partner)) == [task.problem]
    assert list(RectificationTask.objects.visible_to(cast.partner)) == [task]
    assert not offered(other, cast.partner)
    assert told("transfer.sent") == {"partner"}


def test_a_department_takes_it_by_its_own_account_and_its_result_is_verified_and_closed(cast: Cast) -> None:
    task = move(transfers.accept, handed_over(cast), cast.partner)
    assert (task.transfer.state, task.transfer.is_keyed_in) == ("accepted", False)  # type: ignore[union-attr]
    assert "contest-transfer" not in offered(task, cast.partner)
    task = move(transfers.report, task, cast.partner, result="已责令停业并罚款")
    assert (task.state, task.statement) == ("verifying", "已责令停业并罚款")
    task = move(rectification.verify, task, cast.inspector_a, method="on_site", words="已停业")
    task = move(rectification.close, task, cast.task_force)
    assert task.state == "closed"


def test_what_is_typed_in_for_a_department_has_number_and_scan(cast: Cast) -> None:
    task = handed_over(cast)
    with pytest.raises(Refused, match="代部门登记的，请填写回执文号并上传扫描件"):
        move(transfers.accept, task, cast.task_force, receipt_no="云市监函〔2026〕3号")
    task = move(
        transfers.accept,
        task,
        cast.task_force,
        receipt_no="云市监函〔2026〕3号",
        receipt=stored_pdf("回执.pdf"),
    )
    assert task.transfer.is_keyed_in  # type: ignore[union-attr]


def test_a_department_contests_once_then_the_county_decides(cast: Cast) -> None:
    task = move(transfers.contest, handed_over(cast), cast.partner, words="属文旅部门职责")
    assert task.state == "transferred"
    assert told("transfer.answered") == {"task_force"}
    assert not {"accept-transfer", "contest-transfer", "report-transfer"} & offered(task, cast.partner)
    task = move(transfers.insist, task, cast.task_force, words="营业执照由贵局核发")
    assert "contest-transfer" not in offered(task, cast.partner)
    task = move(transfers.accept, task, cast.partner)
    task = move(transfers.take_back, task, cast.task_force, words="机构已换址", due_on=later(15))
    assert (task.state, task.due_on) == ("rectifying", later(15))
    assert Transfer.objects.get().state == "taken_back"
    assert not Problem.objects.visible_to(cast.partner).exists()


def test_one_transfer_stands_at_a_time(cast: Cast) -> None:
    task = handed_over(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(
            task=task,
            department=cast.units["department"],
            letter_no="二",
            reason="二",
            report_by=later(3),
            sent_by=cast.task_force,
            sent_at=clock.now(),
        )


# --- 上级交办 -------------------------------------------------------------------
def test_what_came_from_above_is_closed_only_after_the_office_above_agreed(cast: Cast) -> None:
    task = case_at_a1(cast, "verified", origin="superior")
    assert offered(task, cast.task_force) >= {"ask-superior"}
    with pytest.raises(NotAllowed):
        move(rectification.close, task, cast.task_force)
    with pytest.raises(Refused, match="请填写文号"):
        move(superior.ask, task, cast.task_force, document_no=" ")
    task = move(superior.ask, task, cast.task_force, document_no="云教督〔2026〕31号")
    assert task.state == "superior"
    task = move(superior.agreed, task, cast.task_force, document_no="市教督函〔2026〕2号")
    assert "ask-superior" not in offered(task, cast.task_force)
    assert move(rectification.close, task, cast.task_force).state == "closed"


def test_a_refusal_from_above_goes_back_to_the_unit_with_what_is_missing(cast: Cast) -> None:
    task = case_at_a1(cast, "superior", origin="superior")
    task = move(
        superior.refused,
        task,
        cast.task_force,
        document_no="市教督函〔2026〕2号",
        missing="退费凭证",
        missing_by=later(30),
    )
    assert (task.state, task.due_on, task.verified_by_id) == ("rectifying", later(30), None)
    assert told("task.sent_back") == {"clerk_a1", "head_a1"}


# --- Proof that will do ---------------------------------------------------------
def test_an_old_picture_proves_nothing(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", proven=False)
    old = stored_pdf("旧照片.pdf")
    old.taken_at = clock.now().replace(month=9)
    old.save(update_fields=["taken_at"])
    for need in proofs.missing_proof(task):
        rectification.add_evidence(
            task_id=task.pk, actor=cast.clerk_a1, version=None, requirement=need, files=[old]
        )
    task.measures.update(done_on=clock.today())
    with pytest.raises(Refused, match="还缺"):
        move(rectification.apply, task, cast.clerk_a1, statement="已改")
    for path in (f"/problems/{task.no}/", f"/problems/{task.no}/apply/"):  # and the pages say the same
        page = text_of(signed_in(cast.clerk_a1).get(path))
        assert "缺 整改前后对比" in page and "已有 整改前后对比" not in page


def test_it_is_not_applied_for_while_a_measure_is_open(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    task.measures.update(done_on=None)
    with pytest.raises(Refused, match="还有1条措施没有登记完成：年级组统筹作业总量"):
        move(rectification.apply, task, cast.clerk_a1, statement="已改")
    move(
        rectification.finish_measure,
        task,
        cast.clerk_a1,
        measure_id=task.measures.get().pk,
        note="每周统计一次",
    )
    assert task.measures.get().evidence.get().note == "每周统计一次"
    assert move(rectification.apply, task, cast.clerk_a1, statement="已改").state == "verifying"


# --- 反弹 -----------------------------------------------------------------------
def test_a_relapse_reopens_the_number_one_level_up(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    problem = task.problem
    assert problems.lately_closed(cast.a1, item("R04-2")) == problem
    again = problems.relapse(
        problem=problem, fact="又到75分钟", found_by=cast.task_force, due_on=later(20), record_no="现1"
    )
    assert (again.ordinal, again.state, again.is_light) == (2, "planning", False)
    assert [one.ordinal for one in problem.tasks.order_by("ordinal")] == [1, 2]
    assert fresh(task).state == "closed"
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.after["ordinal"], entry.subject_no) == (
        "inspections.problem.relapsed",
        2,
        problem.no,
    )
    assert told("problem.relapsed") == {"clerk_a1", "head_a1"}
    assert told("problem.relapse_found") == {"leader", "task_force", "inspector_a"}
    with pytest.raises(Refused, match="还没有销号"):
        problems.relapse(problem=problem, fact="又", found_by=cast.task_force, due_on=later(20))
    RectificationTask.objects.filter(pk=again.pk).update(
        state="verified", verified_by=cast.inspector_a, verified_at=clock.now()
    )
    assert "close" not in offered(again, cast.task_force)
    closed = move(rectification.close, again, cast.leader)
    assert closed.close_no == f"销{problem.no}-2"


def test_after_a_year_it_is_another_problem(cast: Cast) -> None:
    task = case_at_a1(cast, "closed")
    RectificationTask.objects.filter(pk=task.pk).update(closed_at=clock.now().replace(year=2025, day=15))
    assert problems.lately_closed(cast.a1, item("R04-2")) is None


def test_a_file_of_the_earlier_round_does_not_prove_the_next(cast: Cast) -> None:
    first = case_at_a1(cast, "rectifying")
    photo = stored_pdf("公示牌.pdf")
    move(rectification.add_evidence, first, cast.clerk_a1, files=[photo], note="改后")
    RectificationTask.objects.filter(pk=first.pk).update(
        state="closed", closed_at=clock.now(), closed_by=cast.task_force
    )
    again = problems.relapse(problem=first.problem, fact="又", found_by=cast.task_force, due_on=later(20))
    RectificationTask.objects.filter(pk=again.pk).update(state="rectifying")
    with pytest.raises(Refused, match="在上一次整改已经用过"):
        move(rectification.add_evidence, again, cast.clerk_a1, files=[photo], note="改后")
