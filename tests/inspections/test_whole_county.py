"""The whole demo county: a hundred units, somebody in every situation, and an empty one to begin with."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from inspections.demo import build
from inspections.demo.place import Place
from inspections.demo.story import tell, together
from inspections.demo.wide import imports, on_paper, sanctions, units, words
from inspections.demo.wide.names import People
from inspections.imports.units.columns import SCHOOLS
from inspections.imports.units.kind import UNITS as UNIT_IMPORT
from inspections.models import (
    Import,
    Pattern,
    Problem,
    RectificationTask,
    Sanction,
    SelfCheck,
    SupervisionReport,
    Visit,
)
from inspections.workflows import patterns
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal import audit
from shuangjian.journal.models import DemoClock
from shuangjian.policy.models import Rulebook, Term
from shuangjian.policy.workflows import loading
from tests.cast import Cast, person
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


def test_what_is_drawn_apart_changes_nothing_that_is_drawn_here() -> None:
    one, other = (Place(as_of=DATE, password="", seed=1) for _ in range(2))
    apart = one.apart("last term")
    assert [apart.rng.random() for _ in range(3)] != [other.apart("another").rng.random() for _ in range(3)]
    assert one.rng.random() == other.rng.random()
    assert apart.units is one.units


def test_the_same_rows_make_the_same_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table program writes the time into every file; the county of one date has one file."""
    made = []
    for day in (1, 2):
        monkeypatch.setattr(time, "time", lambda day=day: 1_700_000_000.0 + day * 86_400)
        made.append(imports.workbook(UNIT_IMPORT, (SCHOOLS, [{"name": "河口小学", "pupil_count": 320}])))
    assert made[0] == made[1]


def test_the_units_on_paper_and_in_the_workbook_are_those_of_the_width() -> None:
    names = {unit.name for unit in units.imagined(Random(1)).units}
    assert {*on_paper.UNITS, *imports.CORRECTED} <= names


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
    County.objects.update(host_name="云溪县教育局", letter_code="云教函", hotline="0000-6120012")
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
    own = User.objects.filter(is_demo=True)
    assert set(own.values_list("memberships__role", flat=True)) == set(Role.values)
    assert {one["username"] for one in accounts(var)} == set(own.values_list("username", flat=True))


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
    detours = {
        "parked",
        "past",
        "transferred",
        "superior",
        "withdrawn",
    }  # rare in life: one of each is enough
    assert set(states) == set(RectificationTask.State.values)
    assert min(many for state, many in states.items() if state not in detours) >= 5
    severities = Counter(Problem.objects.values_list("severity", flat=True))
    assert min(severities[severity] for severity in Problem.Severity.values) >= 5
    assert Problem.objects.filter(light_track=True).count() >= 20
    assert RectificationTask.objects.overdue().filter(state="rectifying").count() >= 5
    assert Counter(Visit.objects.values_list("state", flat=True))["confirmed"] >= 50


@pytest.mark.long
def test_last_term_is_as_wide_as_the_county(whole: dict[str, int]) -> None:
    before = Term.objects.get(code="2026-spring")
    checks = SelfCheck.objects.filter(round__term=before)
    assert checks.count() == 100  # those that closed or were merged since had theirs, too
    assert set(checks.values_list("state", "round__state")) == {("accepted", "closed")}
    problems = Problem.objects.filter(term=before)
    assert problems.count() >= 30
    assert {one.organisation.kind for one in problems.select_related("organisation")} == {
        "school",
        "institution",
    }
    open_then = problems.exclude(tasks__state="closed").values_list("organisation__name", flat=True)
    assert not open_then, "what that term found was closed"


@pytest.mark.long
def test_the_signed_report_of_last_term_counts_the_county(whole: dict[str, int]) -> None:
    report = SupervisionReport.objects.get(term__code="2026-spring", state="issued")
    asked = [unit for unit in report.data["units"] if unit["group"] != "government"]
    assert len(asked) == 100
    assert {unit["self_check"] for unit in asked} == {"submitted"}
    assert all({"ok", "partial"} & set(unit["marks"]) for unit in asked)
    leader = signed_in(User.objects.get(username="lingdao"))
    code = Organisation.objects.get(name="城南小学").code
    strip = text_of(leader.get(f"/units/{code}/?term=2026-spring"))
    assert "2026年春季学期" in strip


@pytest.mark.long
def test_one_import_was_taken_over_and_one_waits_with_its_faults(whole: dict[str, int]) -> None:
    done, waiting = Import.objects.filter(what="units").order_by("pk")
    assert (done.state, waiting.state) == ("done", "checked")
    assert set(done.rows.values_list("action", "state")) == {("change", "done")}
    force = signed_in(User.objects.get(username="zhuanban"))
    assert done.stored_file.original_name in text_of(force.get("/imports/"))
    page = text_of(force.get(f"/imports/{waiting.pk}/"))
    for part in ("B3", "现在是8位", "是公式", "东胡街道", "湖滨第二小学"):
        assert part in page
    assert force.get(f"/imports/{done.pk}/").status_code == 200


@pytest.mark.long
def test_an_old_ledger_and_two_people_were_imported(whole: dict[str, int]) -> None:
    old = Problem.objects.exclude(import_row=None).order_by("found_on")
    assert [one.tasks.get().state for one in old] == ["past", "past", "rectifying"]
    system = signed_in(User.objects.get(username="xitong"))
    people = Import.objects.get(what="people")
    assert "已写入2个账号" in text_of(system.get(f"/imports/{people.pk}/"))
    assert "田禾" in text_of(system.get("/settings/slips/"))
    assert "白杨" in text_of(signed_in(User.objects.get(username="anquan")).get("/settings/grants/"))


@pytest.mark.long
def test_what_was_typed_in_for_a_unit_is_marked_as_such(whole: dict[str, int]) -> None:
    submitted, begun = SelfCheck.objects.exclude(keyed_in_by=None).order_by("no")
    assert (submitted.organisation.name, begun.organisation.name) == on_paper.UNITS
    assert (submitted.state, begun.state) == ("submitted", "filling")
    assert submitted.confirmed_name == submitted.organisation.headships.get().name
    force = signed_in(User.objects.get(username="zhuanban"))
    assert "何敏代填" in text_of(force.get(f"/checks/{submitted.no}/"))
    assert "代填" in text_of(force.get(f"/checks/{begun.no}/"))
    assert "代填" in text_of(force.get(f"/checks/?round={submitted.round_id}&tab=review"))


@pytest.mark.parametrize("month", range(1, 13))
def test_a_talk_was_held_whatever_holidays_lie_before_the_date(
    month: int, db: None, cast: Cast, policy: Rulebook
) -> None:
    place = Place(as_of=date(2026, month, 10), password="")
    place.units["x"] = cast.units["a3"]
    place.people |= {"dudao": cast.supervision, "lingdao": cast.leader, "x": cast.people["clerk_a3"]}
    tell([sanctions.talk(place, "x", "x")])
    row = Sanction.objects.get()
    assert (row.state, row.commitments.filter(done_on=None).count()) == ("handled", 1)
    assert row.commitments.get(done_on=None).due_on == place.as_of + timedelta(days=5)


@pytest.mark.long
def test_one_talk_was_held_and_its_page_names_both_ways_of_appeal(whole: dict[str, int]) -> None:
    row = Sanction.objects.get(organisation__name=sanctions.UNIT)
    assert (row.no, row.state, row.organisation.name) == ("2026-Z0001", "handled", sanctions.UNIT)
    page = text_of(signed_in(User.objects.get(username="dudao")).get(f"/sanctions/{row.no}/"))
    assert "市府路9号市教育局督导科" in page


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


@pytest.mark.overview
def test_what_stands_out_is_what_was_told_and_nothing_else(whole: dict[str, int]) -> None:
    """Two sentences that three units wrote, a price list of two institutions, three with ever more doubts."""
    found = list(Pattern.objects.prefetch_related("rows").order_by("pk"))
    kinds = Counter(pattern.kind for pattern in found)
    assert kinds == {"sentence": 2, "photo": 1, "rising": 3}
    for pattern in found:
        rows = list(pattern.rows.all())
        if pattern.kind == "sentence":
            assert len({row.organisation_id for row in rows}) == 3
            said = {row.words.partition("：")[2] for row in rows}
            assert len({re.sub("[一二三四五六七八九]年级", "", words) for words in said}) == 1
        elif pattern.kind == "photo":
            assert {row.words.partition("：")[2] for row in rows} == {"收费公示.jpg"}
            assert len({row.organisation_id for row in rows}) == 2
    told = "".join(pattern.fact for pattern in found if pattern.kind == "rising")
    assert all(name in told for name in ("启明教育培训中心", "童创科技培训中心", "星河"))
    assert patterns.sweep() == 0
