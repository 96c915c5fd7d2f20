"""The whole demo county: a hundred units, somebody in every situation, and an empty one to begin with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from inspections.demo import build
from inspections.demo.story import tell, together
from inspections.demo.wide import units, words
from inspections.demo.wide.names import People
from inspections.models import Problem, RectificationTask, SelfCheck, SupervisionReport, Visit
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal import audit
from shuangjian.journal.models import DemoClock
from shuangjian.policy.models import Rulebook
from shuangjian.policy.workflows import loading
from tests.cast import person
from tests.inspections.test_demo_county import accounts, begin_numbers_again, rows
from tests.registry import signed_in, text_of
from tutoring.models import Institution, TeachingPlace

Rows = dict[str, list[str]]
DATE = date(2026, 11, 16)
OF_THE_WALKTHROUGH = re.compile(r"2026-[CVR]?\d{4}")


# --- Which units there are ----------------------------------------------------
def test_about_sixty_schools_and_forty_institutions_are_imagined() -> None:
    width = units.imagined(Random(1))
    assert (len(width.schools) + 9, len(width.institutions) + 3) == (60, 40)
    for of in ("key", "code", "name"):
        counted = Counter(getattr(unit, of) for unit in width.units)
        assert max(counted.values()) == 1, of
    assert {unit.type for unit in width.schools} >= {
        "primary",
        "teaching_point",
        "nine_year",
        "complete",
        "special",
    }
    assert {unit.sponsor for unit in width.schools} == {"public", "private", "enterprise"}


@pytest.mark.parametrize("unit", units.imagined(Random(1)).units, ids=lambda unit: unit.key)
def test_every_unit_can_have_two_different_faults(unit: units.Unit) -> None:
    faults = words.some(Random(3), unit, 2)
    assert len({said.fault.item for said in faults}) == 2
    assert not any("{" in said.fact + said.measure + said.proof for said in faults)


def test_no_name_is_given_twice() -> None:
    people = People(Random(1), taken=["王丽华"])
    names = [people.one() for _ in range(400)]
    assert len(set(names)) == 400
    assert "王丽华" not in names


def test_stories_told_together_go_on_in_the_order_of_time() -> None:
    seen: list[tuple[str, int]] = []

    def one(name: str, *days: int) -> Iterator[datetime]:
        for day in days:
            yield timezone.make_aware(datetime(2026, 11, day, 9))
            seen.append((name, clock.today().day))

    def both() -> Iterator[datetime]:
        yield timezone.make_aware(datetime(2026, 11, 1, 9))
        yield from together([one("a", 2, 5), one("b", 3, 4)])

    tell([both(), one("c", 4)])
    assert seen == [("a", 2), ("b", 3), ("b", 4), ("c", 4), ("a", 5)]


# --- Empty --------------------------------------------------------------------
@pytest.fixture
def empty(tmp_path: Path, db: None) -> Iterator[Path]:
    """A county that was just opened."""
    with override_settings(DEMO_MODE=True, VAR_DIR=str(tmp_path)):
        build.build_empty(DATE)
        yield tmp_path
    clock.forget()


def steps(page: str) -> list[str]:
    return re.findall(r"(?:已|未)完成", page)


def test_an_empty_county_has_three_people_and_the_date(empty: Path) -> None:
    assert [one["username"] for one in accounts(empty)] == ["xitong", "anquan", "shenji"]
    assert (Organisation.objects.units().count(), DemoClock.objects.get().as_of) == (0, DATE)
    page = Client().post("/login/", {**accounts(empty)[0], "_key": "k" * 32}, follow=True)
    assert page.status_code == 200


def test_the_first_person_sees_three_steps_that_end_as_they_are_done(empty: Path) -> None:
    system = signed_in(User.objects.get(username="xitong"))
    assert steps(text_of(system.get("/settings/"))) == ["未完成"] * 3
    page = system.get(accounts(empty)[0]["lands_on"]).content.decode()
    assert "开通三步" in page
    assert 'href="/settings/"' in page
    County.objects.update(host_name="云溪县教育局", hotline="0000-6120012")
    assert steps(text_of(system.get("/settings/"))) == ["已完成", "未完成", "未完成"]
    for role in COUNTY_ROLES:
        person(f"new-{role}", "新人", role, Organisation.objects.get(kind="county"))
    assert steps(text_of(system.get("/settings/"))) == ["已完成", "已完成", "未完成"]
    force = signed_in(User.objects.get(username="new-task_force"))
    desk = force.get("/desk/").content.decode()
    assert "登记学校和机构" in desk
    assert 'href="/units/' in desk
    Organisation.objects.create(kind="school", code="3152900999", name="新学校")
    assert "开通三步" not in text_of(system.get("/settings/"))
    assert "开通三步" not in text_of(force.get("/desk/"))


# --- Built --------------------------------------------------------------------
@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any, var: Path) -> Iterator[tuple[dict[str, int], Rows]]:
    """The whole county, for the module, and the rows of an equal one that was rolled back before it."""
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO_MODE=True, VAR_DIR=str(var)),
        transaction.atomic(),
    ):
        clock.forget()
        if not Rulebook.objects.exists():
            loading.load(start_year=2026)
        begin_numbers_again()
        with transaction.atomic():
            build.build(DATE)
            first = rows()
            transaction.set_rollback(True)
        begin_numbers_again()
        yield build.build(DATE), first
        transaction.set_rollback(True)
    clock.forget()


@pytest.fixture
def whole(built: tuple[dict[str, int], Rows], db: None) -> Iterator[dict[str, int]]:
    clock.forget()
    with override_settings(DEMO_MODE=True):
        yield built[0]


@pytest.mark.long
def test_the_register_has_every_kind_of_unit(whole: dict[str, int]) -> None:
    assert whole["单位"] == 100
    schools = School.objects.values_list("school_type", flat=True)
    assert set(schools) == set(School.SchoolType.values)
    assert School.objects.filter(campuses__isnull=False).distinct().count() == 2
    points = School.objects.filter(school_type="teaching_point")
    assert all(point.organisation.filer_id for point in points.select_related("organisation"))
    assert not User.objects.filter(memberships__organisation__filer__isnull=False).exists()
    institutions = Institution.objects.all()
    assert institutions.filter(category="non_academic").count() > institutions.count() / 2
    assert institutions.filter(operating_status="converted").count() == 1
    assert Organisation.objects.filter(kind="institution", status="closed").count() == 1
    assert Organisation.objects.filter(kind="school", status="merged").count() == 1
    assert TeachingPlace.objects.count() > institutions.count() + 5


@pytest.mark.long
def test_townships_and_areas_cross(whole: dict[str, int]) -> None:
    pairs = set(Organisation.objects.units().values_list("township", "area"))
    towns, areas = Counter(town for town, _ in pairs), Counter(area for _, area in pairs)
    assert sum(many > 1 for many in towns.values()) > 5
    assert sum(many > 1 for many in areas.values()) >= len(areas) - 1


@pytest.mark.long
def test_a_dozen_inspectors_and_every_role(whole: dict[str, int], var: Path) -> None:
    inspectors = User.objects.filter(memberships__role__in=[Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR])
    assert inspectors.count() == 12
    assert set(User.objects.values_list("memberships__role", flat=True)) == set(Role.values)
    assert {one["username"] for one in accounts(var)} == set(User.objects.values_list("username", flat=True))


@pytest.mark.long
def test_the_plan_is_in_mid_course(whole: dict[str, int]) -> None:
    for kind in ("school", "institution"):
        states = Counter(
            SelfCheck.objects.filter(organisation__kind=kind, round__state="published").values_list(
                "state", flat=True
            )
        )
        assert set(states) >= {"accepted", "submitted", "returned", "confirming", "filling", "not_started"}, (
            kind
        )
        assert states["accepted"] > sum(states.values()) / 2, kind
    assert SelfCheck.objects.overdue().count() >= 5
    late = SelfCheck.objects.filter(submitted_at__isnull=False, organisation__kind="institution")
    assert any(clock.local_day(check.submitted_at) > check.due_on for check in late if check.submitted_at)


@pytest.mark.long
def test_problems_stand_in_every_state_several_times(whole: dict[str, int]) -> None:
    states = Counter(RectificationTask.objects.values_list("state", flat=True))
    assert min(states[state] for state in RectificationTask.State.values) >= 5
    severities = Counter(Problem.objects.values_list("severity", flat=True))
    assert min(severities[severity] for severity in Problem.Severity.values) >= 5
    assert Problem.objects.filter(light_track=True).count() >= 20
    assert RectificationTask.objects.overdue().filter(state="rectifying").count() >= 5
    assert Counter(Visit.objects.values_list("state", flat=True))["confirmed"] >= 50


@pytest.mark.long
def test_its_trail_holds_and_runs_forward(whole: dict[str, int]) -> None:
    assert audit.verify_chain() == []


@pytest.mark.long
def test_the_numbers_in_the_walkthrough_are_those_of_a_first_start(whole: dict[str, int]) -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "walkthrough.md").read_text(encoding="utf-8")
    named = set(OF_THE_WALKTHROUGH.findall(text))
    known: set[str] = set()
    for model in (Problem, SelfCheck, Visit, SupervisionReport):
        known |= set(model.objects.values_list("no", flat=True))
    assert named
    assert named <= known


@pytest.mark.long
def test_the_same_date_and_seed_give_the_same_rows(
    whole: dict[str, int], built: tuple[dict[str, int], Rows]
) -> None:
    first, second = built[1], rows()
    for label, expected in first.items():
        assert second[label] == expected, label
