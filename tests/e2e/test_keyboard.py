"""No mouse: sign in, submit a self-check, filter the ledger, close a problem; each stop on the way is seen.

Only Tab, the arrows, Space, Enter and what one types. The single keys for lists and answers are tried where
their pages are (test_self_check.py, test_ledger.py, test_reviews.py).
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import Office, said, tab_to

pytestmark = [pytest.mark.journeys, pytest.mark.browser, pytest.mark.look]


def go(page: Page, wanted: Locator) -> None:
    """Tab to the link or the button and press Enter; the next page stands."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_into(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_role("main").get_by_label(label))
    page.keyboard.insert_text(words)


def sign_in(office: Office, account: str) -> Page:
    page = office.browser()
    page.goto("/login/")
    type_into(page, "账号", account)
    type_into(page, "密码", office.password(account))
    go(page, page.get_by_role("button", name="登录"))
    expect(page).not_to_have_url(re.compile("/login/"))
    return page


def menu(page: Page, item: str) -> Locator:
    return page.get_by_role("navigation", name="主导航").get_by_role("link", name=re.compile(f"^{item}"))


def main_link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=re.compile(name))


def arrived(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=re.compile(heading), level=1)).to_be_visible()


def test_a_head_submits_the_self_check(office: Office) -> None:
    page = sign_in(office, "hekou-xiaozhang")
    go(page, menu(page, "自查"))
    arrived(page, "^自查$")
    go(page, main_link(page, "2026年秋季学期中小学自查").first)
    arrived(page, "2026年秋季学期中小学自查")
    go(page, main_link(page, "^核对并确认$"))
    go(page, main_link(page, "^确认并提交$"))
    arrived(page, "确认并提交")
    go(page, page.get_by_role("main").get_by_role("button", name="确认并提交"))
    assert re.fullmatch(r"2026-C\d{4}", said(page, "已提交，编号"))


def test_the_ledger_is_filtered(office: Office) -> None:
    page = sign_in(office, "dudao")
    go(page, menu(page, "台账"))
    arrived(page, "^台账$")
    go(page, main_link(page, "^全部 "))
    state = page.get_by_role("main").get_by_role("combobox", name="状态", exact=True)
    tab_to(page, state)
    for _ in range(4):
        if state.locator("option:checked").inner_text() != "整改中":
            page.keyboard.press("ArrowDown")
    go(page, page.get_by_role("main").get_by_role("button", name="筛选"))
    page.wait_for_url(re.compile("state=rectifying"))
    states = page.get_by_role("main").locator('tbody [data-label="状态"]').all_inner_texts()
    assert states and all("整改中" in state for state in states)
    tab_to(page, page.get_by_role("checkbox").first)
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox").first).to_be_checked()


def test_a_problem_is_closed(office: Office) -> None:
    """Of a county inspection: verified by another one, closed by the task force."""
    page = sign_in(office, "zhuanban")
    go(page, menu(page, "审核"))
    arrived(page, "^审核$")
    go(page, main_link(page, "云溪县第二中学 2026-0014"))
    go(page, main_link(page, "^打开问题|^2026-0014$|问题2026-0014"))
    go(page, main_link(page, "^同意销号$"))
    type_into(page, "意见", "看过核查记录，同意销号。")
    go(page, page.get_by_role("main").get_by_role("button", name="同意销号"))
    said(page, "已销号")
