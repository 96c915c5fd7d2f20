"""搜索: by number, name or sound, within what exists for the person; each number is its list's length."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections import search
from inspections.models import Problem
from shuangjian.accounts.models import User
from tests.access.access_table import TABLE
from tests.cast import Cast
from tests.hostile import HOSTILE
from tests.inspections.cases import case_at_a1, case_in
from tests.registry import signed_in
from tutoring.models import Institution

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.overview,
    pytest.mark.usefixtures("standing_policy", "policy"),
]
BUSINESS = sorted(TABLE["search"].get or ())


def ask(cast: Cast, who: str, words: str, **more: str) -> Any:
    query = "&".join(f"{name}={quote(value)}" for name, value in {"q": words, **more}.items())
    answer = signed_in(cast.people[who]).get(f"/search/?{query}")
    assert answer.status_code == 200
    return answer


def found(cast: Cast, who: str, words: str) -> dict[str, list[str]]:
    """Source -> titles of what it found."""
    groups = ask(cast, who, words).context["groups"]
    return {group.source.key: [hit.title for hit in group.hits] for group in groups}


@pytest.mark.parametrize(
    "words", ["城关小", "cgxx", "CG XX", "chengguanxiaoxue", "3152000001", "３１５２000001"]
)
def test_a_unit_is_found_by_name_sound_and_number(cast: Cast, words: str) -> None:
    assert found(cast, "task_force", words)["units"] == ["城关小学"]


def test_numbers_given_outside_are_found(cast: Cast) -> None:
    Institution.objects.filter(organisation=cast.a3).update(licence_no="教民152000180088")
    task = case_at_a1(cast, "superior", origin="superior")
    no = task.problem.no
    assert found(cast, "task_force", "教民152000180088")["units"] == ["启明教育培训中心"]
    assert [title[:9] for title in found(cast, "task_force", "市教督〔2026〕8号")["problems"]] == [no]
    assert [title[:9] for title in found(cast, "clerk_a1", no)["problems"]] == [no]


@pytest.mark.parametrize("words", ["李静", "lj", "lijing"])
def test_people_are_found_by_name_and_sound(cast: Cast, words: str) -> None:
    assert found(cast, "task_force", words) == {"people": ["李静"]}
    accounts = found(cast, "system_admin", words)
    assert accounts.keys() == {"accounts"} and "李静　clerk_a1" in accounts["accounts"]


def test_a_name_that_changes_is_found_by_its_new_sound(cast: Cast) -> None:
    person = cast.clerk_a1
    assert isinstance(person, User)
    person.name = "周琳"
    person.save()
    assert "people" not in found(cast, "task_force", "lijing")
    assert found(cast, "task_force", "zhoulin")["people"] == ["周琳"]


def test_nobody_finds_what_does_not_exist_for_him(cast: Cast) -> None:
    """Side B's school: its name, its problem, its people."""
    no = case_in("planning", unit=cast.b1, found_by=cast.supervision).problem.no
    for who in BUSINESS:
        sees = who in {"leader", "task_force", "supervision", "inspector_b", "clerk_b1", "head_b1"}
        assert ("units" in found(cast, who, "第二中学")) == sees, who
        assert ("problems" in found(cast, who, no)) == sees, who
        assert ("people" in found(cast, who, "许峰")) == sees, who
        assert ("accounts" in found(cast, who, "许峰")) == (who in {"system_admin", "security_admin"}), who


@pytest.mark.parametrize("who", ["task_force", "inspector_a", "clerk_a1"])
def test_each_count_is_the_length_of_its_list(cast: Cast, who: str) -> None:
    for _ in range(search.FIRST_ROWS + 2):
        case_at_a1(cast, "planning")
    answer = ask(cast, who, "城关小学")
    assert {tab.key for tab in answer.context["tabs"]} == {"units", "problems"}
    for tab in answer.context["tabs"]:
        whole = ask(cast, who, "城关小学", **{"in": tab.key})
        assert whole.context["page_obj"].paginator.count == len(whole.context["hits"]) == tab.count
    assert f">全部{search.FIRST_ROWS + 2}条</a>" in answer.content.decode()


def test_what_it_finds_the_list_of_that_kind_finds(cast: Cast) -> None:
    case_at_a1(cast, "closed")
    case_in("planning", unit=cast.b1, found_by=cast.supervision)
    client = signed_in(cast.task_force)
    for words in ("2026", "cgxx", Problem.objects.latest("no").no):
        counts = {tab.key: tab.count for tab in ask(cast, "task_force", words).context["tabs"]}
        listed = client.get(f"/ledger/?tab=all&q={words}").context["page_obj"].paginator.count
        assert counts.get("problems", 0) == listed > 0


def test_nonsense_is_no_error_and_empty_words_ask_nothing(cast: Cast) -> None:
    for words in [*HOSTILE, "\x00", "%", "_", "9" * 400]:
        ask(cast, "task_force", words, **{"in": "units", "page": words})
    assert ask(cast, "task_force", "  ").context["groups"] == []


def test_what_it_costs_does_not_grow(cast: Cast) -> None:
    client = signed_in(cast.task_force)

    def cost() -> int:
        client.get("/search/?q=小学")
        with CaptureQueriesContext(connection) as spent:
            assert client.get("/search/?q=小学").status_code == 200
        return len(spent)

    case_at_a1(cast, "planning")
    few = cost()
    for _ in range(8):
        case_at_a1(cast, "planning")
    assert cost() == few <= 15
