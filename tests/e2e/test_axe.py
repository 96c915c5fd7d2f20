"""Every main page, as every role sees it, to machines that stand in for eyes and thumbs.

Everyday: light, at a desk's width and a phone's. Long: dark, high contrast and large type, too.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Response

from tests.e2e.layout import MOST_KB, sideways, violations, weight
from tests.e2e.people import Office

pytestmark = [pytest.mark.browser]

WIDTHS = (1440, 390)
NARROWEST = 320  # no sideways scroll here either (ux.md §6.5)

# Pages behind those of the menu: the first link of this name on the page before.
BEHIND = {
    "zhuanban": [
        ["/problems/", "登记问题"],
        ["/problems/", r"^2026-\d{4}$"],
        ["/rounds/", "自查$"],
        ["/rounds/", "新建批次"],
        ["/checks/", r"^2026-C\d{4}$"],
        ["/units/", "城关小学"],
    ],
    "dudao": [["/reports/", r"^2026-R\d{4}$"], ["/reports/", "新建报告"], ["/visits/", "安排督导"]],
    "lingdao": [["/reports/", "2026-R0003"], ["/desk/", "^同意销号", "^同意销号$"]],
    "duxue1": [["/field/", "继续督导"], ["/visits/", r"^2026-V000\d$"], ["/field/", "继续督导", "结束督导"]],
    "chengguan": [
        ["/problems/", r"^2026-\d{4}$"],
        ["/checks/", "继续填写"],
        ["/checks/", "继续填写", "^4 严控书面作业总量"],
        ["/checks/", "继续填写", "打印纸质自查表"],
    ],
    "qiming": [["/checks/", r"^2026-C\d{4}$"]],
    "xitong": [["/settings/users/", "chengguan"]],
}
ROLES = [
    "zhuanban", "dudao", "lingdao", "duxue1", "jiancha", "chengguan", "chengguan-xiaozhang", "qiming",
    "keshi", "lianluo", "xitong", "anquan", "shenji",
]  # fmt: skip


def menu_of(page: Page) -> list[str]:
    """The addresses of the person's menu and of the corner that bears his name."""
    links = page.locator("header").get_by_role("link").all()
    addresses = [str(link.get_attribute("href")) for link in links]
    corner = ["/me/", "/me/notices/", "/jobs/"]
    return list(dict.fromkeys(one for one in [*addresses, *corner] if one not in ("/rules/", "/help/")))


def follow(page: Page, way: list[str]) -> str:
    """Go to the first page of the way and through the links it names; returns where it leads."""
    page.goto(way[0])
    for label in way[1:]:
        link: Locator = page.get_by_role("main").get_by_role("link", name=re.compile(label)).first
        page.goto(str(link.get_attribute("href")))
    return page.url


def troubles_of(page: Page, address: str) -> list[str]:
    """What axe, a narrow window and the scales find on one page."""
    loaded: list[Response] = []

    def note(response: Response) -> None:
        loaded.append(response)

    page.on("response", note)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address)
    page.remove_listener("response", note)
    found = [] if (kb := weight(loaded)) <= MOST_KB else [f"{kb:.0f} KB"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {one}" for one in violations(page)]
    for width in (WIDTHS[-1], NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        if over := sideways(page):
            found.append(f"{over} px wider than {width}")
    return [f"{address} {one}" for one in found]


def forget_everything(page: Page) -> None:
    """Keep nothing from page to page: each is weighed whole."""
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})


def look_at_everything(page: Page, account: str) -> list[str]:
    forget_everything(page)
    addresses = menu_of(page)
    for way in BEHIND.get(account, []):
        addresses.append(follow(page, way))
    return [trouble for address in addresses for trouble in troubles_of(page, address)]


@pytest.mark.parametrize("account", ROLES)
def test_pages_of_each_role(office: Office, account: str) -> None:
    assert look_at_everything(office.enter(account), account) == []


def test_pages_for_everybody(office: Office) -> None:
    page = office.browser()
    forget_everything(page)
    addresses = ("/", "/login/", "/rules/", "/rules/4/", "/help/")
    assert [trouble for address in addresses for trouble in troubles_of(page, address)] == []


@pytest.mark.long
@pytest.mark.parametrize("look", ["深色", "高对比", "大字"])
@pytest.mark.parametrize("account", ROLES)
def test_pages_of_each_role_in_another_look(office: Office, account: str, look: str) -> None:
    """The look is chosen as people choose it, and stays."""
    page = office.enter(account)
    page.goto("/me/")
    page.get_by_role("radio", name=look, exact=True).check()
    page.get_by_role("button", name="保存显示设置").click()
    assert look_at_everything(page, account) == []
