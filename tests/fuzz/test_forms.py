"""Every form of the portal, sent what no form should be sent: never a server error, nothing half-written.

The forms are read off the pages themselves: every page of access_table.py as the first person who may open
it, in the long run every page that anybody of the cast reaches by its links. What a form carried out is taken
back; what it refused must have left every business table as it was, and shows what the person had typed.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.access.access_table import ONE_OF_EACH_ROLE, TABLE
from tests.access.test_canaries import pages_of
from tests.access.test_matrix import address, expected
from tests.access.world import World, fingerprint
from tests.files.samples import BAD_FILES
from tests.fuzz.forms_of import Form, forms_of
from tests.hostile import HOSTILE, RARE_NAMES, REFUSED

pytestmark = [pytest.mark.django_db]

ODD = [
    "", "x", "-1", "0", "1e309", "NaN", "999999999999999999999999", "2026-02-30", "9999-12-31", "0001-01-01",
    "\x00", "９", "null", "<b>", "[]", " 1", "1.5", "true",
]  # fmt: skip
VERSIONS = ["", "0", "-1", "x", "٣", "99999999999999999999", "1.0", "\x00", "999"]
KEYS = ["", "x", "A" * 32, "g" * 32, "0" * 31, "\x00" * 32, "０" * 32]
ENOUGH_TEXTS = [*HOSTILE[::14], "长" * 5000, REFUSED[0]]
ENOUGH_FILES = ("空.jpg", "网页.pdf", "脚本.pdf", "照片\u202egpj.jpg", "其实是PNG.jpg")
TEXTS_OF_ALL = [*HOSTILE, *REFUSED[:2], *RARE_NAMES[::3]]
# Half a surrogate pair in a name cannot go over the wire; tests/files gives such names to the entrance.
SENDABLE_FILES = [bad for bad in BAD_FILES if bad.name.encode("utf-8", "ignore").decode() == bad.name]
LEAVES = {"logout"}
SETTLED_TOGETHER = 10  # forms; digesting every table after each one took as long as sending them
# Pages that show their form only after a first choice.
CHOSEN = {
    "unit-merge": "?into=3152000002&on=2026-11-10&document_no=1",
    "ledger-act:remind": "?select=all",
    "ledger-act:reassign": "?select=all",
    "ledger-act:extend": "?select=all",
}


# --- Finding the forms --------------------------------------------------------


def _what(form: Form) -> str:
    """The form by its route and its fields: the same form of two records is asked once."""
    try:
        match = resolve(form.action.partition("?")[0])
    except Resolver404:
        return ""
    move = match.kwargs.get("move", "")
    names = sorted({re.sub(r"\d+", "n", name) for name in form.fields})
    return f"{match.url_name}:{move} {' '.join(names)}"


def _collect(
    pages: Iterable[tuple[str, str, str]], one_of_a_kind: Callable[[str], str]
) -> list[tuple[str, Form]]:
    found: dict[str, tuple[str, Form]] = {}
    for who, path, html in pages:
        for form in forms_of(path, html):
            what = _what(form)
            if what and what.partition(":")[0] not in LEAVES:
                found.setdefault(one_of_a_kind(what) + str(form.accepts_json), (who, form))
    return list(found.values())


def _pages_by_table(world: World, browsers: dict[str, Client]) -> Iterator[tuple[str, str, str]]:
    for route, row in TABLE.items():
        who = next((name for name in ONE_OF_EACH_ROLE if expected(row, name, "GET", "a") == "yes"), None)
        if route in ("login", "activate"):
            who = "nobody"
        if who is None:
            continue
        path = address(route, row, world, "a") + CHOSEN.get(route, "")
        response = browsers[who].get(path)
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            yield who, path, response.content.decode()


@pytest.fixture(scope="module")
def forms(world: World, browsers: dict[str, Client]) -> list[tuple[str, Form]]:
    """(who, form) of every form on the pages of the table, each kind once; rules of a check count as one."""
    return _collect(_pages_by_table(world, browsers), lambda what: what.partition(" ")[0])


@pytest.fixture(scope="module")
def all_forms(world: World, browsers: dict[str, Client]) -> list[tuple[str, Form]]:
    """Those on every page that anybody reaches, each set of fields once."""
    crawled = (
        (who, path, html)
        for who in ONE_OF_EACH_ROLE
        for path, html in pages_of(browsers[who], "/" if who == "nobody" else "/desk/", most=120)
    )
    return _collect(crawled, lambda what: what)


def test_the_forms_are_found(forms: list[tuple[str, Form]]) -> None:
    """A reader that found nothing would make every other test pass."""
    routes = {_what(form).partition(" ")[0] for _, form in forms}
    for known in (
        "login:", "look:", "me-password:", "settings:", "user-new:", "user-move:grant", "school-edit:",
        "institution-new:", "unit-merge:", "unit-heads:", "problem-new:", "problem-move:plan",
        "problem-move:verify", "problem-move:apply", "visit-new:", "visit-item:", "visit-sum:",
        "report-new:", "round-new:", "check-rule:", "check-save:",
    ):  # fmt: skip
        assert known in routes, known
    assert any(form.files() for _, form in forms)


# --- Sending them -------------------------------------------------------------


class Attack:
    """Sends forms and keeps what went wrong. What was carried out is taken back at once."""

    def __init__(self, browsers: dict[str, Client]) -> None:
        self.browsers = browsers
        self.faults: list[str] = []
        self.sent = 0
        self.unsettled: list[str] = []
        self.expected = fingerprint()
        self.awake_at = 0.0

    def send(self, who: str, form: Form, data: Any, what: str, **more: Any) -> Any:
        if isinstance(data, dict) and "_key" in data and "_key" not in more.pop("keep", ()):
            data = {**data, "_key": uuid.uuid4().hex}
        headers = {"accept": "application/json"} if form.accepts_json else {}
        browser = Client(raise_request_exception=False) if who == "nobody" else self.browsers[who]
        with transaction.atomic():
            response = browser.post(form.action, data, headers=headers, **more)
            is_page = response.headers.get("Content-Type", "").startswith("text/html")
            refused = response.status_code >= 400 or (response.status_code == 200 and is_page)
            if not refused:
                transaction.set_rollback(True)
        self.sent += 1
        if response.status_code >= 500:
            self.faults.append(f"{response.status_code} {who} {form.action} {what}")
        return response

    def settle(self, form: Form) -> None:
        """After all that one form refused: nothing of it is there. Looked at for some forms together."""
        self.unsettled.append(form.action)
        if len(self.unsettled) == SETTLED_TOGETHER:
            self.look()
        self.stay_awake()

    def look(self) -> None:
        now = fingerprint()
        changed = [label for label, digest in now.items() if digest != self.expected[label]]
        if changed:
            forms = "; ".join(self.unsettled)
            self.faults.append(f"one of these was refused and changed {', '.join(changed)}: {forms}")
            self.expected = now
        self.unsettled = []

    def stay_awake(self) -> None:
        """Keep every sign-in alive: one that slept too long would be refused whatever it sends."""
        if time.monotonic() - self.awake_at > 120:
            for browser in self.browsers.values():
                browser.get("/me/")
            self.awake_at = time.monotonic()


@pytest.fixture
def attack(browsers: dict[str, Client]) -> Iterator[Attack]:
    made = Attack(browsers)
    yield made
    made.look()
    assert not made.faults, "\n".join(made.faults[:40])
    assert made.sent > 50


def _short(value: Any) -> str:
    return repr(value)[:40]


def test_words_of_every_kind(forms: list[tuple[str, Form]], attack: Attack) -> None:
    for who, form in forms:
        names = form.names(text=True)
        for text in ENOUGH_TEXTS if names else []:
            attack.send(who, form, form.data(**dict.fromkeys(names, text)), _short(text))
        attack.settle(form)


def test_what_is_no_choice_no_date_and_no_number(forms: list[tuple[str, Form]], attack: Attack) -> None:
    for who, form in forms:
        names = form.names(text=False)
        for value in ODD[::2] if names else []:
            attack.send(who, form, form.data(**dict.fromkeys(names, value)), _short(value))
        attack.settle(form)


def test_broken_guards_and_shapes(forms: list[tuple[str, Form]], attack: Attack) -> None:
    for who, form in forms:
        break_the_shape(attack, who, form, VERSIONS[::2], KEYS[::3])
        attack.settle(form)


def break_the_shape(attack: Attack, who: str, form: Form, versions: list[str], keys: list[str]) -> None:
    """No fields, twice every field, stale and odd versions, odd keys, and what is no form at all."""
    attack.send(who, form, {"_key": ""}, "nothing but the key")
    twice = {name: [value, value] for name, value in form.data().items() if isinstance(value, str)}
    attack.send(who, form, twice | {"_key": uuid.uuid4().hex}, "every field twice", keep=("_key",))
    if "_version" in form.fields:
        for version in versions:
            attack.send(who, form, form.data(_version=version), f"version {_short(version)}")
    if "_key" in form.fields:
        for key in keys:
            response = attack.send(who, form, form.data(_key=key), f"key {_short(key)}", keep=("_key",))
            if response.status_code != 400:
                attack.faults.append(f"{form.action} took the key {key!r}: {response.status_code}")
    as_json = attack.send(who, form, "{}", "json", content_type="application/json")
    broken = attack.send(
        who, form, b"_key=%ff%fe&a=%ED%A0%BD&=&&%", "broken bytes",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    torn = attack.send(
        who,
        form,
        b"--x\r\nContent-Disposition: form-data",
        "torn",
        content_type="multipart/form-data; boundary=x",
    )
    for response in (as_json, broken, torn):
        if "_key" in form.fields and response.status_code != 400:
            attack.faults.append(f"{form.action} took a body without a key: {response.status_code}")


def test_too_many_and_too_large(forms: list[tuple[str, Form]], attack: Attack) -> None:
    for who, form in forms[:: max(len(forms) // 8, 1)]:
        many = {f"field{number}": "1" for number in range(2100)}
        large = {"text": "长" * 2_000_000, "_key": uuid.uuid4().hex}
        for data, what in ((many, "2100 fields"), (large, "6 MB of words")):
            response = attack.send(who, form, data, what)
            if response.status_code not in (400, 403, 413):
                attack.faults.append(f"{form.action} took {what}: {response.status_code}")
        attack.settle(form)
    attack.sent += 50


def _file(bad: Any) -> SimpleUploadedFile:
    upload = SimpleUploadedFile("name", bad.make(), "image/jpeg")
    upload.name = bad.name  # as the browser gives it, not as Django would clean it
    return upload


def test_files_that_are_none(forms: list[tuple[str, Form]], attack: Attack) -> None:
    chosen = [bad for bad in BAD_FILES if bad.name in ENOUGH_FILES]
    assert len(chosen) == len(ENOUGH_FILES)
    for who, form in forms:
        for name in form.files():
            for bad in chosen[: 5 if name == form.files()[0] else 1]:
                attack.send(who, form, form.data(**{name: _file(bad)}), bad.what)
            attack.send(who, form, form.data(**{name: "no file at all"}), "words for a file")
        attack.settle(form)
    attack.sent += 50


def test_what_was_typed_is_shown_again(
    forms: list[tuple[str, Form]], browsers: dict[str, Client], attack: Attack
) -> None:
    """Something is wrong with the form: the page that says so still has every word of it."""
    for who, form in forms:
        kinds = form.fields
        names = [name for name in form.names(text=True) if kinds[name].kind != "password" and name != "next"]
        if not names:
            continue
        words = {name: f"留住这句话{number}号" for number, name in enumerate(names)}
        too_long = {names[-1]: words[names[-1]] + "长" * 5000}
        response = attack.send(who, form, form.data(**(words | too_long)), "too long")
        if response.status_code in (302, 303, 201, 204):
            continue  # it was carried out after all: nothing to show
        page = unescape(response.content.decode())
        if form.accepts_json:
            continue  # the words stay in the page that was never left
        lost = [name for name, text in words.items() if text not in page]
        if lost:
            attack.faults.append(f"{response.status_code} {form.action} lost {', '.join(lost)}")
    attack.sent += 50


# --- All of it ----------------------------------------------------------------


@pytest.mark.long
def test_every_form_every_field_every_kind_of_value(
    all_forms: list[tuple[str, Form]], attack: Attack
) -> None:
    for who, form in all_forms:
        texts, others = form.names(text=True), form.names(text=False)
        for text in TEXTS_OF_ALL if texts else []:
            attack.send(who, form, form.data(**dict.fromkeys(texts, text)), _short(text))
        for name in texts[:12]:
            for text in ENOUGH_TEXTS[::2]:
                attack.send(who, form, form.data(**{name: text}), f"{name} {_short(text)}")
        for name in others[:12]:
            for value in ODD[::2]:
                attack.send(who, form, form.data(**{name: value}), f"{name} {_short(value)}")
        break_the_shape(attack, who, form, VERSIONS, KEYS)
        attack.settle(form)


@pytest.mark.long
def test_every_form_every_bad_file(all_forms: list[tuple[str, Form]], attack: Attack) -> None:
    for who, form in all_forms:
        for name in form.files()[:2]:
            for bad in SENDABLE_FILES:
                attack.send(who, form, form.data(**{name: _file(bad)}), bad.what)
        attack.settle(form)
