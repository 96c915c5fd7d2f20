"""A portal into which nothing was loaded yet: nothing is in force, and the pages say so."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from shuangjian.policy import selectors
from tests.cast import Cast
from tests.registry import signed_in

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_nothing_is_in_force() -> None:
    assert selectors.current_rulebook() is None
    assert selectors.current_term() is None
    assert selectors.current_plan() is None
    assert selectors.rungs() == []
    assert selectors.next_phase_date(date(2026, 11, 16)) is None


def test_the_pages_of_rules_stand_empty(client: Client) -> None:
    assert "条目导入后在这里查看" in page(client, "/rules/")
    assert "减负三十条还没有导入" in page(client, "/rules/4/", status=404)


def test_the_page_of_the_plan_stands_empty(cast: Cast) -> None:
    assert "实施方案导入后在这里查看" in page(signed_in(cast.leader), "/plan/")
