"""A kept load tool: users of the portal's own server at once, 70 of 100 requests read, 25 write, 5 upload.

Each user is a school with its own signed-in session who pauses between two requests, as people do. Only
the answers are timed, by the clock on the wall, from the first byte sent to the last received. What is not
the answer that a browser would get (200, or 302 after a form) is an error.
"""

from __future__ import annotations

import http.client
import io
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from random import Random

USERS = 32
REQUESTS = 40  # of each user
PAUSE = 1.0  # seconds between an answer and the next request, as the mean
WRITES, UPLOADS = 25, 5  # of a hundred requests
BEGIN_WITHIN = 60  # seconds
READS = ("/desk/", "/checks/", "/problems/", "/visits/", "/rules/4/")
_INPUT = re.compile(r"<input\b[^>]*>")
_PART = re.compile(r'([\w-]+)="([^"]*)"')
_CSRF = re.compile(r"\bcsrf=(\w+)")
_BOUNDARY = "----measured"


def measure(*, quick: bool = False) -> dict[str, float]:
    """Run one user, then all, against two workers of four threads; the county must be in the database."""
    sessions = _sessions(3 if quick else USERS)
    requests = 4 if quick else REQUESTS
    with _served() as port:
        alone = _User(port, sessions[0], seed=0)
        alone.work(2 if quick else REQUESTS * 2, pause=0.05)
        users = [_User(port, session, seed=number) for number, session in enumerate(sessions)]
        with ThreadPoolExecutor(len(users)) as at_once:
            for done in [at_once.submit(user.work, requests, 0.05 if quick else PAUSE) for user in users]:
                done.result()
    together = [taken for user in users for taken in user.taken]
    return {
        "p95_loaded_vs_alone": round(_p95(together) / _p95(alone.taken), 3),
        "errors": sum(user.errors for user in [alone, *users]),
        "p95_milliseconds_alone": round(1000 * _p95(alone.taken), 1),
        "p95_milliseconds_loaded": round(1000 * _p95(together), 1),
        "requests": len(together),
        "users": len(users),
    }


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


@dataclass(frozen=True)
class _Session:
    """A signed-in school and the self-check that it may fill in."""

    cookies: str
    page: str


def _sessions(count: int) -> list[_Session]:
    """Schools in bulk whose self-check of the term is not begun, each signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from inspections.models import SelfCheck

    checks = SelfCheck.objects.filter(
        state="not_started", organisation__memberships__user__username__startswith="d"
    )
    found = []
    for check in checks.select_related("organisation").order_by("pk")[:count]:
        user = check.organisation.memberships.get().user
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        number = check.answers.select_related("item__rule").first().item.rule.number
        found.append(_Session(f"{_cookie_name()}={store.session_key}", f"/checks/{check.no}/{number}/"))
    if len(found) < count:
        raise SystemExit(f"the county has {len(found)} schools with a self-check to fill in, not {count}")
    return found


def _cookie_name() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)


@contextmanager
def _served() -> Iterator[int]:
    """The portal as it is served, on this database; yields its port."""
    from django.db import connection

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    usual = os.environ["DATABASE_URL"]
    own = usual.rsplit("/", 1)[0] + "/" + str(connection.settings_dict["NAME"])
    settings = os.environ | {"DATABASE_URL": own, "PORTAL_BIND": f"127.0.0.1:{port}", "LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.py", "shuangjian.wsgi"],
        env=settings,
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + BEGIN_WITHIN
        while True:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit("the server did not begin")
            time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=15)


@dataclass
class _User:
    """One person with a browser: what he does is drawn, the same in every run."""

    port: int
    session: _Session
    seed: int
    taken: list[float] = field(default_factory=list)
    errors: int = 0
    csrf: str = ""

    def work(self, requests: int, pause: float) -> None:
        drawn = Random(self.seed)
        for path in (self.session.page, *READS):  # warm
            self._ask("GET", path, timed=False)
        for _ in range(requests):
            time.sleep(drawn.uniform(0, 2 * pause))
            kind = drawn.randrange(100)
            if kind < WRITES + UPLOADS:
                self._fill_in(with_file=kind < UPLOADS)
            else:
                self._ask("GET", drawn.choice(READS))

    def _fill_in(self, *, with_file: bool) -> None:
        """Open the rule's form, untimed, and send it with every item 符合, or with a picture as proof."""
        fields, proof = _form_of(self._ask("GET", self.session.page, timed=False))
        fields["do"] = f"attach:{proof.removesuffix('-proof')}"  # saved as far as it is, as one goes
        self._ask("POST", self.session.page, _multipart(fields, proof if with_file else ""))

    def _ask(self, method: str, path: str, body: bytes = b"", *, timed: bool = True) -> str:
        headers = {"Cookie": f"{self.session.cookies}; csrf={self.csrf}"}
        if body:
            headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        begun = time.perf_counter()
        try:
            line.request(method, path, body or None, headers)
            answer = line.getresponse()
            said = answer.read()
        except OSError:
            self.errors += 1
            return ""
        finally:
            line.close()
        if timed:
            self.taken.append(time.perf_counter() - begun)
        given = _CSRF.search(answer.headers.get("Set-Cookie", ""))
        self.csrf = given[1] if given else self.csrf
        expected = 302 if method == "POST" else 200
        self.errors += answer.status != expected
        return said.decode("utf-8", "replace")


def _form_of(page: str) -> tuple[dict[str, str], str]:
    """What the form of a rule sends where every item is 符合, and the name of its first field for files."""
    fields, proof = {}, ""
    for tag in _INPUT.findall(page.partition('data-autosave="')[2].partition("</form>")[0]):
        own = dict(_PART.findall(tag))
        if own.get("type") == "file":
            proof = proof or own["name"]
        elif own.get("type") == "hidden" or own.get("value") == "meets":
            fields[own["name"]] = unescape(own.get("value", ""))
    return fields, proof


def _multipart(fields: dict[str, str], proof: str) -> bytes:
    """The body of the form; with a picture in the field ``proof``, unless that is empty."""
    lines = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if proof:
        head = f'form-data; name="{proof}"; filename="proof.jpg"\r\nContent-Type: image/jpeg'
        lines += [f"--{_BOUNDARY}\r\nContent-Disposition: {head}\r\n\r\n".encode(), _picture(), b"\r\n"]
    return b"".join([*lines, f"--{_BOUNDARY}--\r\n".encode()])


@lru_cache
def _picture() -> bytes:
    """About 150 KB, as a telephone sends it."""
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((1280, 960), 24).convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()
