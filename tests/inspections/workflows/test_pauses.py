"""Measures that need pupils: a school's limit pauses while they are away, and so does its ladder (P20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspections.models import Measure, RectificationTask
from inspections.workflows import deadlines, extensions, rectification
from inspections.workflows.problems import PlannedMeasure
from shuangjian import clock
from shuangjian.journal import jobs
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, FiredRung, Job, Notification
from shuangjian.policy.models import CountedDate, SchoolYear, Term
from shuangjian.policy.workflows import counting
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, fresh, red_line
from tests.registry import rows, signed_in, submit, text_of

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "policy", "january")]

DUE = date(2026, 2, 11)  # 22 working days on: nine in lessons, thirteen in the vacation from 24 January
PAUSED = date(2026, 3, 18)  # nine before the vacation, thirteen after it
WORDS = "22个工作日，假期停计21天，至3月18日（星期三）"


def at(day: str, hour: str = "09:00") -> Any:
    return clock.at(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def january(policy: object) -> Iterator[None]:
    """12 January 2026, a Monday: the vacation begins on the 24th."""
    with at("2026-01-12"):
        yield


def planning(cast: Cast, **changed: Any) -> RectificationTask:
    return case_at_a1(cast, "planning", due_in=30, **changed)


def plan(cast: Cast, task: RectificationTask, due_on: str, *, needs_pupils: bool = True) -> Any:
    """Send the plan by its page: one measure."""
    entry = {"text": "每周抽查在校书面作业", "person": "李静", "due_on": due_on}
    entry |= {"needs_pupils": "on"} if needs_pupils else {}
    url = f"/problems/{task.problem.no}/plan/"
    return submit(signed_in(cast.clerk_a1), url, rows("measure", entry), version=fresh(task).version)


def approve(cast: Cast, task: RectificationTask) -> RectificationTask:
    url = f"/problems/{task.problem.no}/approve-plan/"
    answer = submit(signed_in(cast.task_force), url, {"words": ""}, version=fresh(task).version)
    assert answer.status_code == 302
    return fresh(task)


def approved(cast: Cast, due_on: str = "2026-03-10") -> RectificationTask:
    task = planning(cast)
    assert plan(cast, task, due_on).status_code == 302
    return approve(cast, task)


def test_an_approved_plan_that_needs_pupils_pauses_the_limit_and_shows_the_count(cast: Cast) -> None:
    task = planning(cast)
    assert task.due_on == DUE
    page = text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/plan/"))
    assert "要有学生在校才能落实" in page and WORDS in page
    assert plan(cast, task, "2026-03-10").status_code == 302
    assert fresh(task).due_on == DUE, "the reviewer decides"
    assert "要学生在校" in text_of(signed_in(cast.task_force).get(f"/reviews/plan/{task.problem.no}/"))
    task = approve(cast, task)
    assert task.due_on == PAUSED
    entry = AuditEntry.objects.get(action="inspections.task.approve_plan")
    assert (entry.before["due_on"], entry.after["due_on"], entry.after["paused"]) == (
        "2026-02-11",
        "2026-03-18",
        21,
    )
    assert WORDS in text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/"))


@pytest.mark.parametrize(
    ("due_on", "needs_pupils", "sentence"),
    [
        ("2026-02-10", True, "完成时限2月10日学生不在校，请改选上课的日期"),
        ("2026-03-19", True, "完成时限要在整改期限（2026年3月18日）以内"),
        ("2026-02-12", False, "完成时限要在整改期限（2026年2月11日）以内"),
        ("2026-01-11", True, "完成时限不能早于今天"),
    ],
)
def test_a_measure_at_a_wrong_time_is_refused_with_its_entries_kept(
    cast: Cast, due_on: str, needs_pupils: bool, sentence: str
) -> None:
    task = planning(cast)
    answer = plan(cast, task, due_on, needs_pupils=needs_pupils)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert due_on in answer.content.decode()
    assert fresh(task).state == "planning"


def test_what_needs_no_pupils_keeps_its_date(cast: Cast) -> None:
    task = planning(cast)
    assert plan(cast, task, "2026-02-10", needs_pupils=False).status_code == 302
    assert approve(cast, task).due_on == DUE
    assert not CountedDate.objects.filter(subject_id=task.pk, field="due_on").exists()


def test_red_lines_and_institutions_never_pause(cast: Cast) -> None:
    red = planning(cast, prohibition=red_line())
    outside = planning(cast, unit=cast.a3)
    for task, clerk in ((red, cast.clerk_a1), (outside, cast.people["clerk_a3"])):
        page = text_of(signed_in(clerk).get(f"/problems/{task.problem.no}/plan/"))
        assert "要有学生在校才能落实" not in page
        measure = PlannedMeasure(text="整改", person="李静", due_on=date(2026, 2, 10), needs_pupils=True)
        with pytest.raises(Refused, match="假期不停计"):
            rectification.submit_plan(task_id=task.pk, actor=clerk, version=None, measures=[measure])


def rungs_fired(task: RectificationTask) -> list[str]:
    fired = FiredRung.objects.filter(case=f"task:{task.pk}").order_by("pk")
    return list(fired.values_list("rung", flat=True))


def test_the_ladder_rests_in_the_vacation_and_goes_on_after_it(cast: Cast) -> None:
    waits, other = case_at_a1(cast, "rectifying", proven=False), case_at_a1(cast, "rectifying", proven=False)
    RectificationTask.objects.update(due_on=date(2026, 1, 21))
    Measure.objects.filter(task=waits).update(needs_pupils=True)
    for day in ("2026-01-21", "2026-01-23", "2026-02-26"):
        with at(day):
            deadlines.sweep()
    assert "after-20" in rungs_fired(other)
    assert [rung for rung in rungs_fired(waits) if rung.startswith("after")] == ["after-0"]
    with at("2026-03-02"):
        deadlines.sweep()
    assert [rung for rung in rungs_fired(waits) if rung.startswith("after")] == ["after-0", "after-3"]


def test_the_reminder_before_a_paused_date_comes_seven_school_days_ahead(cast: Cast) -> None:
    """Nine school days from 4 March; in the vacation nothing presses, though seven working days are near."""
    task = approved(cast)
    RectificationTask.objects.filter(pk=task.pk).update(due_on=date(2026, 3, 4))
    CountedDate.objects.all().delete()
    for day, fired in (
        ("2026-01-15", []),
        ("2026-01-19", ["before-7"]),
        ("2026-02-26", ["before-7", "before-3"]),
    ):
        with at(day):
            deadlines.sweep()
        assert rungs_fired(task) == fired, day


def limit_of(task: RectificationTask) -> CountedDate:
    return CountedDate.objects.get(
        subject_type="inspections.rectificationtask", subject_id=task.pk, field="due_on"
    )


def close_schools(cast: Cast, first: str, last: str) -> Job | None:
    """A closure entered on the page of the spring term; the job it asks for, done."""
    term = Term.objects.get(code="2026-spring")
    period = {"kind": "closure", "first_on": first, "last_on": last, "reason": "暴雪停课"}
    fields = {"first_on": str(term.first_on), "last_on": str(term.last_on), **rows("period", period)}
    url = "/settings/terms/2026-spring/"
    assert submit(signed_in(cast.task_force), url, fields, version=term.version).status_code == 302
    job = Job.objects.filter(kind=counting.RECOUNT).first()
    if job is not None:
        assert jobs.run_now(job.pk)
    return job


def test_a_closure_entered_later_moves_the_paused_date_and_its_measure(cast: Cast) -> None:
    task = approved(cast)
    close_schools(cast, "2026-03-09", "2026-03-11")
    task = fresh(task)
    assert task.due_on == date(2026, 3, 23)  # three days later, over a weekend
    assert task.plan.get().due_on == date(2026, 3, 12)
    entry = AuditEntry.objects.get(action="inspections.task.limit_recounted")
    assert (entry.actor_id, entry.before["due_on"], entry.after["due_on"]) == (
        None,
        "2026-03-18",
        "2026-03-23",
    )
    told = Notification.objects.get(kind="deadline.recounted", recipient=cast.clerk_a1)
    assert told.title == f"问题{task.problem.no}整改的期限由3月18日改为3月23日"
    words = text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/"))
    assert "22个工作日，假期停计24天，至3月23日（星期一）" in words
    # Run again it changes nothing more, and the sweep finds nothing left.
    assert not counting.sweep() and not counting.outdated()


def test_a_date_that_was_extended_follows_the_terms_no_more(cast: Cast) -> None:
    task = approved(cast)
    with at("2026-03-03"):
        extensions.extend(
            task_id=task.pk,
            actor=cast.task_force,
            version=None,
            to_on=date(2026, 4, 1),
            ground="vacation",
            words="寒假停工",
        )
        close_schools(cast, "2026-03-09", "2026-03-11")
    assert fresh(task).due_on == date(2026, 4, 1)
    assert not counting.outdated()


def test_a_count_beyond_the_last_term_is_provisional_until_the_next_year_is_entered(cast: Cast) -> None:
    Term.objects.filter(first_on__gte=date(2026, 2, 1)).delete()
    SchoolYear.objects.filter(start_year=2026).delete()
    task = approved(cast, "2026-02-10")
    assert (task.due_on, limit_of(task).is_provisional) == (DUE, True)
    assert Notification.objects.filter(kind="terms.missing", recipient=cast.task_force).count() == 1
    assert "（暂定）" in text_of(signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/"))
    year = SchoolYear.objects.get(start_year=2025)
    Term.objects.create(
        school_year=year,
        code="2026-spring",
        title="春季",
        first_on=date(2026, 3, 2),
        last_on=date(2026, 7, 10),
    )
    assert counting.sweep()
    assert jobs.run_now(Job.objects.get(kind=counting.RECOUNT).pk)
    task = fresh(task)
    assert (task.due_on, task.plan.get().due_on) == (PAUSED, date(2026, 3, 2))
    assert not limit_of(task).is_provisional
