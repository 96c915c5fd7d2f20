"""Dates counted into a year without data: marked, told once, counted again when the year comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from inspections.models import RectificationTask
from inspections.workflows import problems, rectification, suggestions
from shuangjian import clock
from shuangjian.journal import jobs
from shuangjian.journal.models import AuditEntry, Job, Notification
from shuangjian.policy.models import CountedDate, Obligation
from shuangjian.policy.workflows import counting
from tests.cast import Cast
from tests.inspections.cases import item
from tests.policy.notices import NOTICE_OF_2027
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "policy", "year_end")]
WHOLE = {"document": "国办发明电〔2026〕9号", "text": NOTICE_OF_2027, "reason": "通知已经公布"}


@pytest.fixture
def year_end(policy: object) -> Iterator[None]:
    """30 December 2026, a Wednesday: five working days lead into 2027."""
    with clock.at(datetime(2026, 12, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai"))):
        yield


def registered(cast: Cast, due_on: date = date(2027, 2, 26)) -> RectificationTask:
    one = item("R04-2")
    problem = problems.register(
        organisation=cast.a1,
        rule=one.rule,
        item=one,
        fact="三年级数学日均书面作业约75分钟",
        origin="county_inspection",
        found_by=cast.supervision,
        due_on=due_on,
    )
    return problem.tasks.get()


def enter_2027(cast: Cast) -> Job:
    """The task force enters the year on the page; the job that it asks for, not yet begun."""
    answer = submit(signed_in(cast.task_force), "/settings/calendar/2027/whole/", WHOLE, version=0)
    assert answer.status_code == 302
    return Job.objects.get(kind=counting.RECOUNT)


def page_of(cast: Cast, task: RectificationTask) -> str:
    return text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/"))


def test_a_date_into_an_unknown_year_is_marked_and_told_once(cast: Cast) -> None:
    first, _ = registered(cast), registered(cast)
    assert first.plan_due_on == date(2027, 1, 6)
    assert "5个工作日，至1月6日（星期三）（暂定）" in page_of(cast, first)
    assert "（暂定）" in text_of(signed_in(cast.clerk_a1).get("/desk/"))
    told = Notification.objects.filter(kind="calendar.missing")
    assert [one.recipient for one in told] == [cast.task_force]
    assert told.get().url == "/settings/calendar/2027/"


def test_when_the_year_is_there_open_dates_are_counted_again(cast: Cast) -> None:
    task = registered(cast)
    job = enter_2027(cast)
    task.refresh_from_db()
    assert task.plan_due_on == date(2027, 1, 6)  # the entry itself moves nothing
    assert jobs.run_now(job.pk)
    task.refresh_from_db()
    assert task.plan_due_on == date(2027, 1, 7)  # 元旦 rests
    entry = AuditEntry.objects.get(action="inspections.task.recounted")
    assert (entry.actor_id, entry.before["plan_due_on"]) == (None, "2027-01-06")
    assert (entry.after["plan_due_on"], entry.after["from"]) == ("2027-01-07", "2026-12-30")
    notice = Notification.objects.get(kind="deadline.recounted", recipient=cast.clerk_a1)
    assert notice.title == f"问题{task.problem.no}提交整改计划的期限由1月6日改为1月7日"
    words = page_of(cast, task)
    assert "5个工作日，至1月7日（星期四）" in words and "暂定" not in words


def test_counting_again_twice_changes_nothing_more(cast: Cast) -> None:
    task = registered(cast)
    job = enter_2027(cast)
    assert jobs.run_now(job.pk)
    row = CountedDate.objects.get(subject_id=task.pk, field="plan_due_on")
    before = AuditEntry.objects.count(), Notification.objects.count()
    assert not jobs.run_now(job.pk)
    assert not counting.recount(row.pk)
    assert not counting.sweep()
    assert (AuditEntry.objects.count(), Notification.objects.count()) == before


def test_a_plan_that_was_submitted_meanwhile_keeps_the_reviewers_date(cast: Cast) -> None:
    """The count of the new step takes the place of the old one; that one is counted again."""
    task = registered(cast)
    measure = problems.PlannedMeasure(text="调整作业量", person="王老师", due_on=date(2027, 2, 1))
    rectification.submit_plan(task_id=task.pk, actor=cast.clerk_a1, version=None, measures=[measure])
    assert jobs.run_now(enter_2027(cast).pk)
    task.refresh_from_db()
    assert task.state == "plan_review"
    assert CountedDate.objects.filter(subject_id=task.pk, field="plan_due_on").count() == 1
    assert Notification.objects.filter(kind="deadline.recounted", recipient=cast.task_force).exists()


def test_a_date_that_moved_or_no_longer_waits_stays(cast: Cast) -> None:
    moved, done = registered(cast), registered(cast)
    RectificationTask.objects.filter(pk=moved.pk).update(plan_due_on=date(2027, 1, 20))
    RectificationTask.objects.filter(pk=done.pk).update(state="rectifying")
    assert jobs.run_now(enter_2027(cast).pk)
    assert not AuditEntry.objects.filter(action="inspections.task.recounted").exists()
    assert RectificationTask.objects.get(pk=moved.pk).plan_due_on == date(2027, 1, 20)
    assert not counting.waiting().filter(field="plan_due_on").exists()


def test_the_tasks_own_date_comes_before_the_count(cast: Cast) -> None:
    task = registered(cast, due_on=date(2027, 1, 6))
    assert jobs.run_now(enter_2027(cast).pk)
    task.refresh_from_db()
    assert task.plan_due_on == date(2027, 1, 6)
    assert "5个工作日" not in page_of(cast, task)


def test_the_answer_to_a_suggestion_moves_too(cast: Cast) -> None:
    row = suggestions.make(actor=cast.clerk_a1, text="清单可以再短一些")
    assert row.due_on == date(2027, 1, 13)
    assert "10个工作日" in text_of(signed_in(cast.clerk_a1).get(f"/suggestions/{row.no}/"))
    assert jobs.run_now(enter_2027(cast).pk)
    row.refresh_from_db()
    assert row.due_on == date(2027, 1, 14)
    assert AuditEntry.objects.get(action="inspections.suggestion.recounted").subject_no == row.no


def test_a_date_of_the_plan_moves_to_the_working_day_after_the_holiday(cast: Cast) -> None:
    duty = Obligation.objects.filter(due_on__year=2027).first()
    assert duty is not None
    Obligation.objects.filter(pk=duty.pk).update(due_on=date(2027, 10, 1))
    CountedDate.objects.filter(subject_type="policy.obligation").delete()
    computed = counting.calendar.add_working_days(date(2027, 9, 30), 1)
    counting.keep(duty, "due_on", computed)
    assert "（暂定）" in text_of(signed_in(cast.leader).get("/plan/"))
    assert jobs.run_now(enter_2027(cast).pk)
    duty.refresh_from_db()
    assert (duty.due_on, duty.printed_due_on) == (date(2027, 10, 8), date(2027, 10, 1))
    assert AuditEntry.objects.filter(action="policy.obligation.recounted").count() == 1
    assert "（暂定）" not in text_of(signed_in(cast.leader).get("/plan/"))


def test_what_was_counted_beside_the_entry_is_found_by_the_sweep(cast: Cast) -> None:
    assert jobs.run_now(enter_2027(cast).pk) if registered(cast) else False
    late = registered(cast)
    row = CountedDate.objects.get(subject_id=late.pk, field="plan_due_on")
    assert not row.is_provisional
    CountedDate.objects.filter(pk=row.pk).update(is_provisional=True, on=late.plan_due_on)
    assert counting.sweep() and counting.sweep()
    waiting = Job.objects.filter(kind=counting.RECOUNT, state="queued")
    assert waiting.count() == 1
    assert jobs.run_now(waiting.get().pk)
    assert not counting.waiting().exists() and not counting.sweep()
