"""Whatever the line does to what a phone sends, the end is that of one clean sending.

Sent three times, shuffled, cut in the middle, by a phone whose clock is three days off or stands in 1970.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from inspections.models import Problem, SyncOperation, Visit
from inspections.workflows.visits import checklist
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.inspections.cases import item
from tests.inspections.visiting import planned
from tests.sync.phones import Phone, state_of

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]
WORDS = ("日均75分钟", "有家庭书面作业", "公示栏没有作业公示", "课表与实际不符", "群里布置作业")


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def a_visit_of(phone: Phone, visit: Visit, count: int, chance: random.Random) -> None:
    """So many operations, all of which a server carries out in their order: the last two end the visit."""
    codes = [one.code for one in checklist(visit)]
    bans = {code for code in codes if item(code).gravest_prohibition()}
    phone.tap("start", visit)
    while len(phone.queue) < count - 4:
        code = chance.choice(codes)
        value = chance.choice(["meets", "problem", "na", ""])
        if value == "problem":
            breaks = code in bans and chance.random() < 0.3
            phone.fills(visit, code, value=value, text=chance.choice(WORDS), breaks_prohibition=breaks)
        elif phone.known.get((visit.no, code), {}).get("value") == "problem" and chance.random() < 0.7:
            phone.fills(visit, code, due_days=chance.choice([7, 15, 30]), at_once=True)
        else:
            phone.fills(visit, code, value=value, methods=chance.sample(["documents", "tour", "talk"], 2))
    phone.ends(visit)
    phone.tap("reopen", visit)
    phone.ends(visit)
    phone.confirms(visit)


def facts() -> dict[str, Any]:
    """How many entries of what, how many operations, numbers of problems: nothing was done twice."""
    entries = AuditEntry.objects.exclude(action="inspections.device.registered")
    return {
        "entries": sorted(entries.values_list("action", "subject_no", "before__value", "after__value")),
        "operations": list(SyncOperation.objects.order_by("seq").values_list("seq", "status", "reason")),
        "problems": list(Problem.objects.order_by("no").values_list("no", "fact", "severity")),
    }


def ill_sent(phone: Phone, chance: random.Random, cuts: int) -> None:
    """Everything three times in pieces out of order; between them bodies that end somewhere."""
    pieces = []
    for _ in range(3):
        shuffled = chance.sample(phone.queue, len(phone.queue))
        while shuffled:
            size = chance.randint(7, 60)
            pieces.append(shuffled[:size])
            shuffled = shuffled[size:]
    chance.shuffle(pieces)
    for number, piece in enumerate(pieces + [phone.queue[:200]] * max(0, cuts - len(pieces))):
        raw = json.dumps(phone.body(piece)).encode()
        if number < cuts:
            cut = phone.post("/sync/operations/", raw[: chance.randrange(1, len(raw))])
            assert cut.status_code == 400
        if number < len(pieces):
            assert {one["status"] for one in phone.sends(piece)} <= {"applied", "waiting", "duplicate"}


def replay(cast: Cast, count: int, cuts: int, off: timedelta, seed: int) -> None:
    visit = planned(cast)
    user: User = cast.inspector_a  # type: ignore[assignment]
    with taken_back():
        clean = Phone(user)
        a_visit_of(clean, visit, count, random.Random(seed))
        for start in range(0, count, 200):
            assert {one["status"] for one in clean.sends(clean.queue[start : start + 200])} == {"applied"}
        wanted, counted = state_of(visit), facts()
    assert wanted["visit"][0] == "confirmed" and wanted["problems"]
    phone = Phone(user, off=off)
    a_visit_of(phone, visit, count, random.Random(seed))
    if off.days < -1000:
        for operation in phone.queue[::2]:
            operation["at"] = "1970-01-01T00:00:00.000Z"
    ill_sent(phone, random.Random(seed + 1), cuts)
    assert state_of(visit) == wanted
    assert facts() == counted
    assert {one["status"] for one in phone.sends(phone.queue[:200])} == {"duplicate"}


def since_1970() -> timedelta:
    return clock.now().replace(year=1970, month=1, day=1) - clock.now()


@pytest.mark.parametrize("is_epoch", [False, True])
def test_an_ill_sent_visit_ends_as_a_clean_one(cast: Cast, is_epoch: bool) -> None:
    replay(cast, 60, 12, since_1970() if is_epoch else timedelta(days=3), seed=7)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("days", [3, -3, None])
def test_five_hundred_operations_ill_sent_end_as_clean_ones(cast: Cast, days: int | None, seed: int) -> None:
    off = since_1970() if days is None else timedelta(days=days)
    replay(cast, 500, 50, off, seed)
