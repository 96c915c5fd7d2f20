"""Duties that self-checks and visits fulfil, the lock of a self-check, units that end, reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from inspections.models import Visit
from inspections.workflows import closing, deadlines, self_check, visit_findings, visits
from schools import workflows as schools
from shuangjian import clock
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy.models import Duty, Obligation, Phase, Term
from shuangjian.policy.workflows import duties, phases
from tests.cast import Cast, assemble
from tests.inspections.checking import check_of, fill, publish
from tests.policy.workflows.test_duties import at, duty_of, file

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy")]


@pytest.fixture
def county(db: None) -> Iterator[Cast]:
    """12 October 2026: the third step has opened, the two before it are locked."""
    with at("2026-08-10"):
        cast = assemble()
        phases.sweep()
    with at("2026-10-12"):
        phases.sweep()
        yield cast


def publish_for(cast: Cast, code: str = "P1-3b", kinds: tuple[str, ...] = ("school",)) -> None:
    publish(
        cast,
        Term.objects.get(code="2026-autumn"),
        unit_kinds=list(kinds),
        obligation=Obligation.objects.get(code=code),
        due_on=date(2026, 11, 2),
    )


def finished(cast: Cast, code: str, unit: str = "a1", **more: Any) -> date | None:
    """As a list reads it."""
    rows = Duty.objects.standing().filter(obligation__code=code, organisation=cast.units[unit], **more)
    found: date | None = rows.get().finished_on
    return found


# --- Self-checks ----------------------------------------------------------------------------------------
def test_a_self_check_fulfils_the_duty_on_the_day_of_its_first_submission(county: Cast) -> None:
    assert finished(county, "P1-3a", "county") is None
    publish_for(county)
    assert finished(county, "P1-3a", "county") == date(2026, 10, 12)
    check = fill(check_of(county.a1), county.clerk_a1)
    assert finished(county, "P1-3b") is None
    with at("2026-10-30"):
        self_check.confirm(check_id=check.pk, actor=county.head_a1)
        assert finished(county, "P1-3b") == date(2026, 10, 30)
        self_check.send_back(check_id=check.pk, actor=county.task_force, notes={2: "写明年级"})
        assert finished(county, "P1-3b") is None
    with at("2026-11-05"):
        assert duty_of(county, "P1-3b").standing_words == ("bad", "逾期3天")
        self_check.confirm(check_id=check.pk, actor=county.head_a1)
        assert duty_of(county, "P1-3b").standing_words == ("ok", "已完成")
    assert finished(county, "P1-3b", "b1") is None


def test_a_self_check_is_locked_with_its_step_until_it_is_reopened(county: Cast) -> None:
    publish_for(county)
    check = fill(check_of(county.a1), county.clerk_a1)
    with at("2027-01-04"):
        phases.sweep()
        with pytest.raises(Refused, match="“对照整改”已于2026年12月31日结束，填报已锁定"):
            self_check.confirm(check_id=check.pk, actor=county.head_a1)
        assert check_of(county.a1).state == "filling"
        duties.reopen(
            duty_id=duty_of(county, "P1-3b").pk,
            actor=county.task_force,
            version=None,
            until=date(2027, 1, 8),
            reason="校长更换",
        )
        self_check.confirm(check_id=check.pk, actor=county.head_a1)
        assert duty_of(county, "P1-3b").standing_words == ("warn", "逾期63天完成")


# --- Visits ----------------------------------------------------------------------------------------------
def visit(cast: Cast, day: str, kind: str = "regular") -> None:
    """A visit to A1, confirmed on its day."""
    with at(day):
        planned = visits.plan(
            organisation=cast.a1,
            kind=kind,
            planned_on=clock.today(),
            inspectors=[cast.inspector_a],
            actor=cast.supervision,
            plan_name="2027年督导计划",
            approval_no="云教督〔2027〕3号",
        )
        moves: dict[str, Any] = {"visit_id": planned.pk, "actor": cast.inspector_a, "version": None}
        visits.start(**moves)
        for item in visits.checklist(planned):
            visit_findings.save_finding(item=item, value="meets", **moves)
        visits.end(summary="符合", **moves)
        visits.confirm(unit_person="黄勇", unit_person_post="校长", unit_remark="", **moves)


def test_a_confirmed_visit_since_the_step_began_fulfils_the_inspection(county: Cast) -> None:
    visit(county, "2026-12-15")
    with at("2027-01-04"):
        phases.sweep()
        assert finished(county, "P2-1b") is None
    visit(county, "2027-03-10")
    assert finished(county, "P2-1b") == date(2027, 3, 10)
    assert finished(county, "P2-1b", "b1") is None
    Visit.objects.filter(planned_on=date(2027, 3, 10)).update(kind="look_back")
    assert finished(county, "P2-1b") is None


def test_the_second_regular_visit_of_a_term_fulfils_the_terms_own_instance(county: Cast) -> None:
    with at("2027-03-08"):
        phases.sweep()
    visit(county, "2027-03-10")
    assert finished(county, "P2-2b", term__code="2027-spring") is None
    visit(county, "2027-04-14")
    assert finished(county, "P2-2b", term__code="2027-spring") == date(2027, 4, 14)


# --- Units that come and go ------------------------------------------------------------------------------
def test_a_school_that_opens_owes_what_is_open(county: Cast) -> None:
    school = schools.open_school(
        actor=county.task_force,
        unit={"code": "3152000077", "name": "新城小学", "township": county.town, "area": county.area_a},
        facts={"school_type": "primary", "grades": [1, 2, 3, 4, 5, 6], "pupil_count": 300},
    )
    owed = Duty.objects.filter(organisation=school.organisation).values_list("obligation__code", flat=True)
    assert set(owed) == {"P1-3b"}


def test_a_merger_ends_the_open_ones_with_the_unit(county: Cast) -> None:
    assert [one.code for one in closing.effects_on(county.a1).duties] == ["P1-1b", "P1-2b", "P1-3b"]
    closing.merge_unit(
        organisation_id=county.a1.pk,
        actor=county.task_force,
        version=None,
        into=county.a2,
        on=clock.today(),
        document_no="云教〔2026〕15号",
    )
    assert not Duty.objects.owed().filter(organisation=county.a1).exists()
    entry = AuditEntry.objects.get(action="inspections.unit.merged")
    assert (entry.after["duties_moved"], entry.after["duties_ended"]) == (0, 3)
    phases.sweep()
    assert not Duty.objects.owed().filter(organisation=county.a1).exists()


# --- Reminders -------------------------------------------------------------------------------------------
def told(cast: Cast) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    notices = Notification.objects.filter(kind="deadline", dedupe_key__startswith="deadline:duty:")
    for name, key in notices.order_by("pk").values_list("recipient__username", "dedupe_key"):
        found.setdefault(name, []).append(key.rsplit(":", 1)[1])
    return found


def test_missing_records_are_reminded_and_climb_to_their_steps_ceiling(db: None) -> None:
    with at("2026-08-10"):
        cast = assemble()
        phases.sweep()
        file(cast)
    assert Phase.objects.get(code="P1-1").ladder_ceiling == 5
    for day in ("2026-08-28", "2026-08-31", "2026-09-03", "2026-09-07", "2026-09-14", "2026-09-28"):
        with at(day):
            deadlines.sweep()
            deadlines.sweep()
    found = told(cast)
    assert found["clerk_b1"] == ["before-1", "after-0"]
    assert found["head_b1"] == ["before-1", "after-0", "after-3"]
    assert found["task_force"] == ["after-5"] * 3  # of A2, A3 and B1
    assert not {"clerk_a1", "head_a1", "leader", "supervision"} & set(found)


def test_a_reopened_one_is_reminded_by_its_new_date(county: Cast) -> None:
    duties.reopen(
        duty_id=duty_of(county, "P1-2b").pk,
        actor=county.task_force,
        version=None,
        until=date(2026, 10, 16),
        reason="补报",
    )
    with at("2026-10-15"):
        deadlines.sweep()
    keys = Notification.objects.filter(recipient=county.clerk_a1, dedupe_key__contains="2026-10-16:before-1")
    assert keys.count() == 1
