"""For the tests of supervision: the cast and the policy as the project ships it, in November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from shuangjian import clock
from shuangjian.policy.models import Rulebook, Term
from tests.cast import NOVEMBER, Cast, assemble
from tests.poured import load_policy

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def november() -> Iterator[None]:
    """A working morning in the third step of the plan: 16 November 2026."""
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def policy(db: None, november: None) -> Rulebook:
    """The rulebook in force with limits, prohibitions, plan, terms; the day is that of ``november``."""
    if not Rulebook.objects.exists():
        load_policy()
    return Rulebook.objects.get()


@pytest.fixture
def term(policy: Rulebook) -> Term:
    return Term.objects.get(code="2026-autumn")
