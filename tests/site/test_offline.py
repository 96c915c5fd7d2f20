"""What is kept for a day without network: two pages that know nobody, and the worker that shows them."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from script.lib.places import ROOT
from shuangjian import offline
from tests.cast import Cast, assemble
from tests.registry import signed_in

WORKER = "/offline-worker.js"
PHONE = "/field/phone/"


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
        for path in ("/offline/", PHONE, WORKER, "/app.webmanifest"):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/offline/", PHONE, "/outbox/"])
def test_it_is_the_same_for_everybody(cast: Cast, path: str) -> None:
    page = Client().get(path)
    for person in (cast.clerk_a1, cast.inspector_a):
        assert signed_in(person).get(path).content == page.content
        assert person.name not in page.content.decode()
    assert "Set-Cookie" not in page and not page.cookies


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


@pytest.mark.parametrize("changed", ["_page", "_shell"])
def test_another_page_makes_another_worker(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    def version() -> str:
        found = re.search(r'VERSION = "([0-9a-f]{12})";\n', Client().get(WORKER).content.decode())
        assert found
        return found.group(1)

    before = version()
    assert version() == before
    monkeypatch.setattr(offline, changed, lambda: "another page")
    assert version() != before


def test_the_phone_page_is_kept_whole() -> None:
    """Whatever it names lies on the device with it, and so does every module that one of them imports."""
    worker, page = (Client().get(path).content.decode() for path in (WORKER, PHONE))
    kept = json.loads(re.search(r"PARTS = (\[.*?\])", worker).group(1))  # type: ignore[union-attr]
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css|svg))"', page))
    assert named and named <= set(kept)
    modules = {path.name for path in (ROOT / "static" / "js" / "phone").glob("*.js")}
    assert {f"/static/js/phone/{name}" for name in modules} <= set(kept)
    for name in modules:
        text = (ROOT / "static" / "js" / "phone" / name).read_text("utf-8")
        assert set(re.findall(r'from "\./([^"]+)";', text)) <= modules, name


def test_it_answers_for_pages_that_do_not_come_and_keeps_no_others() -> None:
    """What it does a browser says (tests/e2e); that it can do nothing else is read here."""
    script = re.sub(r"/\*.*?\*/", "", Client().get(WORKER).content.decode(), flags=re.S)
    assert script.count("respondWith") == 2
    assert 'if (request.method !== "GET") return;' in script
    assert 'request.mode === "navigate"' in script
    assert re.findall(r"kept\.(\w+)\(", script) == ["addAll"]
    assert 'credentials: "omit"' in script
    assert "postMessage" not in script and "indexedDB" not in script


def test_the_phone_page_can_be_put_on_the_home_screen() -> None:
    told = Client().get("/app.webmanifest")
    assert told["Content-Type"] == "application/manifest+json"
    manifest = told.json()
    assert manifest["start_url"] == PHONE and manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert found and "{}x{}".format(*Image.open(found).size) == icon["sizes"]


def test_who_is_signed_in_gets_it_and_the_public_pages_leave_nothing(cast: Cast) -> None:
    assert f'data-worker="{WORKER}"' in signed_in(cast.clerk_a1).get("/desk/").content.decode()
    for path in ("/", "/login/", "/rules/"):
        assert "data-worker" not in Client().get(path).content.decode()
