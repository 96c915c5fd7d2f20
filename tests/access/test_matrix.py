"""The whole URL table × everybody × own, other's and absent records × GET and POST, against access_table.py.

Where the table expects a refusal, the form is sent as a browser would send it, with a fresh key. Where it
expects that the person may, it is sent without its key and must be refused for that alone: nothing changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from shuangjian.accounts.access import all_routes
from shuangjian.policy.models import Phase
from tests.access.access_table import EVERYBODY, ONE_OF_EACH_ROLE, TABLE, Row
from tests.access.world import World, fingerprint
from tests.registry import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.access]

ABSENT: dict[str, Any] = {
    "no": "2026-9999",
    "code": "9999999999",
    "term": "2099-autumn",
    "pk": 987654,
    "file_id": 987654,
    "upload_id": UUID(int=0),
    "username": "nobody_here",
    "number": 99,
}


def address(name: str, row: Row, world: World, side: str) -> str:
    """The address of the row's record on a side; ``absent``: of one that is not."""
    of_side = world.side("a" if side == "absent" else side)
    parts = {**_parts_of(row.about, of_side, world), **row.more}
    if side == "absent":
        parts = {key: ABSENT.get(key, value) for key, value in parts.items()}
        if row.about == "visits.ongoing.item":
            parts["no"] = "2026-V9999"
    return reverse(name.partition(":")[0], kwargs=parts)


def _parts_of(about: str, side: Any, world: World) -> dict[str, Any]:
    kind, _, which = about.partition(".")
    match kind:
        case "" | "account":
            return {}
        case "rule":
            return {"number": 4}
        case "unit":
            return {"code": side.unit.code}
        case "headship":
            return {"code": side.unit.code, "pk": side.unit.headships.get().pk}
        case "institution":
            return {"code": world.cast.units["a3"].code}
        case "channel":
            return {"pk": world.channel.pk}
        case "grant":
            return {"pk": world.grant.pk}
        case "imported":
            return {"pk": world.imported.pk}
        case "people_imported":
            return {"pk": world.people_imported.pk}
        case "file":
            return {"file_id": side.file.pk}
        case "upload":
            return {"upload_id": side.upload.pk}
        case "recheck":
            return {"pk": side.recheck.pk}
        case "exported":
            return {"pk": world.exported.pk}
        case "batch":
            return {"pk": world.batch.pk}
        case "visit_batch":
            return {"pk": world.visit_batch.pk}
        case "device" | "conflict" | "refused":
            return {"pk": getattr(side, kind).pk}
        case "relative":
            return {"pk": side.relative.pk}
        case "returns":
            return {"no": world.returns[which].no}
        case "tables":
            return {"pk": world.tables[which].pk}
        case "statistic":
            return {"code": "CS01"}
        case "draws":
            return {"no": world.draws[which].no}
        case "draw":
            return {"pk": world.draw.pk}
        case "suggestion":
            return {"no": side.suggestion.no}
        case "local_rule" | "local_item" | "exemption":
            return {"pk": world.local[kind].pk}
        case "pattern":
            return {"no": world.pattern.no}
        case "zone":
            return {"pk": side.unit.area_id}
        case "question" | "inquiry":
            return {"no": getattr(side, kind).no}
        case "erasure":
            return {"no": world.erasure.no}
        case "objection":
            return {"pk": side.models["notice"].objections.get().pk}
        case "model_picture":
            case = side.models["published"]
            return {"no": case.no, "pk": case.evidence.get().pk}
        case "experiences":
            return {"no": world.experiences[which].no}
        case "experience_picture":
            row = world.experiences["published"]
            return {"no": row.no, "pk": row.pictures.get().pk}
        case "giver":
            return {"username": side.clerk.username}
        case "handover":
            return {"no": side.handover.no}
        case "bulk":
            return {"pk": side.bulk.pk}
        case "ledger_view":
            return {"pk": side.ledger_view.pk}
        case "printout":
            return {"no": side.printout.no}
        case "job":
            return {"pk": side.job.pk}
        case "surveys":
            return {"term": world.surveys[which].code}
        case "survey_code":
            return {"code": side.unit.survey_codes.get(retired_on=None).text}
        case "rounds":
            return {"pk": world.rounds[which].pk}
        case "duties":
            return {"pk": side.duties[which].pk}
        case "record":
            return {"pk": side.duties["filed"].records.get().pk}
        case "phase":
            return {"pk": Phase.objects.get(code="P2-1").pk}
        case "visits" if which.endswith(".item"):
            visit = side.visits[which.removesuffix(".item")]
            return {"no": visit.no, "code": visit.findings.order_by("pk")[0].item.code}
        case _:
            return {"no": getattr(side, kind)[which].no}


def expected(row: Row, name: str, method: str, side: str) -> str | int:
    """What the table says: a status, or ``sign in``, or ``yes``."""
    offered = row.get if method == "GET" else row.post
    named = (row.get or frozenset()) | (row.post or frozenset())
    if name not in named:
        return "sign in" if name == "nobody" else 403
    if offered is None:
        return 405
    if side == "absent":
        return 404
    at = 0 if side == "a" else 1
    if row.sees is not None and name not in row.sees[at]:
        return 404
    if row.may is not None and name not in row.may[at]:
        return 403
    return "yes"


def ask(browser: Client, method: str, path: str, wanted: str | int) -> HttpResponseBase:
    if method == "GET":
        return browser.get(path)
    data = {} if wanted == "yes" else {"_key": uuid.uuid4().hex}
    return browser.post(path, data)


def fault(row: Row, method: str, name: str, wanted: str | int, answer: Any, route: str) -> str:
    """What is wrong with the answer; empty where it is as the table says."""
    if wanted == "sign in":
        right = answer.status_code == 302 and answer["Location"].startswith("/login/")
    elif wanted == "yes":
        status = row.shows if method == "GET" else row.takes
        if route in ("login", "activate") and name == "nobody":
            status = 200
        right = answer.status_code == status
    else:
        right = answer.status_code == wanted
    return "" if right else f"{method} {name}: {answer.status_code}, the table says {wanted}"


@pytest.fixture(scope="module")
def untouched(browsers: dict[str, Client]) -> dict[str, str]:
    """The content of every table before anything is asked."""
    return fingerprint()


@pytest.fixture
def walk(world: World, browsers: dict[str, Client], untouched: dict[str, str]) -> Callable[..., None]:
    """``walk(route, people, sides)`` asks every cell of these."""

    def through(route: str, people: Iterable[str], sides: Iterable[str]) -> None:
        faults = _faults(route, world, browsers, people, sides)
        assert not faults, "\n".join(faults)
        if route != "logout":  # which leaves its audit entry
            assert fingerprint() == untouched, "a refused request changed something"

    return through


def _faults(
    route: str, world: World, browsers: dict[str, Client], people: Iterable[str], sides: Iterable[str]
) -> list[str]:
    row = TABLE[route]
    faults = []
    for side in sides if row.about else ["a"]:
        if side == "absent" and row.about in ("rule",):
            continue
        path = address(route, row, world, side)
        for name in people:
            for method in ("GET", "POST"):
                wanted = expected(row, name, method, side)
                leaves = route == "logout" and wanted == "yes"
                browser = signed_in(world.cast.people[name]) if leaves else browsers[name]
                answer = ask(browser, method, path, wanted)
                said = fault(row, method, name, wanted, answer, route)
                if said:
                    faults.append(f"{path} ({side}) {said}")
    return faults


# --- The table and the routes -------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {entry.name for _, entry in all_routes()}
    rows = {key.partition(":")[0] for key in TABLE}
    assert routes - rows == set(), "routes without a row"
    assert rows - routes == set(), "rows without a route"


def test_the_table_speaks_of_everybody(world: World) -> None:
    assert set(world.cast.people) | {"nobody"} == EVERYBODY
    roles = {
        post.role for name in ONE_OF_EACH_ROLE if name != "nobody" for post in world.cast.people[name].posts
    }
    assert len(roles) == 14


@pytest.mark.parametrize("route", TABLE)
def test_every_role_about_its_own_side(route: str, walk: Callable[..., None]) -> None:
    walk(route, ONE_OF_EACH_ROLE, ["a"])


@pytest.mark.long
@pytest.mark.parametrize("route", TABLE)
def test_everybody_about_own_other_and_absent(route: str, walk: Callable[..., None]) -> None:
    walk(route, sorted(EVERYBODY), ["a", "b", "absent"])


@pytest.mark.parametrize("route", [key for key, row in TABLE.items() if row.about and row.sees])
def test_what_is_another_units_or_absent_does_not_exist(route: str, walk: Callable[..., None]) -> None:
    """The reduced form of the product: the people of side A about side B, and about nothing."""
    walk(route, ["inspector_a", "clerk_a1"], ["b"])
    walk(route, ["task_force"], ["absent"])
