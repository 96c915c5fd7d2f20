"""One thing done to many problems: each row for itself, with its result; half done, taken over, revoked."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook

from inspections import ledger
from inspections.models import BulkRow, BulkRun, RectificationTask
from inspections.workflows import bulk, oversight
from shuangjian.accounts.models import Membership
from shuangjian.files.models import StoredFile
from shuangjian.files.services import open_blob
from shuangjian.journal import audit, jobs
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, Job, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in, fresh, later, red_line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]


def book_of(cast: Cast, query: str, who: str = "task_force") -> ledger.Ledger:
    return ledger.read(cast.people[who], QueryDict(query))


def ordered(
    cast: Cast, kind: str, query: str = "tab=all&select=all", who: str = "task_force", **arguments: Any
) -> Any:
    return bulk.order(kind=kind, actor=cast.people[who], book=book_of(cast, query, who), arguments=arguments)


def done(run: BulkRun) -> dict[str, str]:
    """Number of each problem → why it was skipped, empty where it was done."""
    assert run.job_id and jobs.run_now(run.job_id)
    rows = run.rows.select_related("task__problem")
    assert not [row for row in rows if (row.outcome == "skipped") is not bool(row.reason)]
    return {row.task.problem.no: row.reason for row in rows}


def test_each_row_has_a_result_and_what_is_skipped_says_why(cast: Cast) -> None:
    waits = case_at_a1(cast, "rectifying")
    late = case_at_a1(cast, "planning", due_in=-2)
    other = case_in("rectifying", unit=cast.b1, found_by=cast.supervision, planned_by=cast.clerk_b1)
    judged = case_at_a1(cast, "verifying")
    closed = case_at_a1(cast, "closed")
    oversight.remind(task_id=other.pk, actor=cast.supervision)
    run = ordered(cast, "remind", words="")
    assert done(run) == {
        waits.problem.no: "",
        late.problem.no: "",
        other.problem.no: "今天已提醒过，明天可以再提醒",
        judged.problem.no: "当前是“待核查”，该由县里办理，不用提醒单位",
        closed.problem.no: "已销号，不用提醒",
    }
    assert bulk.counts_of(run) == {"waiting": 0, "skipped": 3, "done": 2}
    assert Job.objects.get(pk=run.job_id).result == {"waiting": 0, "skipped": 3, "done": 2}
    assert AuditEntry.objects.filter(action="inspections.task.reminded").count() == 3
    entry = AuditEntry.objects.get(action="inspections.bulk.ordered")
    assert entry.after == {"kind": "remind", "count": 5} and entry.text.text == "全部"


def test_reassigning_goes_by_each_units_area(cast: Cast) -> None:
    at_a = case_at_a1(cast, "rectifying")
    at_b = case_in("rectifying", unit=cast.b1, found_by=cast.supervision, planned_by=cast.clerk_b1)
    run = ordered(cast, "reassign", overseer=cast.inspector_a.pk)
    assert done(run) == {
        at_a.problem.no: "",
        at_b.problem.no: "周明不是第二中学所在责任区的责任督学",
    }
    assert (fresh(at_a).overseer, fresh(at_b).overseer) == (cast.inspector_a, None)


@pytest.mark.closeout
def test_the_leader_closes_what_is_his_in_one_go_and_each_refusal_says_why(cast: Cast) -> None:
    mine = case_at_a1(cast, "verified", prohibition=red_line())
    ordinary = case_at_a1(cast, "verified")
    early = case_at_a1(cast, "verifying", prohibition=red_line())
    own = case_at_a1(cast, "verified", prohibition=red_line(), found_by=cast.leader)
    run = ordered(cast, "close", who="leader", words="同意销号")
    assert done(run) == {
        mine.problem.no: "",
        ordinary.problem.no: "您的角色不能对此项同意销号",
        early.problem.no: "当前状态是“待核查”，不能同意销号",
        own.problem.no: "您的角色不能对此项同意销号",
    }
    assert fresh(mine).state == "closed"
    assert fresh(mine).decisions.get().words == "同意销号"


def test_extending_keeps_the_limits_of_each_case(cast: Cast) -> None:
    plain = case_at_a1(cast, "rectifying", due_in=10)
    late = case_at_a1(cast, "rectifying", due_in=-1)
    critical = case_at_a1(cast, "rectifying", prohibition=red_line())
    run = ordered(
        cast, "extend", "tab=open&select=all", to_on=later(25).isoformat(), ground="works", words="工期"
    )
    results = done(run)
    assert results.pop(plain.problem.no) == "" and fresh(plain).due_on == later(25)
    assert results == {
        late.problem.no: "已过整改期限，延期要在期限以前提出",
        critical.problem.no: "红线问题不能延期",
    }


def test_what_was_ordered_is_frozen_and_what_was_picked_counts_alone(cast: Cast) -> None:
    one, two = case_at_a1(cast, "rectifying"), case_at_a1(cast, "rectifying")
    run = ordered(cast, "remind", f"no={two.problem.no}", words="")
    assert run.words == "逐条选中1条"
    late_comer = case_at_a1(cast, "rectifying")
    whole = ordered(cast, "remind", "q=cgxx&tab=open&select=all", words="")
    another = case_at_a1(cast, "rectifying")
    assert list(done(run)) == [two.problem.no]
    assert set(done(whole)) == {one.problem.no, two.problem.no, late_comer.problem.no}
    assert another.problem.no not in done(ordered(cast, "remind", f"no={one.problem.no}", words=""))


@pytest.mark.parametrize("query", ["tab=all", "no=2026-9999", "tab=closed&select=all"])
def test_nothing_selected_is_nothing_ordered(cast: Cast, query: str) -> None:
    case_at_a1(cast, "rectifying")
    with pytest.raises(Refused, match="请先选中"):
        ordered(cast, "remind", query, words="")
    assert not BulkRun.objects.exists() and not Job.objects.exists()


def test_nobody_orders_for_what_he_does_not_see(cast: Cast) -> None:
    at_a = case_at_a1(cast, "rectifying")
    with pytest.raises(Refused):
        ordered(cast, "remind", f"no={at_a.problem.no}", "inspector_b", words="")
    run = ordered(cast, "remind", f"no={at_a.problem.no}", "inspector_a", words="")
    assert list(done(run).values()) == ["您的角色不能对此项提醒"]


def lose_the_post(cast: Cast, who: str) -> None:
    Membership.objects.filter(user=cast.people[who]).update(to_on=later(-1))


def test_a_right_that_was_taken_away_is_gone_for_what_waits(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    run = ordered(cast, "remind", words="")
    lose_the_post(cast, "task_force")
    assert done(run) == {task.problem.no: "您已不能查看此项"}
    assert not Notification.objects.filter(kind="task.reminded").exists()


def test_an_export_is_not_made_for_whoever_lost_his_right(cast: Cast) -> None:
    case_at_a1(cast, "rectifying")
    run = bulk.order_export(actor=cast.leader, book=book_of(cast, "", "leader"))
    lose_the_post(cast, "leader")
    assert run.job is not None and not jobs.run_now(run.job.pk)
    assert Job.objects.get(pk=run.job.pk).error == "您已不能查看台账，没有导出"
    assert not StoredFile.objects.exists()


class Killed(BaseException):
    """As SIGKILL between two rows."""


def test_killed_between_two_rows_each_is_still_done_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [case_at_a1(cast, "rectifying") for _ in range(4)]
    run = ordered(cast, "remind", words="")
    plain, calls = bulk._carry_out_row, []

    def kill_before_the_third(claim: Any, run: BulkRun, row_id: int) -> None:
        if len(calls) == 2:
            raise Killed
        calls.append(row_id)
        plain(claim, run, row_id)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_carry_out_row", kill_before_the_third)
        with pytest.raises(Killed):
            jobs.run_now(run.job_id)
    assert bulk.counts_of(run) == {"waiting": 2, "skipped": 0, "done": 2}
    Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert set(done(run)) == {task.problem.no for task in tasks}
    assert bulk.counts_of(run)["done"] == 4
    assert AuditEntry.objects.filter(action="inspections.task.reminded").count() == 4
    assert audit.verify_chain() == []


def test_cancelled_half_way_what_is_done_stays_and_the_rest_is_left(cast: Cast) -> None:
    for _ in range(3):
        case_at_a1(cast, "rectifying")
    run = ordered(cast, "remind", words="")
    claim = jobs.claim(run.job_id)
    assert claim is not None
    first = run.rows.order_by("pk")[0]
    bulk._carry_out_row(claim, run, first.pk)
    jobs.cancel(Job.objects.get(pk=run.job_id), cast.task_force)
    with pytest.raises(jobs.Cancelled):
        bulk.carry_out(claim, run.pk)
    assert bulk.counts_of(run) == {"waiting": 2, "skipped": 0, "done": 1}


def test_a_short_order_is_done_before_the_answer_goes_out(
    cast: Cast, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_at_a1(cast, "rectifying")
    case_at_a1(cast, "rectifying")
    with django_capture_on_commit_callbacks(execute=True):
        run = ordered(cast, "remind", words="")
    assert bulk.counts_of(run)["done"] == 2
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        long = ordered(cast, "reassign", overseer=cast.inspector_a.pk)
    assert bulk.counts_of(long)["waiting"] == 2


def test_the_workbook_is_a_file_of_the_order_and_seen_by_its_owner_alone(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    case_at_a1(cast, "closed")
    run = bulk.order_export(actor=cast.leader, book=book_of(cast, "tab=open", "leader"))
    assert run.job is not None and jobs.run_now(run.job.pk)
    run.refresh_from_db()
    assert run.stored_file is not None
    assert run.stored_file.original_name == "问题整改台账20261116.xlsx"
    with open_blob(run.stored_file) as stream:
        sheet = load_workbook(BytesIO(stream.read())).worksheets[0]
    assert [row[1].value for row in sheet.iter_rows(min_row=3)] == [task.problem.no]
    entry = AuditEntry.objects.get(action="inspections.bulk.exported")
    assert entry.after["count"] == 1 and entry.text.text == "未销号"
    seen = {
        who for who, person in cast.people.items()
        if StoredFile.objects.visible_to(person).filter(pk=run.stored_file.pk).exists()
    }  # fmt: skip
    assert seen == {"leader"}
    lose_the_post(cast, "leader")
    again = type(cast.leader).objects.get(pk=cast.leader.pk)
    assert (
        not StoredFile.objects.visible_to(again).exists() and not BulkRun.objects.visible_to(again).exists()
    )


def test_the_database_agrees_that_a_skipped_row_says_why(cast: Cast) -> None:
    from django.db import IntegrityError, transaction

    task = case_at_a1(cast, "rectifying")
    run = ordered(cast, "remind", words="")
    for values in ({"outcome": "skipped"}, {"task": task}):
        with pytest.raises(IntegrityError), transaction.atomic():
            if "task" in values:
                BulkRow.objects.create(run=run, **values)
            else:
                run.rows.update(**values)
    assert RectificationTask.objects.count() == 1
