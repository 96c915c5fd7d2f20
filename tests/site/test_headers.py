"""Headers and cookies of every kind of answer that the portal gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast, assemble

ROOT = Path(settings.BASE_DIR)
BACKEND = "django.contrib.auth.backends.ModelBackend"
CSP = {
    "default-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "img-src": "'self' blob:",
}


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def signed_in(client: Client, cast: Cast, name: str = "clerk_a1") -> Client:
    client.force_login(cast.people[name], backend=BACKEND)
    return client


def _server_error(client: Client, cast: Cast, monkeypatch: Any) -> HttpResponse:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("shuangjian.views.render", broken)
    return client.get("/")


def _without_token(client: Client, cast: Cast, monkeypatch: Any) -> HttpResponse:
    strict = Client(enforce_csrf_checks=True)
    return strict.post(reverse("login"), {"username": "a", "password": "b"})


ANSWERS: dict[str, tuple[int, Callable[[Client, Cast, Any], HttpResponse]]] = {
    "the front page": (200, lambda client, cast, patch: client.get("/")),
    "the sign-in page": (200, lambda client, cast, patch: client.get(reverse("login"))),
    "one's own page": (200, lambda client, cast, patch: signed_in(client, cast).get(reverse("me"))),
    "the way to sign in": (302, lambda client, cast, patch: client.get(reverse("me"))),
    "a form without its key": (
        400,
        lambda client, cast, patch: signed_in(client, cast).post(reverse("me-password"), {}),
    ),
    "a form without its token": (403, _without_token),
    "no right": (
        403,
        lambda client, cast, patch: signed_in(client, cast, "auditor").get(reverse("problems")),
    ),
    "a page that is absent": (404, lambda client, cast, patch: client.get("/no/such/page/")),
    "a file that is absent": (
        404,
        lambda client, cast, patch: signed_in(client, cast).get(reverse("file", args=[1])),
    ),
    "a method that is refused": (405, lambda client, cast, patch: client.post("/")),
    "the page without network": (200, lambda client, cast, patch: client.get(reverse("offline"))),
    "the worker that keeps it": (200, lambda client, cast, patch: client.get(reverse("offline-worker"))),
    "a body that is too large": (
        413,
        lambda client, cast, patch: client.post(reverse("login"), {"username": "a" * 6 * 1024 * 1024}),
    ),
    "a foreign host": (400, lambda client, cast, patch: client.get("/", headers={"host": "evil.example"})),
    "an error of ours": (500, _server_error),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(what, client, cast, monkeypatch):
    status, ask = ANSWERS[what]
    response = ask(client, cast, monkeypatch)
    assert response.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy == CSP
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "bluetooth" not in response["Permissions-Policy"], (
        "browsers know no such right and warn on every page"
    )
    assert "Server" not in response and "X-Powered-By" not in response


@pytest.mark.parametrize(
    "what", [what for what in ANSWERS if "own" in what or "right" in what or "file" in what]
)
def test_nothing_is_kept_of_what_a_signed_in_person_sees(what, client, cast, monkeypatch):
    response = ANSWERS[what][1](client, cast, monkeypatch)
    assert "no-store" in response["Cache-Control"]


def test_the_sign_in_page_is_not_kept_either(client, cast):
    assert "no-store" in client.get(reverse("login"))["Cache-Control"]


def test_an_error_page_tells_a_code_and_nothing_else(client, cast, monkeypatch):
    page = _server_error(client, cast, monkeypatch).content.decode()
    assert "broken on purpose" not in page and "Traceback" not in page and "RuntimeError" not in page


def sign_in(client: Client) -> HttpResponse:
    return client.post(reverse("login"), {"username": "clerk_a1", "password": PASSWORD})


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client, cast):
    client.get(reverse("login"))
    response = sign_in(client)
    assert response.status_code == 302
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_the_session_gets_a_new_name_at_sign_in(client, cast):
    client.get(reverse("login"))
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32


def test_signing_out_clears_the_cache_and_only_the_cache(client, cast):
    response = signed_in(client, cast).post(reverse("logout"))
    assert response["Clear-Site-Data"] == '"cache"'
    assert client.get(reverse("me")).status_code == 302


def test_signing_in_never_leads_to_another_site(client, cast):
    response = client.post(
        reverse("login") + "?next=//evil.example/", {"username": "clerk_a1", "password": PASSWORD}
    )
    assert "evil.example" not in response.get("Location", "")


def settings_with(**environment: str) -> dict[str, str]:
    """What a fresh process makes of the settings under this environment."""
    names = (
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS", "DEMO_MODE", "DEBUG",
    )  # fmt: skip
    program = f"from shuangjian import settings\nfor name in {names!r}: print(name, getattr(settings, name))"
    env = {
        "SECRET_KEY": "x" * 60, "DATABASE_URL": "postgres://localhost/x", "REDIS_URL": "redis://localhost/0",
        "PATH": os.environ["PATH"], **environment,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_behind_https_cookies_are_bound_to_the_host_and_browsers_remember_it():
    made = settings_with(HTTPS="true")
    assert made["SESSION_COOKIE_NAME"] == "__Host-session"
    assert made["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert made["SESSION_COOKIE_SECURE"] == made["CSRF_COOKIE_SECURE"] == "True"
    assert int(made["SECURE_HSTS_SECONDS"]) >= 31_536_000


def test_without_https_names_are_plain_so_that_browsers_keep_the_cookies():
    made = settings_with()
    assert made["SESSION_COOKIE_NAME"] == "session"
    assert made["SECURE_HSTS_SECONDS"] == "0"
    assert made["DEMO_MODE"] == made["DEBUG"] == "False"


def test_the_portal_does_not_start_without_a_secret():
    done = subprocess.run(
        [sys.executable, "-c", "import shuangjian.settings"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": "postgres://localhost/x",
            "REDIS_URL": "redis://localhost/0",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
