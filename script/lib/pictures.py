"""script/pictures: the pictures of /help/, taken by a browser from a running portal with the demo county.

Needs what script/test installs (Playwright, Pillow, Chromium). A picture is a table row: whose it is, the way
there in the words of the pages, and how much of the page it shows. Written as WebP, at most 60 KB each.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from script.lib.console import say
from script.lib.places import ROOT

MOST_BYTES = 60_000
DESK, PHONE = 1120, 390
QUALITIES = (86, 78, 70, 60, 50, 40)
FLAGS = (
    "--lang=zh-CN",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


@dataclass(frozen=True)
class Picture:
    """``way``: an address, or words of a link (or of its row in a table) that is followed next."""

    name: str
    account: str
    way: tuple[str, ...]
    height: int
    width: int = DESK
    from_table: bool = False  # what stands above the table is left out


PICTURES = (
    Picture("clerk-desk", "chengguan", ("/desk/",), 620),
    Picture("clerk-rule", "chengguan", ("/desk/", "继续填写自查", "继续填第4条"), 980),
    Picture("clerk-problem", "chengguan", ("/problems/", "75分钟"), 860),
    Picture("clerk-register", "chengguan", ("/registers/", "城关小学", r"^填写\s*书面作业"), 900),
    Picture("clerk-burden", "chengguan", ("/burden/", "^城关小学$"), 760),
    Picture("head-confirm", "hekou-xiaozhang", ("/desk/", "确认自查"), 700),
    Picture("inspector-today", "duxue1", ("/field/",), 760, PHONE),
    Picture("inspector-list", "duxue1", ("/field/", "第二中学"), 760, PHONE),
    Picture("force-desk", "zhuanban", ("/desk/",), 760),
    Picture("force-review", "zhuanban", ("/desk/", "实验学校.*自查"), 900),
    Picture("force-board", "zhuanban", ("/board/",), 860),
    Picture("force-ledger", "zhuanban", ("/ledger/",), 760),
    Picture("force-return", "zhuanban", ("/returns/", "填报中", "^填写"), 860),
    Picture("office-report", "dudao", ("/desk/", "写完并送签报告"), 860),
    Picture("leader-desk", "lingdao", ("/desk/",), 660),
    Picture("leader-red", "lingdao", ("/desk/", "提高20分"), 860),
    Picture("admin-users", "xitong", ("/settings/users/",), 720),
    Picture("admin-audit", "shenji", ("/audit/?no=2026-0071",), 560, from_table=True),
)


def main(argv: list[str]) -> int:
    options = _options(argv)
    passwords = _passwords(options.accounts)
    wanted = [one for one in PICTURES if not options.only or one.name in options.only]
    options.into.mkdir(parents=True, exist_ok=True)
    for picture, image in _taken(options.address.rstrip("/"), wanted, passwords):
        data = _small_enough(image)
        (options.into / f"{picture.name}.webp").write_bytes(data)
        say(f"  {picture.name}.webp {image.size[0]}×{image.size[1]} {len(data) // 1000}KB")
    return 0


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/pictures", description="从运行中的演示县重拍/help/的图片")
    parser.add_argument("address", help="例如 http://127.0.0.1:8000/")
    parser.add_argument("only", nargs="*", help="只拍这些，默认全部")
    parser.add_argument("--accounts", type=Path, default=ROOT / "var" / "demo-accounts.csv")
    parser.add_argument("--into", type=Path, default=ROOT / "static" / "help")
    return parser.parse_args(argv)


def _passwords(accounts: Path) -> dict[str, str]:
    with accounts.open(encoding="utf-8", newline="") as lines:
        return {row["username"]: row["password"] for row in csv.DictReader(lines)}


def _taken(base: str, pictures: list[Picture], passwords: dict[str, str]) -> Iterator[tuple[Picture, Any]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for picture in pictures:
            context = browser.new_context(
                base_url=base,
                viewport={"width": picture.width, "height": picture.height},
                device_scale_factor=2 if picture.width == PHONE else 1,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                color_scheme="light",
            )
            page = context.new_page()
            page.set_default_timeout(60_000)
            _sign_in(page, picture.account, passwords[picture.account])
            _go(page, picture.way)
            yield picture, _look(page, picture)
            context.close()
        browser.close()


def _look(page: Any, picture: Picture) -> Any:
    from PIL import Image

    box = page.get_by_role("main").get_by_role("table").bounding_box() if picture.from_table else None
    top = box["y"] if box else 0
    clip = {"x": 0, "y": top, "width": picture.width, "height": picture.height}
    return Image.open(io.BytesIO(page.screenshot(clip=clip, full_page=True))).convert("RGB")


def _sign_in(page: Any, account: str, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("账号").fill(account)
    page.get_by_label("密码").fill(password)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/login/" not in address)


def _go(page: Any, way: tuple[str, ...]) -> None:
    for step in way:
        if step.startswith("/"):
            page.goto(step)
        else:
            main = page.get_by_role("main")
            row = main.get_by_role("row").filter(has_text=re.compile(step)).get_by_role("link")
            main.get_by_role("link", name=re.compile(step)).or_(row).first.click()
        page.wait_for_load_state("networkidle")


def _small_enough(image: Any) -> bytes:
    """The image as WebP at the best quality that keeps it within ``MOST_BYTES``."""
    data = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        data = out.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
