"""What no phone of ours sends: each is answered in words, never with a server error; none loses another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from inspections.models import SyncOperation, Visit
from tests.cast import Cast
from tests.inspections.visiting import begun
from tests.registry import signed_in, text_of
from tests.sync.phones import Phone

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]
OLD_NEW = {"old": "", "new": "meets"}

BODIES = [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff\xfe", b"{}", b'{"operations": {}}',
    b'{"operations": NaN}', b'{"operations": [1e999]}', b'{"operations": [' + b"9" * 5000 + b"]}",
    b"[" * 100_000, b'{"a":' * 5000, b'{"operations": [' + b'{"a":[' * 30,
]  # fmt: skip

# What is wrong with an operation that has its number.
BROKEN: list[dict[str, Any]] = [
    {},
    {"kind": None},
    {"kind": 7, "visit": 7},
    {"kind": "sabotage"},
    {"kind": "finding"},
    {"kind": "finding", "item": 7, "fields": {"value": OLD_NEW}},
    {"kind": "finding", "item": "R02-1\x00", "fields": {"value": OLD_NEW}},
    {"kind": "finding", "item": "x" * 5000, "fields": {"value": OLD_NEW}},
    {"kind": "finding", "item": "R02-1", "fields": []},
    {"kind": "finding", "item": "R02-1", "fields": {}},
    {"kind": "finding", "item": "R02-1", "fields": {"value": "meets"}},
    {"kind": "finding", "item": "R02-1", "fields": {"value": {"new": "meets"}}},
    {"kind": "finding", "item": "R02-1", "fields": {"value": {"old": "", "new": "great"}}},
    {"kind": "finding", "item": "R02-1", "fields": {"value": {"old": [], "new": {}}}},
    {"kind": "finding", "item": "R02-1", "fields": {"version": OLD_NEW}},
    {"kind": "finding", "item": "R02-1", "fields": {"marks": OLD_NEW}},
    {"kind": "finding", "item": "R02-1", "fields": {"due_days": {"old": None, "new": True}}},
    {"kind": "finding", "item": "R02-1", "fields": {"due_days": {"old": None, "new": 10**400}}},
    {"kind": "finding", "item": "R02-1", "fields": {"at_once": {"old": False, "new": "yes"}}},
    {"kind": "finding", "item": "R02-1", "fields": {"methods": {"old": [], "new": [["tour"]]}}},
    {"kind": "finding", "item": "R02-1", "fields": {"methods": {"old": [], "new": "tour"}}},
    {
        "kind": "finding",
        "item": "R02-1",
        "fields": {"value": {"old": "", "new": "problem"}, "text": {"old": "", "new": "长" * 301}},
    },
    {
        "kind": "finding",
        "item": "R02-1",
        "fields": {"value": {"old": "", "new": "problem"}, "due_days": {"old": None, "new": 14}},
    },
    {"kind": "end", "summary": 7, "record_no": []},
    {"kind": "end", "summary": "长" * 501, "record_no": "现2026-01-0001"},
    {"kind": "end", "summary": "意见", "record_no": "现2026-01-000\x00"},
    {"kind": "confirm", "mode": "nod"},
    {"kind": "confirm", "mode": ["screen"]},
    {"kind": "confirm", "mode": "screen", "unit_person": "x", "stroke": [[[1, "2"]]]},
    {"kind": "confirm", "mode": "screen", "unit_person": "x", "stroke": [[[-1, 2]]]},
    {"kind": "confirm", "mode": "screen", "unit_person": "x", "stroke": {"a": 1}},
    {"kind": "confirm", "mode": "screen", "unit_person": "x", "stroke": [[[1, 2]] * 5000]},
    {"kind": "start", "at": ["2026"], "base": {"x": []}},
]


TIMES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", 7, None, "5" * 99]


@pytest.fixture
def visit(cast: Cast) -> Visit:
    return begun(cast)


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return Phone(cast.inspector_a)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_what_is_no_message_is_refused_in_words(phone: Phone, body: bytes) -> None:
    for address in ("/sync/operations/", "/sync/devices/"):
        answer = phone.post(address, body)
        assert answer.status_code == 400
        assert answer.json()["error"]
        assert answer["Cache-Control"] == "no-store"
    assert SyncOperation.objects.count() == 0


def test_what_is_too_much_is_413(phone: Phone) -> None:
    large = json.dumps(phone.body([{"text": "长" * 400_000}])).encode()
    assert phone.post("/sync/operations/", large).status_code == 413
    assert phone.post("/sync/operations/", phone.body([{}] * 201)).status_code == 413
    assert SyncOperation.objects.count() == 0


def test_each_broken_operation_is_kept_and_loses_no_neighbour(cast: Cast, phone: Phone, visit: Visit) -> None:
    for broken in BROKEN:
        phone.queue.append({"seq": len(phone.queue) + 1, "visit": visit.no, **broken})
        phone.fills(visit, "R02-2", value="meets" if len(phone.queue) % 4 == 1 else "na")
    told = phone.sends()
    starts = [one for one in told[::2] if one["status"] != "refused"]
    assert len(starts) == 1, "to begin what is begun is no mistake"
    assert {one["status"] for one in told[1::2]} == {"applied"}
    assert all(one["reason"] for one in told[::2] if one["status"] == "refused")
    assert SyncOperation.objects.count() == 2 * len(BROKEN)
    assert not visit.findings.exclude(item__code="R02-2").exclude(version=1).exists()
    pages = text_of(signed_in(cast.supervision).get("/sync/refused/"))
    assert "长长长" in pages
    for row in SyncOperation.objects.filter(status="refused"):
        assert phone.client.get(f"/sync/refused/{row.pk}/").status_code == 200


@pytest.mark.parametrize("seq", [None, 0, -1, 1.5, "1", True, 2**60, [], {}])
def test_an_operation_without_its_number_is_kept_outside_the_order(
    phone: Phone, visit: Visit, seq: Any
) -> None:
    odd = {"seq": seq, "kind": "finding", "visit": visit.no, "text": "说过的话"}
    good = phone.fills(visit, "R02-1", value="meets")
    told = {one["status"] for one in phone.sends([odd, "no operation", 7, None, good])}
    assert told == {"refused", "applied"}
    assert phone.row.expected == 2
    assert SyncOperation.objects.filter(is_stray=True).count() == 4
    assert {one["status"] for one in phone.sends([odd, good])} == {"duplicate"}


def test_what_the_database_has_no_place_for_is_marked_and_the_rest_kept(phone: Phone, visit: Visit) -> None:
    phone.fills(visit, "R04-2", value="problem", text="前\x00后\ud83d")
    assert phone.sends()[0]["status"] == "applied"
    assert visit.findings.get(item__code="R04-2").text == "前\ufffd后\ufffd"


@pytest.mark.parametrize("at", TIMES)
def test_impossible_times_stop_nothing(phone: Phone, visit: Visit, at: Any) -> None:
    phone.fills(visit, "R02-1", value="meets")
    phone.queue[0]["at"] = at
    body = {**phone.body(phone.queue), "client_now": at}
    told = phone.post("/sync/operations/", body).json()["results"]
    assert told[0]["status"] == "applied"


def test_a_stranger_and_who_has_no_token_get_nowhere(cast: Cast, phone: Phone, visit: Visit) -> None:
    phone.fills(visit, "R02-1", value="meets")
    body = phone.body(phone.queue)
    assert phone.post("/sync/operations/", body, client=Client()).status_code == 302
    assert phone.post("/sync/operations/", body, client=signed_in(cast.head_a1)).status_code == 403
    assert phone.post("/sync/operations/", body, client=signed_in(cast.inspector_b)).status_code == 409
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.inspector_a, backend="django.contrib.auth.backends.ModelBackend")
    assert phone.post("/sync/operations/", body, client=strict).status_code == 403
    assert SyncOperation.objects.count() == 0
