"""Planted words of one unit never appear to another's people, nor a person's data in the log.

Every page that a person can reach by its links is read; the words are those of world.py, and the names, codes
and numbers of the other unit.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from tests.access.access_table import ADMINS
from tests.access.world import CANARY, Side, World
from tests.cast import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.access]
_LINK = re.compile(r'(?:href|hx-get)="([^"#][^"]*)"')


def pages_of(browser: Client, start: str = "/desk/", most: int = 80) -> Iterator[tuple[str, str]]:
    """(address, text) of every page that its links lead to, each once, however it is filtered or sorted."""
    waiting, seen = [start, "/me/", "/help/"], set()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        response = browser.get(path)
        assert response.status_code < 500, path
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            yield path, response.headers.get("Content-Disposition", "")
            continue
        page = response.content.decode()
        yield path, page
        for link in _LINK.findall(page):
            target = urlsplit(urldefrag(unescape(link))[0])
            is_ours = (
                not target.netloc and target.path.startswith("/") and not target.path.startswith("/static/")
            )
            if is_ours and len(target.query) < 40:
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))


def words_of(side: Side) -> list[str]:
    """What nobody of another unit may read: planted words, numbers, names of its people, its code."""
    records = [
        *side.problems.values(),
        *side.checks.values(),
        *side.visits.values(),
        *side.reports.values(),
        *side.sanctions.values(),
        *side.papers.values(),
        *side.doubts.values(),
    ]
    return [
        CANARY[side.key],
        side.unit.code,
        side.clerk.name,
        side.head.name,
        *(record.no for record in records),
    ]


# One of each way to be elsewhere; the rest is asked in the long run.
EVERY_DAY = [
    ("clerk_a1", "b"),
    ("inspector_a", "b"),
    ("team_inspector", "b"),
    ("clerk_b1", "a"),
    ("clerk_a2", "a"),
    ("manager_a3", "a"),
    ("partner", "b"),  # A's case was handed over to his department
    ("system_admin", "a"),
    ("auditor", "a"),
    ("stranger", "a"),
    ("nobody", "a"),
]
LONG = [
    *[("head_a1", "b"), ("head_b1", "a"), ("inspector_b", "a")],
    *[(name, "b") for name in ("clerk_a2", "manager_a3", "auditor", "system_admin", "nobody")],
    *[(name, side) for name in ("clerk_a3", "office_staff", "security_admin") for side in "ab"],
]


@pytest.mark.parametrize(("name", "foreign"), EVERY_DAY)
def test_no_word_of_another_unit_is_shown(
    world: World, browsers: dict[str, Client], name: str, foreign: str
) -> None:
    read_as(world, browsers, name, foreign, most=80)


@pytest.mark.long
@pytest.mark.parametrize(("name", "foreign"), EVERY_DAY + LONG)
def test_no_word_of_another_unit_is_shown_anywhere(
    world: World, browsers: dict[str, Client], name: str, foreign: str
) -> None:
    read_as(world, browsers, name, foreign, most=1000)


def read_as(world: World, browsers: dict[str, Client], name: str, foreign: str, *, most: int) -> None:
    """Crawl as ``name`` and look for the words of the foreign side."""
    words = words_of(world.side(foreign))
    if name in ADMINS:  # those who keep accounts know names of people and units; the auditor knows numbers
        words = words[:1]
    count, found = 0, []
    for path, page in pages_of(browsers[name], "/" if name == "nobody" else "/desk/", most):
        count += 1
        found += [f"{word} on {path}" for word in words if word in page]
    assert not found, "\n".join(found[:20])
    assert count >= 5


@pytest.mark.parametrize("name", ["task_force", "clerk_a1", "inspector_a"])
def test_the_reader_finds_what_is_his(world: World, browsers: dict[str, Client], name: str) -> None:
    """The crawl would find a planted word: it does find one's own."""
    pages = dict(pages_of(browsers[name]))
    read = "".join(pages.values())
    assert CANARY["a"] in read
    assert world.a.problems["rectifying"].no in read
    assert len(pages) > 15


def test_the_trail_shows_no_words_of_people(world: World, browsers: dict[str, Client]) -> None:
    """The auditor reads who did what when; the entries themselves hold no name, phone or free text."""
    from shuangjian.journal.models import AuditEntry

    stored = repr(list(AuditEntry.objects.values("before", "after", "subject_no", "action")))
    for word in (*CANARY.values(), *(user.name for user in world.cast.people.values())):
        assert word not in stored


def test_no_personal_value_reaches_the_log(
    world: World, browsers: dict[str, Client], caplog: pytest.LogCaptureFixture, try_to_break: Any
) -> None:
    person = get_user_model().objects.create(username="canary", name="柳莺莺", phone="13912345678")
    Organisation.objects.filter(pk=world.a.unit.pk).update(contact_name="柳莺莺", contact_phone="13912345678")
    with caplog.at_level(logging.DEBUG, logger=""):
        caplog.handler.setLevel(logging.DEBUG)
        try_to_break(browsers["clerk_a1"], world)
        browsers["nobody"].post(
            reverse("login"), {"username": "13912345678", "password": "mi-ma-13912345678", "next": "/desk/"}
        )
        browsers["nobody"].post(reverse("login"), {"username": "clerk_a1", "password": PASSWORD + "x"})
        browsers["system_admin"].get(reverse("users"), {"q": "柳莺莺"})
    ours = [
        record for record in caplog.records if not record.name.startswith(("django.db", "django.template"))
    ]
    said = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in ours)
    for value in (person.name, person.phone, PASSWORD, "mi-ma-", *CANARY.values()):
        assert value not in said, value


@pytest.fixture
def try_to_break() -> Any:
    """Requests that leave lines in the log: refused, absent, broken."""

    def run(browser: Client, world: World) -> None:
        own, other = world.a.problems["rectifying"].no, world.b.problems["rectifying"].no
        browser.get(reverse("problem", args=[other]))
        browser.get(reverse("rounds"))
        browser.post(reverse("problem-move", args=[own, "apply"]), {"statement": "柳莺莺13912345678已整改"})
        browser.post(
            reverse("problem-move", args=[own, "apply"]),
            {"statement": "柳莺莺" * 999, "_key": "a" * 32, "_version": "999"},
        )

    return run
