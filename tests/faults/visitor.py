"""A person at the portal without a browser: pages are fetched, their forms filled in and sent."""

from __future__ import annotations

import csv
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from tests.stack import Stack


class Visitor:
    """Signed in as the first demo account whose role begins with ``role``."""

    def __init__(self, stack: Stack, role: str) -> None:
        self.stack = stack
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        with (stack.folder / "demo-accounts.csv").open(encoding="utf-8-sig") as lines:
            account = next(row for row in csv.DictReader(lines) if row["role"].startswith(role))
        self.username = account["username"]
        self.send("/login/", "/login/", username=account["username"], password=account["password"])

    def page(self, path: str) -> str:
        with self._open(self.stack.url + path, timeout=30) as answer:
            return answer.read().decode()

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the last form of a page: its key, its token, the version seen."""
        inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.page(path))
        assert inputs, f"no form on {path}"
        return dict(inputs)

    def send(self, page: str, action: str, *, hidden: dict[str, str] | None = None, **fields: str) -> str:
        """Fill in the form of ``page`` and post it to ``action``; returns the page that comes after."""
        body = urllib.parse.urlencode({**(hidden or self.form(page)), **fields}).encode()
        request = urllib.request.Request(self.stack.url + action, data=body)
        request.add_header("Referer", self.stack.url + page)
        with self._open(request, timeout=30) as answer:
            return answer.read().decode()
