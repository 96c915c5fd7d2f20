"""Web, worker and beat of a running portal live on the day to which the demo clock was moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.request import urlopen

import pytest

from shuangjian import clock
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Phase
from tests.stack import Stack

pytestmark = [pytest.mark.faults, pytest.mark.stack, pytest.mark.long]


@pytest.fixture
def portal(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Stack]:
    """A portal of its own: what time brought cannot be taken back from the one that other tests share."""
    own = Stack(tmp_path_factory.mktemp("stack"), django_db_blocker)
    try:
        own.set_up()
        own.manage("load_policy")
        own.manage("demo_county", "--empty")
        own.start()
        yield own
    finally:
        own.tear_down()


def day_on_the_page(portal: Stack) -> str:
    with urlopen(f"{portal.url}/") as page:
        found = re.search(r"演示日期(\d+年\d+月\d+日)", page.read().decode())
    assert found
    return found[1]


def steps(portal: Stack, **which: Any) -> set[str]:
    with portal.database():
        return set(Phase.objects.filter(**which).values_list("code", flat=True))


def test_what_the_day_brings_is_done_by_the_running_portal(portal: Stack) -> None:
    assert day_on_the_page(portal) == "2026年11月16日"
    portal.wait_for(
        lambda: steps(portal, opened_at__isnull=False, closed_at__isnull=True) == {"P1-3"}, "nobody swept"
    )
    portal.manage("demo_clock", "2027-02-01")
    assert day_on_the_page(portal) == "2027年2月1日"
    portal.wait_for(lambda: "P1-3" in steps(portal, closed_at__isnull=False), "the step was not closed")
    with portal.database():
        closed = Phase.objects.get(code="P1-3").closed_at
        told = AuditEntry.objects.get(action="policy.phase.closed", subject_no="P1-3")
    assert closed is not None
    assert clock.local_day(closed) == clock.local_day(told.at) == date(2027, 2, 1)
    assert "链条完好" in portal.manage("verify_audit")
