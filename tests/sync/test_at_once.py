"""Requests at the same moment: those of one phone queue, those of two never share anything."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.models import SyncOperation
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.inspections.visiting import planned
from tests.parallel import at_once
from tests.sync.phones import Phone

pytestmark = [pytest.mark.onsite, pytest.mark.django_db(transaction=True)]


def test_requests_of_one_phone_at_once_do_each_operation_once(policy: Any, cast: Cast) -> None:
    visit = planned(cast)
    phone = Phone(cast.inspector_a)  # type: ignore[arg-type]
    phone.tap("start", visit)
    for code in ("R02-1", "R02-2", "R04-1", "R04-2"):
        phone.fills(visit, code, value="meets")
    answers = at_once(*[lambda: phone.sends()] * 3)
    for results in answers:
        assert isinstance(results, list), results
        assert {one["status"] for one in results} <= {"applied", "duplicate"}
    applied = [one["seq"] for results in answers for one in results if one["status"] == "applied"]
    assert sorted(applied) == [1, 2, 3, 4, 5]
    assert SyncOperation.objects.count() == 5
    assert AuditEntry.objects.filter(action="inspections.visit.finding_saved").count() == 4


def test_phones_registered_at_once_never_share_a_block(policy: Any, cast: Cast) -> None:
    people = [cast.inspector_a, cast.inspector_b, cast.team_inspector, cast.inspector_a]
    phones = at_once(*[lambda person=person: Phone(person) for person in people])
    assert len({phone.registered["block"] for phone in phones}) == 4
