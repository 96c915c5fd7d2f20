"""Foreign ids in forms: what is offered to nobody here is taken from nobody here, and nothing is changed.

Each case is first sent with an id of one's own and must be carried out: so the foreign id is what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from inspections.models import AnswerEvidence
from schools.models import Campus
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import CheckItem, ProofRequirement, Rule, Term
from tests.access.world import World, fingerprint
from tests.registry import rows, school_fields, submit

pytestmark = [pytest.mark.django_db, pytest.mark.access]
NOWHERE = [987654321, 10**30, "x", "1 OR 1=1", "\x00"]


@dataclass
class Case:
    """One reference of one form. ``own`` is carried out, each of ``foreign`` is refused."""

    who: str
    path: str
    fields: dict[str, Any]
    name: str
    own: Any
    foreign: list[Any] = field(default_factory=list)
    version: int | None = None
    nowhere: bool = True


def _pk(code: str) -> int:
    return Organisation.objects.get(code=code).pk


def problem_new(world: World) -> Case:
    item = CheckItem.objects.askable().filter(rule__number=2).first()
    fields = {
        "item": item.pk,
        "fact": "楼道公示栏过期",
        "found_on": "2026-11-16",
        "origin": "regular_supervision",
        "rectifying": "by_date",
        "due_on": "2026-12-20",
        "another": "on",  # a problem of the item is open there already
    }
    foreign = [world.b.unit.pk, world.cast.units["area_a"].pk, world.cast.units["county"].pk]
    return Case("inspector_a", reverse("problem-new"), fields, "organisation", world.a.unit.pk, foreign)


def problem_item(world: World) -> Case:
    case = problem_new(world)
    case.fields["organisation"] = world.a.unit.pk
    case.name, case.own = "item", case.fields.pop("item")
    case.foreign = list(
        CheckItem.objects.exclude(pk__in=CheckItem.objects.askable()).values_list("pk", flat=True)[:2]
    )
    return case


def problem_origin(world: World) -> Case:
    case = problem_new(world)
    case.fields["organisation"] = world.a.unit.pk
    case.name, case.own = "origin", case.fields.pop("origin")
    case.foreign = ["self_check", "government_supervision", "superior", "county_inspection"]
    return case


def _visit(world: World) -> dict[str, Any]:
    return {
        "organisation": world.a.unit.pk,
        "kind": "regular",
        "planned_on": "2026-11-20",
        "inspectors": [world.cast.people["inspector_a"].pk],
        "plan_name": "经常性督导",
        "approval_no": "云教督〔2026〕3号",
    }


def visit_unit(world: World) -> Case:
    fields = _visit(world)
    own = fields.pop("organisation")
    foreign = [world.b.unit.pk, world.cast.units["area_a"].pk]
    return Case("inspector_a", reverse("visit-new"), fields, "organisation", own, foreign)


def visit_people(world: World) -> Case:
    fields, people = _visit(world), world.cast.people
    own = fields.pop("inspectors")
    foreign = [[people[name].pk] for name in ("inspector_b", "clerk_a1", "auditor", "stranger")]
    return Case("inspector_a", reverse("visit-new"), fields, "inspectors", own, foreign)


def proof_of_another_rule(world: World) -> Case:
    problem = world.a.problems["rectifying"]
    rule = Rule.objects.exclude(pk=problem.rule_id).order_by("number")[0]
    other = ProofRequirement.objects.create(
        code="TEST", title="别条的佐证", text="。", severities=["ordinary"], rule_codes=[rule.code]
    )
    path = reverse("problem-move", args=[problem.no, "add-evidence"])
    return Case(
        "clerk_a1", path, {"note": "已公示"}, "requirement", "", [other.pk], problem.tasks.get().version
    )


def measure_of_another_task(world: World) -> Case:
    task, other = world.a.task("rectifying"), world.b.task("rectifying")
    path = reverse("problem-move", args=[task.no, "measure-done"])
    own, foreign = task.plan.get().pk, [other.plan.get().pk, world.a.task("plan_review").plan.get().pk]
    return Case("clerk_a1", path, {"note": "完成"}, "measure_id", own, foreign, task.version)


def _school(world: World, **changed: Any) -> dict[str, Any]:
    return school_fields(code=world.a.unit.code, name=world.a.unit.name, **changed)


def campus_of_another_school(world: World) -> Case:
    campuses = [
        Campus.objects.create(school=side.unit.school, name="东校区", address="东街1号")
        for side in (world.a, world.b)
    ]
    fields = _school(world, **rows("campus", {"name": "西校区", "address": "西街2号"}, initial=1))
    own, other = (campus.pk for campus in campuses)
    path = reverse("school-edit", args=[world.a.unit.code])
    return Case("task_force", path, fields, "campus-0-pk", own, [other], world.a.unit.version)


def _place_of_school(name: str, own: str, *foreign: str) -> Callable[[World], Case]:
    def case(world: World) -> Case:
        fields = _school(world)
        fields.pop(name)
        codes = {"self": world.a.unit.code}
        ids = [_pk(codes.get(code, code)) for code in foreign]
        path = reverse("school-edit", args=[world.a.unit.code])
        return Case("task_force", path, fields, name, _pk(own), ids, world.a.unit.version)

    return case


def merge_into(world: World) -> Case:
    fields = {"on": "2026-11-10", "document_no": "云教〔2026〕9号"}
    foreign = [world.cast.units["a3"].code, world.a.unit.code, "YX00", "YX-Q01"]
    path = reverse("unit-merge", args=[world.a.unit.code])
    return Case(
        "task_force", path, fields, "into", world.cast.units["a2"].code, foreign, world.a.unit.version
    )


def taken_over_by(world: World) -> Case:
    fields = {"on": "2026-11-10", "document_no": "云教〔2026〕9号"}
    foreign = [world.cast.units["a3"].code, world.a.unit.code, "YX00"]
    path = reverse("unit-close", args=[world.a.unit.code])
    own = world.cast.units["a2"].code
    return Case("task_force", path, fields, "taken_over_by", own, foreign, world.a.unit.version)


def report_unit(world: World) -> Case:
    fields = {"kind": "unit", "term": world.term.pk}
    foreign = [world.cast.units["area_a"].pk, world.cast.units["county"].pk]
    own = world.cast.units["a2"].pk
    return Case("supervision", reverse("report-new"), fields, "organisation", own, foreign)


def report_term(world: World) -> Case:
    fields = {"kind": "unit", "organisation": world.cast.units["a2"].pk}
    return Case("supervision", reverse("report-new"), fields, "term", world.term.pk)


def _round(world: World) -> dict[str, Any]:
    return {
        "title": "专项自查",
        "term": world.term.pk,
        "unit_kinds": ["school"],
        "due_on": "2026-12-18",
        "plan_name": "年度计划",
        "approval_no": "云办发〔2026〕3号",
    }


def round_term(world: World) -> Case:
    fields = _round(world)
    own = fields.pop("term")
    other = Term.objects.exclude(pk=own).order_by("-first_on").first()
    return Case("task_force", reverse("round-new"), fields, "term", own, [other.pk])


def round_duty(world: World) -> Case:
    return Case("task_force", reverse("round-new"), _round(world), "obligation", "")


def round_kinds(world: World) -> Case:
    fields = _round(world)
    own = fields.pop("unit_kinds")
    return Case(
        "task_force", reverse("round-new"), fields, "unit_kinds", own, [["county"], ["school", "area"]]
    )


def granted_unit(world: World) -> Case:
    fields = {"role": "head", "from_on": "2026-11-16"}
    path = reverse("user-move", args=["stranger", "grant"])
    foreign = [world.cast.units["town"].code, "YX00", world.cast.units["a3"].code]
    version = User.objects.get(username="stranger").version
    return Case("security_admin", path, fields, "organisation", world.a.unit.code, foreign, version)


def ended_post(world: World) -> Case:
    people = world.cast.people
    own, other = (people[name].memberships.get().pk for name in ("clerk_a1", "head_b1"))
    path = reverse("user-move", args=["clerk_a1", "end-post"])
    return Case("security_admin", path, {"when": "now"}, "post", own, [other], people["clerk_a1"].version)


def removed_evidence(world: World) -> Case:
    own, other = (
        AnswerEvidence.objects.get(answer__self_check=side.checks["filling"]).pk
        for side in (world.a, world.b)
    )
    path = reverse("check-evidence", args=[world.a.checks["filling"].no, 2, "R02-1"])
    return Case(
        "clerk_a1", path, {}, "do", f"remove:{own}", [f"remove:{other}", "remove:", "remove:x"], nowhere=False
    )


CASES: dict[str, Callable[[World], Case]] = {
    "a problem's unit": problem_new,
    "a problem's item": problem_item,
    "a problem's origin": problem_origin,
    "a visit's unit": visit_unit,
    "a visit's people": visit_people,
    "a proof of another rule": proof_of_another_rule,
    "a measure of another task": measure_of_another_task,
    "a campus of another school": campus_of_another_school,
    "a school's township": _place_of_school("township", "YX-T01", "YX-Q01", "YX00"),
    "a school's area": _place_of_school("area", "YX-Q02", "YX-T01", "3152000002"),
    "a school's filer": _place_of_school("filer", "3152000002", "91520000MA6XXXXX05", "self", "YX-T01"),
    "merged into": merge_into,
    "taken over by": taken_over_by,
    "a report's unit": report_unit,
    "a report's term": report_term,
    "a round's term": round_term,
    "a round's duty": round_duty,
    "a round's kinds": round_kinds,
    "a role's unit": granted_unit,
    "a post to end": ended_post,
    "evidence to remove": removed_evidence,
}


@contextmanager
def taken_back() -> Any:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("what", CASES)
def test_a_foreign_id_is_refused(world: World, browsers: dict[str, Client], what: str) -> None:
    case = CASES[what](world)
    browser = browsers[case.who]
    with taken_back():
        carried_out = submit(browser, case.path, {**case.fields, case.name: case.own}, version=case.version)
        assert carried_out.status_code in (302, 303), f"one's own is refused: {_words(carried_out)}"
    before = fingerprint()
    for value in [*case.foreign, *(NOWHERE if case.nowhere else [])]:
        response = submit(browser, case.path, {**case.fields, case.name: value}, version=case.version)
        assert response.status_code in (200, 400, 403, 404, 409), f"{value!r}: {response.status_code}"
        assert fingerprint() == before, f"{value!r} changed something"


def _words(response: Any) -> list[str]:
    return re.findall(r'class="emsg[^>]*>([^<]+)|<li><a href="[^"]*">([^<]+)', response.content.decode())[:5]


@pytest.mark.parametrize("foreign", ["ongoing", "planned", "summing_up", "confirmed"])
def test_a_visit_of_another_unit_is_no_way_to_verify(
    world: World, browsers: dict[str, Client], foreign: str
) -> None:
    no = world.a.problems["verifying"].no
    path = reverse("problem-move", args=[no, "verify"]) + f"?visit={world.b.visits[foreign].no}"
    fields = {"method": "on_site", "words": "现场已看"}
    before = fingerprint()
    response = submit(browsers["inspector_a"], path, fields, version=world.a.task("verifying").version)
    assert response.status_code == 404
    assert fingerprint() == before


def test_the_way_back_for_a_removed_file_is_its_own(world: World, browsers: dict[str, Client]) -> None:
    """The token of undoing belongs to the check it was given for."""
    other = AnswerEvidence.objects.get(answer__self_check=world.b.checks["filling"])
    there = reverse("check-evidence", args=[world.b.checks["filling"].no, 2, "R02-1"])
    removed = submit(browsers["clerk_b1"], there, {"do": f"remove:{other.pk}"})
    assert removed.status_code == 302
    token = re.search(r"undo=([^&#]+)", removed["Location"])
    assert token is not None
    from urllib.parse import unquote

    here = reverse("check-evidence", args=[world.a.checks["filling"].no, 2, "R02-1"])
    before = fingerprint()
    stolen = submit(browsers["clerk_a1"], here, {"do": "undo", "undo": unquote(token[1])})
    assert stolen.status_code in (200, 400, 403, 404)
    forged = submit(browsers["clerk_a1"], here, {"do": "undo", "undo": "forged:token:x"})
    assert forged.status_code in (200, 400, 403, 404)
    assert fingerprint() == before
    assert submit(browsers["clerk_b1"], there, {"do": "undo", "undo": unquote(token[1])}).status_code == 302


def test_another_persons_draft_file_is_not_read_by_its_number(
    world: World, browsers: dict[str, Client]
) -> None:
    """Every stored file of side B, asked for by number by the people of side A, and the other way round."""
    from shuangjian.files.models import StoredFile

    for stored in StoredFile.objects.all():
        # A file of neither side (an import of units) is nobody's at either.
        side = next((one for one in (world.a, world.b) if one.canary in stored.original_name), world.a)
        stranger = "clerk_a1" if side.key == "b" else "clerk_b1"
        for name in (stranger, "manager_a3", "partner", "auditor", "stranger"):
            status = browsers[name].get(reverse("file", args=[stored.pk])).status_code
            assert status in (403, 404), f"{name} reads {stored.original_name} ({stored.pk})"
