"""Dates are chased: each rung once, in order, in office hours, whatever runs twice, in parallel or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections import tasks
from inspections.models import (
    Problem,
    Recheck,
    RectificationTask,
    Round,
    SelfCheck,
    Transfer,
    Visit,
    VisitMember,
)
from inspections.workflows import deadlines, oversight, suggestions
from shuangjian import clock
from shuangjian.journal import audit
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, FiredRung, Notification
from shuangjian.policy import calendar
from shuangjian.policy.models import Obligation, ProhibitionList, Rule, Rulebook, Rung, Term
from shuangjian.policy.workflows import days
from tests.cast import Cast, assemble, person
from tests.parallel import at_once
from tests.poured import load_policy

DUE = date(2026, 10, 22)  # a Thursday; the working days before it: 21, 20, 19, 16, 15, 14, 13 …
UNIT_A1 = {"clerk_a1", "head_a1"}


def at(text: str) -> Any:
    """Inside, it is that moment in the county."""
    return clock.at(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def sweep_on(*days: date | str, hour: str = "09:00") -> int:
    sent = 0
    for day in days:
        with at(f"{day}T{hour}"):
            sent += deadlines.sweep()
    return sent


def every_day(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def told(rung: str = "") -> set[str]:
    """Who has a notice of that rung, or of any."""
    notices = Notification.objects.filter(kind="deadline", dedupe_key__endswith=f":{rung}" if rung else "")
    return set(notices.values_list("recipient__username", flat=True))


def rungs_of(username: str) -> list[str]:
    keys = Notification.objects.filter(kind="deadline", recipient__username=username).order_by("pk")
    return [key.rsplit(":", 1)[1] for key in keys.values_list("dedupe_key", flat=True)]


def ledger_of(case: str) -> list[str]:
    """The rungs that a case fired, in their order."""
    return list(FiredRung.objects.filter(case=case).order_by("pk").values_list("rung", flat=True))


def build() -> Cast:
    with at("2026-09-01T09:00"):
        load_policy()
        return assemble()


@pytest.fixture
def county(db: None) -> Cast:
    return build()


def a_check(
    cast: Cast, *, unit: str = "a1", due_on: date = DUE, state: str = "filling", **more: Any
) -> SelfCheck:
    round_ = Round.objects.create(
        title="秋季学期自查",
        term=Term.objects.get(code="2026-autumn"),
        rulebook=Rulebook.objects.get(),
        unit_kinds=["school"],
        due_on=due_on,
        state="published",
        published_at=datetime(2026, 9, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai")),
        created_by=cast.task_force,
        **more,
    )
    return SelfCheck.objects.create(
        no=f"2026-C{SelfCheck.objects.count() + 1:04}",
        round=round_,
        organisation=cast.units[unit],
        due_on=due_on,
        state=state,
    )


def a_task(
    cast: Cast, *, state: str = "rectifying", due_on: date = DUE, unit: str = "a1", **problem: Any
) -> RectificationTask:
    made = datetime(2026, 9, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    found = Problem.objects.create(
        no=f"2026-{Problem.objects.count() + 147:04}",
        organisation=cast.units[unit],
        rule=Rule.objects.get(code="R04"),
        fact="三年级书面作业约75分钟",
        found_on=made.date(),
        found_by=cast.task_force,
        registered_at=made,
        **{"origin": "county_inspection", **problem},
    )
    return RectificationTask.objects.create(
        problem=found, state=state, due_on=due_on, plan_due_on=DUE, created_at=made
    )


def breach(severity: str) -> dict[str, Any]:
    return {
        "severity": severity,
        "prohibition": ProhibitionList.objects.first().prohibitions.filter(severity=severity).first(),
    }


# --- Before the date ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "rung"),
    [
        ("2026-10-12", ""),
        ("2026-10-13", "before-7"),
        ("2026-10-19", "before-3"),
        ("2026-10-21", "before-1"),
    ],
)
def test_the_unit_is_reminded_7_3_and_1_working_days_before(county: Cast, day: str, rung: str) -> None:
    a_check(county)
    sweep_on(day)
    assert told() == (UNIT_A1 if rung else set())
    assert rungs_of("clerk_a1") == ([rung] if rung else [])


def test_every_rung_comes_once_when_swept_each_quarter_of_an_hour(county: Cast) -> None:
    check = a_check(county)
    for day in every_day(date(2026, 10, 8), date(2026, 11, 30)):
        sweep_on(day, day)
    assert rungs_of("clerk_a1") == ["before-7", "before-3", "before-1", "after-0"]
    assert rungs_of("head_a1") == ["before-7", "before-3", "before-1", "after-0", "after-3"]
    assert rungs_of("task_force") == ["after-5"]
    assert rungs_of("leader") == ["after-10"]
    assert rungs_of("supervision") == ["after-20"]
    assert told() == UNIT_A1 | {"task_force", "leader", "supervision"}
    days = dict(Notification.objects.filter(recipient=county.head_a1).values_list("dedupe_key", "created_at"))
    on = {key.rsplit(":", 1)[1]: timezone.localtime(day).date() for key, day in days.items()}
    assert (on["after-0"], on["after-3"]) == (DUE, date(2026, 10, 27))
    assert Notification.objects.get(recipient=county.leader).title == (
        "秋季学期自查（城关小学）：逾期14天（应于10月22日完成）"
    )
    assert Notification.objects.filter(url=f"/checks/{check.no}/").count() == Notification.objects.count()


def test_working_days_are_counted_over_the_national_holiday(county: Cast) -> None:
    """Due on 9 October: the 8th is the working day before it, 30 September the one before that."""
    a_check(county, due_on=date(2026, 10, 9))
    assert sweep_on("2026-10-05") == 0  # nobody is reminded in the holiday
    sweep_on("2026-09-30", "2026-10-08", "2026-10-09")
    assert rungs_of("clerk_a1") == ["before-3", "before-1", "after-0"]


def test_a_day_that_the_county_closed_is_no_working_day(county: Cast) -> None:
    a_check(county)
    snow = days.Span(first_on=date(2026, 10, 21), last_on=date(2026, 10, 21))
    days.set_local_days(
        span=snow, works=False, name="暴雪停工", reason="暴雪", actor=county.task_force, version=None
    )
    assert sweep_on("2026-10-21") == 0
    sweep_on("2026-10-20")
    assert rungs_of("clerk_a1") == ["before-1"]


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        ("2026-10-22T08:29", False),
        ("2026-10-22T08:30", True),
        ("2026-10-22T17:30", True),
        ("2026-10-22T17:31", False),
        ("2026-10-24T10:00", False),  # a Saturday
        ("2026-10-10T10:00", True),  # a Saturday worked for the holiday (调休)
    ],
)
def test_people_are_told_in_office_hours_of_working_days(county: Cast, moment: str, counts: bool) -> None:
    with at(moment):
        assert calendar.is_office_hour(clock.now()) is counts


def test_what_falls_due_at_night_is_said_in_the_morning(county: Cast) -> None:
    a_check(county)
    assert sweep_on(DUE, hour="00:05") == 0
    assert sweep_on(DUE, hour="08:30") == 2
    assert rungs_of("clerk_a1") == ["after-0"]


def test_a_reminder_that_had_passed_when_the_task_was_set_is_not_sent(county: Cast) -> None:
    """The notice of registration named the date a moment ago."""
    task = a_task(county)
    with at("2026-10-19T09:00"):
        RectificationTask.objects.filter(pk=task.pk).update(created_at=clock.now())
    sweep_on("2026-10-19", "2026-10-20")
    assert rungs_of("clerk_a1") == []
    sweep_on("2026-10-21")
    assert rungs_of("clerk_a1") == ["before-1"]


# --- Silence, repetition, parallel runs ------------------------------------------------------------------
def test_ten_silent_days_are_made_good_with_one_notice_a_person(county: Cast) -> None:
    a_check(county)
    sweep_on("2026-10-13")
    sweep_on("2026-10-27")  # the third working day after the date; beat was away since the 13th
    assert rungs_of("clerk_a1") == ["before-7", "after-0"]
    assert rungs_of("head_a1") == ["before-7", "after-3"]
    assert sweep_on("2026-10-27", "2026-10-28") == 0


def test_beat_away_for_ten_working_days_catches_up_in_order_each_rung_once(county: Cast) -> None:
    check = a_check(county)
    case = f"check:{check.pk}"
    sweep_on("2026-10-12")  # the last sweep before the stop: nothing was due
    assert ledger_of(case) == []
    sweep_on("2026-10-26", "2026-10-26", "2026-10-27")  # back on the tenth working day after it
    caught_up = ["before-7", "before-3", "before-1", "after-0"]
    assert ledger_of(case) == [*caught_up, "after-3"]
    told_of = dict(FiredRung.objects.filter(case=case).values_list("rung", "told"))
    assert told_of == {"before-7": 0, "before-3": 0, "before-1": 0, "after-0": 2, "after-3": 1}
    for day in every_day(date(2026, 10, 28), date(2026, 11, 30)):
        sweep_on(day)
    assert ledger_of(case) == [*caught_up, "after-3", "after-5", "after-10", "after-20"]
    assert rungs_of("clerk_a1") == ["after-0"]
    assert rungs_of("head_a1") == ["after-0", "after-3"]


def test_stopped_for_two_days_it_makes_good_what_fell_due_meanwhile(county: Cast) -> None:
    check = a_check(county)
    for day in every_day(date(2026, 10, 12), date(2026, 10, 20)):
        sweep_on(day)
    sweep_on("2026-10-23")  # away on the 21st and on the day itself
    assert ledger_of(f"check:{check.pk}") == ["before-7", "before-3", "before-1", "after-0"]
    assert rungs_of("clerk_a1") == ["before-7", "before-3", "after-0"]


def test_one_reminder_a_person_and_matter_a_day(county: Cast) -> None:
    """Whoever was reminded by hand in the morning hears of the matter again on another day."""
    task = a_task(county)
    with at("2026-10-21T08:20"):
        oversight.remind(task_id=task.pk, actor=county.task_force)
    assert sweep_on("2026-10-21") == 0
    assert ledger_of(f"task:{task.pk}") == ["before-7", "before-3", "before-1"]
    sweep_on(DUE)
    assert told("after-0") == UNIT_A1
    with at(f"{DUE}T15:00"), pytest.raises(Refused, match="今天已提醒过"):
        oversight.remind(task_id=task.pk, actor=county.task_force)


def test_the_problems_page_tells_what_the_ladder_did(county: Cast, client: Client) -> None:
    task = a_task(county)
    sweep_on("2026-10-20", DUE, "2026-10-27")
    client.force_login(county.task_force)
    with at("2026-10-27T10:00"):
        page = client.get(f"/problems/{task.problem.no}/").content.decode()
    assert "逾期3个工作日，单位负责人：催办并记一次逾期（已通知1人）" in page
    assert "提前3个工作日提醒（已通知2人）" in page
    assert "提前7个工作日提醒" not in page  # caught up with the third: it told nobody


def test_a_suggestion_is_answered_in_time_or_the_leader_hears_of_it(county: Cast) -> None:
    """P1: answered within ten working days. The county reminds itself."""
    with at("2026-09-30T16:00"):
        row = suggestions.make(actor=county.clerk_a1, text="表格太多")
    assert row.due_on == date(2026, 10, 20)
    for day in every_day(date(2026, 10, 1), date(2026, 11, 30)):
        sweep_on(day, day)
    assert ledger_of(f"suggestion:{row.pk}") == [
        "before-7", "before-3", "before-1", "after-0", "after-3", "after-5",
    ]  # fmt: skip
    assert rungs_of("task_force") == ["before-7", "before-3", "before-1", "after-0", "after-3"]
    assert rungs_of("leader") == ["after-5"]
    notice = Notification.objects.get(recipient=county.leader)
    assert notice.title == f"意见建议{row.no}答复：逾期7天（应于10月20日完成）"


@pytest.mark.closeout
def test_what_rests_is_the_countys_to_chase_and_the_unit_hears_nothing(county: Cast) -> None:
    def resting(state: str, **fields: Any) -> RectificationTask:
        task = a_task(county)
        RectificationTask.objects.filter(pk=task.pk).update(state=state, **fields)
        return task

    task = resting("parked", review_on=DUE)
    closed = resting("closed", closed_at=clock.now(), closed_by=county.task_force)
    Recheck.objects.create(task=closed, kind="look_back", due_on=DUE, created_at=task.created_at)
    handed = resting("transferred")
    Transfer.objects.create(
        task=handed,
        department=county.units["department"],
        letter_no="云教函〔2026〕12号",
        reason="无照经营",
        report_by=DUE,
        sent_by=county.task_force,
        sent_at=task.created_at,
    )
    sweep_on(date(2026, 10, 21))
    titles = Notification.objects.filter(kind="deadline").values_list("title", flat=True)
    assert {title.split("：")[0] for title in titles} == {
        f"问题{task.problem.no}挂账复核",
        f"问题{closed.problem.no}回头看",
        f"问题{handed.problem.no}移交部门反馈",
    }
    assert told() == {"task_force"}
    sweep_on(date(2026, 10, 29))  # five working days late
    assert told("after-5") == {"leader"}


def test_a_suggestion_answered_is_left_alone(county: Cast) -> None:
    with at("2026-09-30T16:00"):
        row = suggestions.make(actor=county.clerk_a1, text="表格太多")
    with at("2026-10-12T09:00"):
        suggestions.answer(suggestion_id=row.pk, actor=county.task_force, version=None, words="已减")
    assert sweep_on("2026-10-21", "2026-11-02") == 0


def test_silence_before_the_date_leaves_only_the_nearest_reminder(county: Cast) -> None:
    a_check(county)
    sweep_on("2026-10-20", "2026-10-20")
    assert rungs_of("clerk_a1") == ["before-3"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_in_parallel_tell_each_once() -> None:
    cast = build()
    a_check(cast)
    check = SelfCheck.objects.get()
    task = a_task(cast, unit="a2", due_on=date(2026, 10, 20))
    with at("2026-10-22T09:00"):
        assert at_once(*[deadlines.sweep] * 3) in ([3, 0, 0], [0, 3, 0], [0, 0, 3])
    keys = Counter(Notification.objects.values_list("recipient__username", "dedupe_key"))
    assert keys == {
        ("clerk_a1", f"deadline:check:{check.pk}:{DUE}:after-0"): 1,
        ("head_a1", f"deadline:check:{check.pk}:{DUE}:after-0"): 1,
        ("clerk_a2", f"deadline:task:{task.pk}:2026-10-20:after-0"): 1,
    }
    assert ledger_of(f"check:{check.pk}")[-1] == ledger_of(f"task:{task.pk}")[-1] == "after-0"
    assert AuditEntry.objects.filter(action="inspections.task.overdue").count() == 1
    assert audit.verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_the_task_of_the_schedule_sweeps() -> None:
    cast = build()
    a_check(cast)
    with at("2026-10-22T09:00"):
        tasks.sweep_deadlines()
    assert told("after-0") == UNIT_A1


# --- Which ladder -----------------------------------------------------------------------------------------
def test_a_check_climbs_only_as_far_as_its_step_of_the_plan(county: Cast) -> None:
    duty = Obligation.objects.filter(phase__ladder_ceiling=5).first()
    a_check(county, obligation=duty)
    for day in every_day(DUE, date(2026, 12, 10)):
        sweep_on(day)
    assert told() == UNIT_A1 | {"task_force"}


def test_the_rungs_are_the_plans_data(county: Cast) -> None:
    Rung.objects.filter(after__gt=3).delete()
    Rung.objects.filter(after=3).update(after=2, audience="leader", how="请过问")
    a_check(county)
    sweep_on("2026-10-26")
    notice = Notification.objects.get(recipient=county.leader)
    assert (rungs_of("leader"), notice.body) == (["after-2"], "请过问")
    assert told() == UNIT_A1 | {"leader"}


def test_a_plan_is_chased_by_its_own_date_and_the_task_by_its(county: Cast) -> None:
    task = a_task(county, state="planning", due_on=date(2026, 11, 30))
    sweep_on("2026-10-21")
    RectificationTask.objects.filter(pk=task.pk).update(state="rectifying")
    sweep_on("2026-10-22", "2026-11-27", "2026-11-30")
    assert rungs_of("clerk_a1") == ["before-1", "before-1", "after-0"]
    titles = list(
        Notification.objects.filter(recipient=county.clerk_a1).order_by("pk").values_list("title", flat=True)
    )
    no = task.problem.no
    assert titles == [
        f"问题{no}提交整改计划：10月22日截止，还剩1天",
        f"问题{no}完成整改：11月30日截止，还剩3天",
        f"问题{no}完成整改：今天截止",
    ]


@pytest.mark.parametrize(
    ("severity", "on_the_next_day"),
    [("ordinary", set()), ("major", {"task_force"}), ("critical", {"task_force", "leader"})],
)
def test_a_missed_date_of_a_breach_reaches_further_at_once(
    county: Cast, severity: str, on_the_next_day: set[str]
) -> None:
    a_task(county, **(breach(severity) if severity != "ordinary" else {}))
    sweep_on(DUE)
    assert told() == UNIT_A1
    sweep_on("2026-10-23", "2026-10-23")
    assert told() == UNIT_A1 | on_the_next_day
    said = FiredRung.objects.filter(told__gt=0, rung__in=["after-5", "after-10"])
    assert all("：逾期即报，" in rung.what for rung in said) and len(said) == len(on_the_next_day)
    assert (
        Notification.objects.values("recipient", "dedupe_key").distinct().count()
        == Notification.objects.count()
    )


def test_a_self_reported_problem_put_right_in_time_climbs_nowhere(county: Cast) -> None:
    """P8: 「自查发现并按期改正的，不作为约谈、通报和考核扣分依据」."""
    task = a_task(county, origin="self_check", light_track=True)
    for day in every_day(date(2026, 10, 12), DUE):
        sweep_on(day)
    RectificationTask.objects.filter(pk=task.pk).update(
        state="closed", closed_at=clock.now(), closed_by=county.head_a1
    )
    for day in every_day(date(2026, 10, 23), date(2026, 12, 1)):
        sweep_on(day)
    assert told() == UNIT_A1
    assert not AuditEntry.objects.exists()


def test_a_self_reported_problem_missed_goes_no_higher_than_the_task_force(county: Cast) -> None:
    task = a_task(county, origin="self_check", light_track=True)
    for day in every_day(date(2026, 10, 22), date(2026, 12, 4)):
        sweep_on(day)
    assert told() == UNIT_A1 | {"task_force"}
    assert ledger_of(f"task:{task.pk}")[3:] == ["after-0", "after-3", "after-5"]


# --- What changes meanwhile -------------------------------------------------------------------------------
def test_a_postponed_date_has_rungs_of_its_own(county: Cast) -> None:
    task = a_task(county)
    sweep_on("2026-10-21", "2026-10-22", "2026-10-27")
    RectificationTask.objects.filter(pk=task.pk).update(due_on=date(2026, 11, 10))
    sweep_on("2026-10-28")
    assert rungs_of("clerk_a1") == ["before-1", "after-0"]
    before = ledger_of(f"task:{task.pk}")
    sweep_on("2026-11-09", "2026-11-10")
    assert ledger_of(f"task:{task.pk}")[len(before) :] == ["before-7", "before-3", "before-1", "after-0"]
    assert rungs_of("clerk_a1") == ["before-1", "after-0", "before-1", "after-0"]


@pytest.mark.parametrize("state", ["plan_review", "verifying", "verified"])
def test_what_waits_for_the_countys_people_is_not_chased_and_not_overdue(county: Cast, state: str) -> None:
    task = a_task(county, state="rectifying")
    RectificationTask.objects.filter(pk=task.pk).update(
        state=state, verified_at=clock.now(), verified_by=county.inspector_a
    )
    assert sweep_on(DUE, "2026-11-05") == 0
    assert AuditEntry.objects.exists() is (state == "plan_review")


def test_a_check_submitted_in_between_is_left_alone(county: Cast) -> None:
    check = a_check(county)
    sweep_on("2026-10-21")
    SelfCheck.objects.filter(pk=check.pk).update(state="submitted", submitted_at=clock.now())
    assert sweep_on(DUE, "2026-11-20") == 0


def test_who_left_his_post_is_not_told_and_who_came_is(county: Cast) -> None:
    a_check(county)
    county.clerk_a1.memberships.update(to_on=date(2026, 10, 20))
    person("new_clerk", "新来", "school_admin", county.a1)
    retired = person("retired", "停用", "school_admin", county.a1)
    retired.is_active = False
    retired.save()
    sweep_on(DUE)
    assert told() == {"head_a1", "new_clerk"}


def test_a_unit_filled_in_for_by_another_is_chased_there(county: Cast) -> None:
    county.a2.filer = county.a1
    county.a2.save()
    a_check(county, unit="a2")
    sweep_on(DUE)
    assert told() == UNIT_A1


# --- Overdue ----------------------------------------------------------------------------------------------
def test_a_task_becomes_overdue_once_in_the_journal(county: Cast) -> None:
    task = a_task(county)
    sweep_on(DUE)
    assert not AuditEntry.objects.exists()
    sweep_on("2026-10-24", "2026-10-24", "2026-10-26", hour="03:00")  # noted at any hour, of any day
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.subject_no) == (
        "inspections.task.overdue",
        None,
        task.problem.no,
    )
    assert entry.after == {"due_on": "2026-10-22"}
    task.refresh_from_db()
    assert task.overdue_noted_on == date(2026, 10, 24)
    assert rungs_of("clerk_a1") == ["after-0"]  # nobody was woken


def test_a_fault_at_one_task_leaves_it_for_the_next_sweep(
    county: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = a_task(county)

    def break_down(**_: object) -> None:
        raise RuntimeError("the machine stopped here")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", break_down)
        with pytest.raises(RuntimeError):
            sweep_on("2026-10-23")
    task.refresh_from_db()
    assert task.overdue_noted_on is None
    sweep_on("2026-10-23")
    assert AuditEntry.objects.count() == 1


# --- Visits -----------------------------------------------------------------------------------------------
def test_the_members_of_a_visit_are_reminded_and_the_unit_is_not(county: Cast) -> None:
    with at("2026-10-08T09:00"):
        visit = Visit.objects.create(
            no="2026-V0001",
            organisation=county.a1,
            rulebook=Rulebook.objects.get(),
            planned_on=DUE,
            created_by=county.supervision,
        )
    VisitMember.objects.create(visit=visit, user=county.inspector_a, is_lead=True)
    for day in every_day(date(2026, 10, 8), date(2026, 11, 20)):
        sweep_on(day)
    assert told() == {"inspector_a"}
    assert rungs_of("inspector_a") == ["before-7", "before-3", "before-1", "after-0"]
    assert (
        Notification.objects.order_by("pk").first().title
        == "督导2026-V0001（城关小学）：10月22日进行，还剩9天"
    )
    Visit.objects.update(state="ongoing")
    assert sweep_on("2026-11-23") == 0


# --- Size -------------------------------------------------------------------------------------------------
def test_many_cases_cost_no_more_queries_than_one(county: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            sweep_on("2026-10-21")
        return len(seen)

    a_check(county)
    a_task(county)
    few = queries()
    Notification.objects.all().delete()
    FiredRung.objects.all().delete()
    for _ in range(40):
        a_check(county)
        a_task(county)
    # Two read what a pause goes by (measures, later dates), one the tables that go up.
    assert queries() == few <= 28
    assert Notification.objects.count() == 2 * 82
