"""The policy data as the project ships them, loaded for a plan that starts in 2026."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from shuangjian import clock
from shuangjian.policy.models import Rulebook
from tests.cast import NOVEMBER, Cast, assemble
from tests.poured import load_policy

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def november(request: pytest.FixtureRequest) -> Iterator[None]:
    """A working morning in the third step of the plan: 16 November 2026."""
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def book(db: None, november: None) -> Rulebook:
    """The rulebook in force, with everything that is loaded beside it: once a module with standing_policy."""
    if not Rulebook.objects.exists():
        load_policy()
    return Rulebook.objects.get()


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()
