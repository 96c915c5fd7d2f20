"""For the tests of supervision: the cast and the policy as the project ships it, in November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from shuangjian import clock
from shuangjian.policy.models import Rulebook, Term
from shuangjian.policy.workflows import loading
from tests.cast import Cast, assemble

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOVEMBER = datetime(2026, 11, 16, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def november() -> Iterator[None]:
    """A working morning in the third step of the plan: 16 November 2026."""
    with clock.at(NOVEMBER):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture(scope="module")
def standing_policy(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Loads the policy once for a module none of whose tests commits; ask for it by ``usefixtures``."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.at(NOVEMBER):
            loading.load(start_year=2026)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def policy(db: None, november: None) -> Rulebook:
    """The rulebook in force with limits, prohibitions, plan, terms; the day is that of ``november``."""
    if not Rulebook.objects.exists():
        loading.load(start_year=2026)
    return Rulebook.objects.get()


@pytest.fixture
def term(policy: Rulebook) -> Term:
    return Term.objects.get(code="2026-autumn")
