"""What is kept for a day without network: one page that knows nobody, and the worker that shows it."""

from __future__ import annotations

import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from shuangjian import offline
from tests.cast import Cast, assemble
from tests.registry import signed_in

WORKER = "/offline-worker.js"


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def test_the_page_says_what_is_kept_and_lets_one_try_again(client: Client) -> None:
    page = client.get("/offline/").content.decode()
    for words in ("现在连不上网络", "存在本机7天", "重试"):
        assert words in page
    assert '<a class="btn p" href="">重试</a>' in page  # the address that did not come, whatever it was


def test_it_is_drawn_without_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/offline/").status_code == 200
        assert client.get(WORKER).status_code == 200


def test_it_is_the_same_for_everybody(cast: Cast) -> None:
    page = Client().get("/offline/")
    assert signed_in(cast.clerk_a1).get("/offline/").content == page.content
    assert "Set-Cookie" not in page and not page.cookies
    assert cast.clerk_a1.name not in page.content.decode()


def test_in_a_demonstration_it_says_so() -> None:
    with override_settings(DEMO_MODE=True):
        drawn = Client().get("/offline/").content.decode()
        assert "演示数据" in drawn and "演示日期" not in drawn  # kept for days: it knows no date
    assert "演示数据" not in Client().get("/offline/").content.decode()


def test_the_worker_comes_from_the_root_and_is_looked_at_anew() -> None:
    answer = Client().get(WORKER)
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert reverse("offline-worker").count("/") == 1, "a worker serves no address above its own"


def test_another_page_makes_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def version() -> str:
        found = re.match(r'var VERSION = "([0-9a-f]{12})";\n', Client().get(WORKER).content.decode())
        assert found
        return found.group(1)

    before = version()
    assert version() == before
    monkeypatch.setattr(offline, "_page", lambda: "another page")
    assert version() != before


def test_it_answers_for_navigations_alone_and_keeps_one_page() -> None:
    """What it does a browser says (tests/e2e/test_offline.py); that it can do nothing else is read here."""
    script = re.sub(r"/\*.*?\*/", "", Client().get(WORKER).content.decode(), flags=re.S)
    assert script.count("respondWith") == 1
    assert 'event.request.mode !== "navigate" || event.request.method !== "GET"' in script
    assert re.findall(r"kept\.(\w+)|\.(put|addAll)\(", script) == [("add", "")]
    assert 'credentials: "omit"' in script
    assert "postMessage" not in script and "indexedDB" not in script


def test_who_is_signed_in_gets_it_and_the_public_pages_leave_nothing(cast: Cast) -> None:
    assert f'data-worker="{WORKER}"' in signed_in(cast.clerk_a1).get("/desk/").content.decode()
    for path in ("/", "/login/", "/rules/"):
        assert "data-worker" not in Client().get(path).content.decode()
