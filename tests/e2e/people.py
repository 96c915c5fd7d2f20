"""What people do at the portal, by the words they see: sign in, press, choose, write, attach.

Nothing here knows a class, an id or an address that a person would not type: controls are found by role and
visible Chinese label. ``Office`` hands out one browser per person and watches all of them for what no page
may do: an error in the console, a breach of the content policy, a request to another host.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.stack import Stack

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}}


class Office:
    """Everybody's browsers in one test. ``troubles`` collects what no page may do."""

    def __init__(self, stack: Stack, new_context: Callable[..., BrowserContext]) -> None:
        self.stack = stack
        self.troubles: list[str] = []
        self.expected: list[str] = []  # words of troubles that a test brings about on purpose
        self._new_context = new_context
        self._passwords = passwords(stack.folder / "demo-accounts.csv")

    def browser(self, **options: Any) -> Page:
        """A fresh browser on nobody's name, as wide as a desk's screen unless the test says otherwise."""
        context = self._new_context(base_url=self.stack.url, **{**DESK, **options})
        context.set_default_timeout(10_000)
        page = context.new_page()
        self.watch(page)
        return page

    def enter(self, account: str, **options: Any) -> Page:
        """The person behind an account of demo-accounts.csv, signed in at a browser of his own."""
        page = self.browser(**options)
        self.sign_in(page, account)
        return page

    def sign_in(self, page: Page, account: str) -> None:
        """Sign in by the form, whatever page asked for it; signed in, one's own name stands above."""
        if not page.url.startswith(self.stack.url + "/login/"):
            page.goto("/login/")
        write(page, "账号", account)
        write(page, "密码", self.password(account))
        press(page, "登录")
        expect(page).not_to_have_url(re.compile("/login/"))

    def password(self, account: str) -> str:
        return self._passwords[account]

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.troubles.append(f"{message.location.get('url')}: {message.text}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.stack.url, "data:", "blob:", "about:")):
            self.troubles.append(f"asked another host: {request.url}")

    def unexpected(self) -> list[str]:
        return [one for one in self.troubles if not any(word in one for word in self.expected)]


def passwords(accounts: Path) -> dict[str, str]:
    """Account → password, from the file that a newcomer is told to open."""
    rows = csv.DictReader(io.StringIO(accounts.read_text(encoding="utf-8-sig")))
    return {row["username"]: row["password"] for row in rows}


# --- What hands do ---------------------------------------------------------------------------
def press(place: Page | Locator, label: str, *, exact: bool = True) -> None:
    """Click the one button or link of that name below the header; who sees two would not know which."""
    where = place.get_by_role("main") if isinstance(place, Page) else place
    button = where.get_by_role("button", name=label, exact=exact)
    button.or_(where.get_by_role("link", name=label, exact=exact)).click()


def write(place: Page | Locator, label: str, words: str) -> None:
    place.get_by_label(label).fill(words)


def choose(place: Page | Locator, question: str, answer: str) -> None:
    """Pick an answer of a group of choices."""
    group(place, question).get_by_role("radio", name=answer, exact=True).check()


def pick(place: Page | Locator, label: str, option: str) -> None:
    """Take an option of a list; the beginning of its words is enough."""
    box = place.get_by_label(label, exact=False).and_(place.get_by_role("combobox")).first
    box.select_option(
        label=box.get_by_role("option", name=re.compile("^" + re.escape(option))).first.inner_text()
    )


def group(place: Page | Locator, question: str) -> Locator:
    """The group of controls that a question or legend names."""
    named = re.compile(re.escape(question))
    return place.get_by_role("group", name=named).or_(place.get_by_role("radiogroup", name=named)).first


def attach(place: Page | Locator, name: str, content: bytes, mime: str = "image/jpeg") -> None:
    """Give a file to 「相册/文件」."""
    file = {"name": name, "mimeType": mime, "buffer": content}
    place.get_by_label(re.compile("相册/文件|选择文件")).set_input_files(file)


def go_to(page: Page, item: str) -> None:
    """Take an item of the main menu."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=item).click()


def section(page: Page, title: str) -> Locator:
    """The part of a page under a heading."""
    return page.get_by_role("region", name=title)


def said(page: Page, words: str) -> str:
    """The portal said so, in its line of messages; returns the number that follows the words, if one does."""
    line = page.get_by_role("status").filter(has_text=words).first
    expect(line).to_be_visible()
    found = re.search(re.escape(words) + r"\s*([\w-]+)", line.inner_text())
    return found.group(1) if found else ""


# --- What hands do without a mouse ------------------------------------------------------------
# Has the focused control a ring of its own, or has the box that stands for it? And is it free of sticky bars?
_FOCUS_SEEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), next = one.nextElementSibling;
  const ringed = part => part && parseFloat(getComputedStyle(part).outlineWidth) >= 2
    && getComputedStyle(part).outlineStyle !== 'none';
  const x = box.left + box.width / 2, y = box.top + Math.min(box.height / 2, 10);
  const above = document.elementFromPoint(x, y), label = one.closest('label');
  const free = above && (one.contains(above) || above.contains(one) || (label && label.contains(above)));
  return (ringed(one) || ringed(next) || ringed(label)) && Boolean(free);
}"""


def tab_to(page: Page, wanted: Locator, at_most: int = 80) -> None:
    """Tab on until the control has the focus; each stop on the way can be seen."""
    for _ in range(at_most):
        if wanted.evaluate_all("all => all.includes(document.activeElement)"):
            return
        page.keyboard.press("Tab")
        here = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert page.evaluate(_FOCUS_SEEN), f"the focus is not seen on {page.url} at {here}"
    raise AssertionError(f"the Tab key does not lead to {wanted}")


# --- What people bring ----------------------------------------------------------------------
def photograph(text: str) -> bytes:
    """A real JPEG, as a phone takes one: no two are alike."""
    picture = Image.effect_noise((960, 720), 60).convert("RGB")
    ImageDraw.Draw(picture).text((40, 40), text, fill="white")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def on_paper(day: date) -> str:
    """A day as the portal writes it: 2026年11月16日."""
    return f"{day.year}年{day.month}月{day.day}日"
