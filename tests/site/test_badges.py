"""The numbers beside menu items: exact on every page, and paid for only when something was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shuangjian import clock, navigation
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.navigation import menu_for
from tests.cast import Cast, assemble

pytestmark = pytest.mark.pages

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Who was counted for; the number is how often anybody was."""
    asked: list[str] = []

    def count(user: Any) -> int:
        asked.append(user.username)
        return len(asked)

    monkeypatch.setitem(navigation._badges, "desk", count)
    monkeypatch.setattr(navigation, "_counted", {})
    with clock.at(NOON):
        yield asked


def badge_of(person: User) -> int:
    return next(item.badge for item in menu_for(User.objects.get(pk=person.pk), "/") if item.url == "/desk/")


def test_a_number_is_not_counted_again_while_nothing_happens(cast: Cast, counted: list[str]) -> None:
    assert badge_of(cast.task_force) == badge_of(cast.task_force) == 1
    assert counted == [cast.task_force.username]


def test_whatever_is_recorded_lets_it_be_counted_again(cast: Cast, counted: list[str]) -> None:
    assert badge_of(cast.task_force) == 1
    audit.record(action="tests.something", subject=cast.a1, actor=cast.leader)
    assert badge_of(cast.task_force) == 2


def test_everybody_has_his_own(cast: Cast, counted: list[str]) -> None:
    assert (badge_of(cast.task_force), badge_of(cast.leader), badge_of(cast.task_force)) == (1, 2, 1)


def test_a_new_day_is_counted_anew(cast: Cast, counted: list[str]) -> None:
    assert badge_of(cast.task_force) == 1
    with clock.at(NOON + timedelta(days=1)):
        assert badge_of(cast.task_force) == 2
