"""Addresses that people meet, and addresses that they make up.

Wherever a link leads, there is a page for whoever was shown it; a number in a link is the length of its list.
Whatever is written behind the question mark, the page answers soon, and never with a server error.
"""

from __future__ import annotations

import time
from collections import defaultdict
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.access_table import ONE_OF_EACH_ROLE
from tests.access.world import World
from tests.hostile import HOSTILE, RARE_NAMES, REFUSED
from tests.pages.walking import asked_by, length_of, walk

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

NEAREST = 15  # pages everyday: those of the menu and the first behind them
FARTHEST = 400
SOME = ("task_force", "leader", "inspector_a", "clerk_a1", "security_admin", "nobody")
PEOPLE = [name for name in ONE_OF_EACH_ROLE if name != "stranger"]


# --- Links and numbers --------------------------------------------------------
def follow_links(browser: Client, most: int) -> tuple[list[str], int]:
    """What is wrong with links, and how many numbers were compared."""
    wrong, compared, asked = [], 0, set()
    for seen in walk(browser, most):
        if seen.answer.status_code != 200:
            wrong.append(f"{seen.url} answers {seen.answer.status_code}")
        for link in seen.links:
            if link.number is None or (link.url, link.number) in asked:
                continue
            asked.add((link.url, link.number))
            length = length_of(browser.get(link.url, follow=True))
            if length is None:
                wrong.append(f"{seen.url}: 「{link.words}」 leads to no list, {link.url}")
            elif length != link.number:
                wrong.append(f"{seen.url}: 「{link.words}」 leads to {length} rows, {link.url}")
            compared += 1
    return wrong, compared


@pytest.mark.parametrize("name", SOME)
def test_links_and_numbers_near_the_menu(world: World, browsers: dict[str, Client], name: str) -> None:
    wrong, compared = follow_links(browsers[name], NEAREST)
    assert wrong == []
    assert compared > {"task_force": 15, "clerk_a1": 4}.get(name, -1)


@pytest.mark.long
@pytest.mark.parametrize("name", PEOPLE)
def test_links_and_numbers_wherever_they_stand(world: World, browsers: dict[str, Client], name: str) -> None:
    assert follow_links(browsers[name], FARTHEST)[0] == []


# --- Query strings ------------------------------------------------------------
SOON = 5  # seconds, on a machine that does other things, too
ODD = ["", "0", "-1", "1e309", "NaN", "999999999999999999999999", "2026-02-30", "0001-01-01", "9999-12-31",
       "all", "page", "last", "2026-W99", "９", "[]"]  # fmt: skip
VALUE = st.sampled_from([*ODD, *HOSTILE, *REFUSED, *RARE_NAMES[::6]]) | st.text(
    st.characters(exclude_categories=()), max_size=40
)
# Which address, and for the names that its page knows (by their place) one value or several.
ATTACK = st.tuples(
    st.integers(0, 10_000), st.lists(st.tuples(st.integers(0, 50), VALUE), min_size=1, max_size=4)
)


@pytest.fixture(scope="module")
def asked(world: World, browsers: dict[str, Client]) -> list[tuple[str, str, list[str]]]:
    """(person, address, names) of every page that asks for something in its address, read off the pages."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for who in ("task_force", "inspector_a", "clerk_a1", "system_admin", "auditor"):
        for seen in walk(browsers[who], 25):
            for link in seen.links:
                parts = urlsplit(link.url)
                known[who, parts.path].update(name for name, _ in parse_qsl(parts.query))
            for path, names in asked_by(seen):
                known[who, path].update(names)
    return [(who, path, sorted(names)) for (who, path), names in sorted(known.items()) if names]


def answers_soon(
    browsers: dict[str, Client],
    asked: list[tuple[str, str, list[str]]],
    attack: tuple[int, list[tuple[int, str]]],
) -> None:
    place, values = attack
    who, path, names = asked[place % len(asked)]
    query = "&".join(
        f"{names[at % len(names)]}={quote(value.encode('utf-8', 'surrogatepass'))}" for at, value in values
    )
    begun = time.monotonic()
    answer = browsers[who].get(f"{path}?{query}")
    assert answer.status_code < 500, f"{who} {path}?{query} {answer.status_code}"
    assert time.monotonic() - begun < SOON, f"{who} {path}?{query} took long"


CALMLY = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def test_the_questions_of_the_pages_are_found(asked: list[tuple[str, str, list[str]]]) -> None:
    names = {path: names for _, path, names in asked}
    assert {"q", "role", "state"} <= set(names["/settings/users/"])
    assert {"tab", "rule", "q", "sort", "no", "select"} <= set(names["/ledger/"])
    assert len(names) > 15


@settings(max_examples=100, derandomize=True, **CALMLY)
@given(attack=ATTACK)
def test_whatever_stands_behind_the_question_mark(
    browsers: dict[str, Client],
    asked: list[tuple[str, str, list[str]]],
    attack: tuple[int, list[tuple[int, str]]],
) -> None:
    answers_soon(browsers, asked, attack)


@pytest.mark.long
@settings(max_examples=3000, **CALMLY)
@given(attack=ATTACK)
def test_whatever_stands_behind_the_question_mark_at_length(
    browsers: dict[str, Client],
    asked: list[tuple[str, str, list[str]]],
    attack: tuple[int, list[tuple[int, str]]],
) -> None:
    answers_soon(browsers, asked, attack)
