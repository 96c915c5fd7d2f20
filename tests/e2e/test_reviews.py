"""审核 with the keyboard alone, and with scripts switched off: one item after the other."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Office, press

pytestmark = [pytest.mark.journeys, pytest.mark.browser]


def place(page: Page) -> int:
    """Which item of the queue is open, as the bar above it says."""
    words = page.get_by_role("navigation", name="审核队列").inner_text()
    found = re.search(r"第(\d+)件", words)
    assert found is not None, words
    return int(found[1])


def test_j_and_k_turn_the_items_but_not_while_somebody_types(office: Office) -> None:
    page = office.enter("zhuanban")
    page.goto("/reviews/?tab=plan")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert place(page) == 1
    with page.expect_navigation():
        page.keyboard.press("j")
    assert place(page) == 2
    with page.expect_navigation():
        page.keyboard.press("k")
    assert place(page) == 1
    words = page.get_by_role("textbox").first
    words.press_sequentially("jk")
    expect(words).to_have_value("jk")
    assert place(page) == 1


def test_without_scripts_a_link_leads_on_and_the_forms_stand_in_place(office: Office) -> None:
    page = office.enter("zhuanban", java_script_enabled=False)
    page.goto("/reviews/?tab=plan")
    press(page, "从第一件开始")
    assert place(page) == 1
    expect(page.get_by_role("heading", name="本次计划")).to_be_visible()
    expect(page.get_by_role("button", name="同意整改计划", exact=True)).to_be_visible()
    press(page, "下一件")
    assert place(page) == 2
