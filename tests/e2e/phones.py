"""An inspector's phone: a Chromium of its own whose storage outlives it, and a line that can be cut."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from inspections.workflows import visits
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from tests.conftest import CHROMIUM_FLAGS
from tests.e2e.people import PHONE, Office, photograph, write

SHELL = "/field/phone/"
SOON = 120_000  # ms, in which what has a line goes up, with every pause after a failure


def plan_for(office: Office, account: str, unit: str, *with_him: str, kind: str = "regular") -> str:
    """A visit of this inspector, and of those with him, planned for today; its number."""
    with office.stack.database():
        return visits.plan(
            organisation=Organisation.objects.get(name=unit),
            kind=kind,
            planned_on=clock.today(),
            inspectors=[User.objects.get(username=one) for one in (account, *with_him)],
            actor=User.objects.get(username="dudao"),
            plan_name="2026年经常性督导计划",
            approval_no="云教督〔2026〕3号",
        ).no


class Phone:
    """Opens, is killed, opens again with what its storage holds. ``page`` is its one window."""

    def __init__(self, office: Office, playwright: Any, folder: Path, url: str = "") -> None:
        self.office, self.playwright, self.folder = office, playwright, folder
        self.url = url or office.stack.url
        self.browser: BrowserContext | None = None

    def open(self, *, offline: bool = False) -> Page:
        self.browser = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium",
            args=CHROMIUM_FLAGS,
            base_url=self.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
            **PHONE,
        )
        self.browser.set_default_timeout(15_000)
        self.browser.set_offline(offline)
        self.page = self.browser.pages[0]
        self.page.on("pageerror", lambda error: self.office.troubles.append(f"{self.page.url}: {error}"))
        return self.page

    def sign_in(self, account: str) -> None:
        self.page.goto("/login/")
        self.fill_in(account)

    def fill_in(self, account: str) -> None:
        """Sign in on the page that asks for it."""
        write(self.page, "账号", account)
        write(self.page, "密码", self.office.password(account))
        self.page.get_by_role("button", name="登录").click()
        expect(self.page).not_to_have_url(re.compile("/login/"))

    def take(self, no: str, unit: str) -> None:
        """Bring a visit onto the phone; the worker that keeps the page is there afterwards."""
        self.page.goto(SHELL)
        card(self.page, unit, no).get_by_role("button", name="下载到手机").tap()
        expect(card(self.page, unit, no)).to_contain_text("已下载，可离线使用")
        self.page.evaluate(_WORKER_IS_THERE)

    def offline(self, is_so: bool = True) -> None:
        assert self.browser is not None
        self.browser.set_offline(is_so)

    def kill(self) -> None:
        """As when the battery falls out: nothing is told to anybody."""
        assert self.browser is not None
        for pid in processes_with(str(self.folder)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(Exception):
            self.browser.close()
        for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        if self.browser is not None:
            with suppress(Exception):
                self.browser.close()


# ``ready`` alone waits for ever where the worker could not be installed.
_WORKER_IS_THERE = """() => Promise.race([
  navigator.serviceWorker.ready,
  new Promise((_, refuse) => setTimeout(() => refuse(new Error("no service worker in 60 s")), 60000)),
]).then(() => true)"""


def processes_with(words: str) -> list[int]:
    """The processes whose command line names these words, the first of a family first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if words.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return sorted(found)


# --- What an inspector's thumb does ------------------------------------------------------------
def card(page: Page, unit: str, no: str) -> Locator:
    return page.get_by_role("main").get_by_role("region", name=unit).filter(has_text=no)


def item(page: Page, code: str) -> Locator:
    return page.locator(f"section#{code}")


def tap(page: Page, code: str, answer: str) -> None:
    choice = item(page, code).get_by_role("radio", name=answer, exact=True)
    choice.tap()
    expect(choice).to_be_checked()  # by then the device has it


def shoot(page: Page, code: str, *names: str) -> None:
    """Take pictures from the album into an item."""
    before = item(page, code).get_by_role("button", name="照片：").count()
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": photograph(name)} for name in names]
    item(page, code).get_by_label("相册").set_input_files(files)
    expect(item(page, code).get_by_role("button", name="照片：")).to_have_count(before + len(names))


def all_arrived(page: Page, timeout: float = SOON) -> None:
    page.goto(f"{SHELL}#/outbox")
    expect(page.get_by_text("都已上传")).to_be_visible(timeout=timeout)
    expect(page.locator("#badge")).to_be_hidden()


# --- A line ----------------------------------------------------------------------------------------
class Line:
    """Stands between the phone and the portal, counts what goes up, and breaks where it is told to."""

    def __init__(self, host: str, port: int) -> None:
        self._goal = (host, port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.carried = 0  # bytes from the phone to the portal
        self.cuts: list[int] = []  # at how many bytes carried it breaks, in order
        self.broken = 0
        self._open = True
        self._counting = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut_at_random(self, times: int, within: int, seed: int) -> None:
        """Break so often, at random bytes of the next ``within``."""
        dice = random.Random(seed)
        self.cuts = sorted(self.carried + dice.randrange(within) for _ in range(times))

    def close(self) -> None:
        self._open = False
        self._door.close()

    def _listen(self) -> None:
        while self._open:
            with suppress(OSError):
                near, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._goal, timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        ends = (near, far)
        back = threading.Thread(target=self._pour, args=(far, near, ends, False), daemon=True)
        back.start()
        self._pour(near, far, ends, True)

    def _pour(
        self, source: socket.socket, goal: socket.socket, ends: tuple[socket.socket, ...], is_up: bool
    ) -> None:
        with suppress(OSError):
            while piece := source.recv(16_384):
                if is_up:
                    piece, breaks = self._count(piece)
                    goal.sendall(piece)
                    if breaks:
                        break
                else:
                    goal.sendall(piece)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _count(self, piece: bytes) -> tuple[bytes, bool]:
        """What of the piece still gets through, and whether the line breaks behind it."""
        with self._counting:
            if self.cuts and self.carried + len(piece) > self.cuts[0]:
                piece = piece[: max(self.cuts.pop(0) - self.carried, 0)]
                self.carried += len(piece)
                self.broken += 1
                return piece, True
            self.carried += len(piece)
            return piece, False


@contextmanager
def line_to(office: Office) -> Iterator[Line]:
    line = Line(office.stack.address.host, office.stack.address.port)
    try:
        yield line
    finally:
        line.close()


def wait_until(is_so: Any, within: float = 60) -> None:
    until = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)
