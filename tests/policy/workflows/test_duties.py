"""What units owe by the plan: made once, filed, marked, locked, reopened, moved and ended with their unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, DutyRecord, Obligation, Phase
from shuangjian.policy.workflows import duties, loading, phases, terms
from tests.cast import Cast, assemble

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy")]


def at(day: str) -> Any:
    return clock.at(datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def county(db: None) -> Iterator[Cast]:
    """The cast with the plan of 2026 on 10 August: the first step is open."""
    with at("2026-08-10"):
        cast = assemble()
        phases.sweep()
        yield cast


def duty_of(cast: Cast, code: str, unit: str = "a1") -> Duty:
    return Duty.objects.get(obligation__code=code, organisation=cast.units[unit])


def filing(**changed: Any) -> duties.Filing:
    fields: dict[str, Any] = {
        "form": "集体学习",
        "held_on": clock.today(),
        "people_count": 40,
        "words": "学习三十条",
    }
    return duties.Filing(**(fields | changed))


def file(
    cast: Cast, code: str = "P1-1b", who: str = "clerk_a1", unit: str = "a1", **changed: Any
) -> DutyRecord:
    return duties.file(
        duty_id=duty_of(cast, code, unit).pk, actor=cast.people[who], version=None, filing=filing(**changed)
    )


def reopen(cast: Cast, code: str = "P1-1b", until: str = "2026-10-20", who: str = "task_force") -> Duty:
    return duties.reopen(
        duty_id=duty_of(cast, code).pk,
        actor=cast.people[who],
        version=None,
        until=date.fromisoformat(until),
        reason="经办人员交接",
    )


# --- Opening ------------------------------------------------------------------------------------------
def test_an_open_step_gives_each_unit_its_own_and_the_county_one(county: Cast) -> None:
    owed = sorted(Duty.objects.values_list("obligation__code", "organisation__kind"))
    assert owed == [("P1-1a", "county"), ("P1-1b", "school"), ("P1-1b", "school"), ("P1-1b", "school"),
                    ("P1-1c", "institution")]  # fmt: skip
    one = duty_of(county, "P1-1b")
    assert (one.due_on, one.done_on, one.standing_words) == (date(2026, 8, 31), None, ("wait", "未完成"))
    phases.sweep()
    assert Duty.objects.count() == len(owed)


def test_days_of_silence_leave_the_duties_of_every_step_behind(county: Cast) -> None:
    """A step that opened and closed between two sweeps is owed all the same, and is late."""
    with at("2026-12-01"):
        phases.sweep()
        codes = set(Duty.objects.values_list("obligation__code", flat=True))
        assert {"P1-2b", "P1-2c", "P1-3b", "P1-3c", "P1-3d"} <= codes
        assert not codes & {"P1-3e", "P1-3g", "P2-1b"}
        assert duty_of(county, "P1-2b").standing_words == ("bad", "逾期62天，已锁定")


def test_two_steps_open_at_once_are_owed_beside_each_other(county: Cast) -> None:
    """November of the second year: supervision and model cases (P21)."""
    with at("2027-11-10"):
        phases.sweep()
        open_now = (
            Duty.objects.open().open_for_filing(clock.today()).values_list("obligation__code", flat=True)
        )
        assert {"P2-2e", "P2-3a", "P2-3c"} <= set(open_now)


def test_what_repeats_has_one_instance_a_term(county: Cast) -> None:
    """Each opens with its term, not with the step, and is due at the term's end."""
    with at("2027-03-10"):
        phases.sweep()
        terms.roll_over(
            start_year=2027,
            autumn=terms.Days(first_on=date(2027, 9, 1), last_on=date(2028, 1, 21)),
            spring=terms.Days(first_on=date(2028, 2, 28), last_on=date(2028, 7, 7)),
            actor=county.task_force,
        )
    for day in ("2027-06-01", "2027-09-06", "2027-11-10"):
        with at(day):
            phases.sweep()
    found = Duty.objects.filter(obligation__code="P2-2b", organisation=county.a1).order_by("due_on")
    codes = [one.term.code for one in found if one.term and one.due_on == one.term.last_on]
    assert codes == ["2027-spring", "2027-autumn"]
    assert not Duty.objects.filter(obligation__code="P2-2b", organisation__kind="institution").exists()
    assert Duty.objects.filter(obligation__code="P2-2d", organisation=county.county).count() == 2
    with at("2028-01-20"):  # the step is over, the term is not
        assert not found[1].is_locked


def test_a_plan_of_another_year_is_owed_apart(county: Cast) -> None:
    with at("2027-08-10"):
        loading.load(start_year=2027)
        phases.sweep()
        years = Duty.objects.filter(obligation__code="P1-1b", organisation=county.a1)
        assert sorted(years.values_list("due_on__year", flat=True)) == [2026, 2027]
        running = Phase.objects.filter(opened_at__isnull=False, closed_at__isnull=True)
        assert set(running.values_list("code", flat=True)) == {"P1-1", "P2-2"}


# --- Filing and lateness -------------------------------------------------------------------------------
def test_one_record_fulfils_the_duty_and_a_second_changes_no_day(county: Cast) -> None:
    record = file(county)
    duty = duty_of(county, "P1-1b")
    assert (duty.done_on, duty.done_by, duty.days_late) == (date(2026, 8, 10), county.clerk_a1, 0)
    entry = AuditEntry.objects.get(action="policy.duty.filed")
    assert (entry.subject_no, entry.organisation_id, entry.after["record"]) == (
        "P1-1b", county.a1.pk, record.pk,
    )  # fmt: skip
    with at("2026-08-20"):
        file(county, who="head_a1", form="家长会")
        assert duty_of(county, "P1-1b").done_on == date(2026, 8, 10)
    assert duty.records.count() == 2
    assert audit.verify_chain() == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"form": "转发截图"}, "从列出的形式里选择"),
        ({"held_on": date(2026, 8, 11)}, "不能晚于今天"),
        ({"held_on": date(2026, 7, 31)}, "日期不能更早"),
        ({"people_count": 0}, "人数在1到"),
    ],
)
def test_a_record_that_cannot_be_is_refused(county: Cast, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        file(county, **changed)
    assert not DutyRecord.objects.exists() and duty_of(county, "P1-1b").done_on is None


def test_others_do_not_file_for_a_unit(county: Cast) -> None:
    for who in ("task_force", "inspector_a", "clerk_b1", "clerk_a3"):
        with pytest.raises(NotAllowed):
            file(county, who=who)


def test_a_record_is_corrected_while_the_step_is_open(county: Cast) -> None:
    record = file(county)
    with at("2026-08-20"):
        mended = duties.correct(
            record_id=record.pk, actor=county.head_a1, version=1, filing=filing(people_count=45)
        )
        assert (mended.people_count, mended.version) == (45, 2)
        entry = AuditEntry.objects.get(action="policy.duty.corrected")
        assert (entry.subject_type, entry.after["people"]) == ("policy.dutyrecord", 45)
        with pytest.raises(StaleRow):
            duties.correct(record_id=record.pk, actor=county.clerk_a1, version=1, filing=filing())
    with at("2026-09-02"), pytest.raises(Refused, match="填报已锁定"):
        duties.correct(record_id=record.pk, actor=county.clerk_a1, version=2, filing=filing())
    assert duty_of(county, "P1-1b").done_on == date(2026, 8, 10)


# --- The lock --------------------------------------------------------------------------------------------
def test_a_step_locks_itself_at_its_end(county: Cast) -> None:
    with at("2026-08-31"):
        assert not duty_of(county, "P1-1b").is_locked
    with at("2026-09-01"):
        with pytest.raises(Refused, match=r"8月31日结束，填报已锁定.*请双减专班开放补报"):
            file(county)
        assert duty_of(county, "P1-1b").standing_words == ("bad", "逾期1天，已锁定")
    assert not DutyRecord.objects.exists()


def test_a_date_that_moved_beyond_the_end_from_a_rest_day_locks_with_itself(county: Cast) -> None:
    Phase.objects.filter(code="P1-1").update(ends_on=date(2026, 8, 30))  # a Sunday
    with at("2026-08-31"):
        file(county)
    assert duty_of(county, "P1-1b").days_late == 0


def test_only_the_task_force_reopens_one_unit_with_reason_and_date(county: Cast) -> None:
    with at("2026-10-08"):
        for who in ("leader", "supervision", "inspector_a", "head_a1"):
            with pytest.raises(NotAllowed):
                reopen(county, who=who)
        with pytest.raises(Refused, match="不能早于今天"):
            reopen(county, until="2026-10-07")
        duty = reopen(county)
        assert (duty.reopened_until, duty.reopened_reason) == (date(2026, 10, 20), "经办人员交接")
        told = Notification.objects.filter(kind="duty.reopened").values_list("recipient__username", flat=True)
        assert set(told) == {"clerk_a1", "head_a1"}
        entry = AuditEntry.objects.get(action="policy.duty.reopened")
        assert (entry.actor_role, entry.after["reopened_until"]) == ("task_force", "2026-10-20")
        with pytest.raises(WrongState):
            reopen(county)  # it is open now
    with at("2026-10-12"):
        file(county)
        with pytest.raises(Refused):
            file(county, who="clerk_a2", unit="a2")  # the others stay locked
        done = duty_of(county, "P1-1b")
        assert (done.due_on, done.days_late) == (date(2026, 8, 31), 42)
        assert done.standing_words == ("warn", "逾期42天完成")
        with pytest.raises(WrongState):
            reopen(county)
    with at("2026-10-21"), pytest.raises(Refused):
        file(county)


def test_what_is_open_needs_no_reopening(county: Cast) -> None:
    with pytest.raises(WrongState, match="8月31日前都能填报"):
        reopen(county)


# --- The county's own ------------------------------------------------------------------------------------
def mark(cast: Cast, code: str, who: str, on: str = "2026-08-05") -> Duty:
    duty = Duty.objects.get(obligation__code=code, organisation=cast.county)
    return duties.mark(
        duty_id=duty.pk,
        actor=cast.people[who],
        version=None,
        on=date.fromisoformat(on),
        words="云教发〔2026〕31号",
    )


def test_the_bureaus_duty_is_marked_by_the_task_force_with_its_document(county: Cast) -> None:
    for who in ("leader", "supervision", "clerk_a1"):
        with pytest.raises(NotAllowed):
            mark(county, "P1-1a", who)
    for on, words in (("2026-08-11", "不能晚于今天"), ("2026-07-31", "不能更早")):
        with pytest.raises(Refused, match=words):
            mark(county, "P1-1a", "task_force", on)
    duty = mark(county, "P1-1a", "task_force")
    assert (duty.done_on, duty.done_words) == (date(2026, 8, 5), "云教发〔2026〕31号")
    with pytest.raises(WrongState):
        mark(county, "P1-1a", "task_force")


def test_the_supervision_offices_duty_is_its_own(county: Cast) -> None:
    with at("2027-08-10"):
        phases.sweep()
        with pytest.raises(NotAllowed):
            mark(county, "P2-2a", "task_force", "2027-08-09")
        assert mark(county, "P2-2a", "supervision", "2027-08-09").days_late == 0


# --- Units that come and go ------------------------------------------------------------------------------
def test_a_new_unit_owes_what_is_open_until_the_steps_end_where_the_date_has_passed(county: Cast) -> None:
    Obligation.objects.filter(code="P1-1b").update(due_on=date(2026, 8, 8))
    unit = Organisation.objects.create(kind="school", code="3152000077", name="新城小学")
    assert duties.open_for(unit) == 1
    assert Duty.objects.get(organisation=unit).due_on == date(2026, 8, 31)
    assert duties.open_for(unit) == 0


def test_a_merger_ends_what_the_successor_owes_too_and_moves_the_rest(county: Cast) -> None:
    with at("2026-09-10"):
        phases.sweep()
        duty_of(county, "P1-2b", "a2").delete()
        moved, ended = duties.end_unit(unit=county.a1, taker=county.a2, actor=county.task_force)
        assert (moved, ended) == (1, 1)
        assert not Duty.objects.filter(obligation__code="P1-2b", organisation=county.a1).exists()
        assert duty_of(county, "P1-2b", "a2").standing_words == ("wait", "未完成")
        assert duty_of(county, "P1-1b").standing_words == ("none", "已终止")
        with pytest.raises(WrongState, match="已终止"):
            reopen(county)
    assert AuditEntry.objects.filter(action__in=["policy.duty.moved", "policy.duty.ended"]).count() == 2


def test_a_closure_ends_what_is_open_and_keeps_what_is_done(county: Cast) -> None:
    file(county)
    with at("2026-09-10"):
        phases.sweep()
        assert duties.end_unit(unit=county.a1, taker=None, actor=county.task_force) == (0, 1)
    assert duty_of(county, "P1-1b").standing_words == ("ok", "已完成")
    assert duty_of(county, "P1-2b").ended_on == date(2026, 9, 10)
