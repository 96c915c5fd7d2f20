"""The board in a browser: a number opens its list, the table is one stop of the Tab key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.people import Office, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.overview]


def test_a_number_opens_the_list_that_it_counts(office: Office) -> None:
    page = office.enter("lingdao")
    page.goto("/board/")
    number = page.get_by_role("main").get_by_role("link", name=re.compile("逾期未销号"))
    count = re.search(r"\d+", number.inner_text())
    assert count
    number.click()
    current = page.get_by_role("main").get_by_role("navigation").locator("[aria-current=page]").first
    expect(current).to_contain_text(count.group())


def test_the_table_by_keyboard_alone(office: Office) -> None:
    """Tab comes to the table once; the arrows go from cell to cell; Enter opens what one rests on."""
    page = office.enter("dudao")
    page.goto("/board/table/?kind=institution")
    rows = page.get_by_role("table").get_by_role("row")
    first = rows.nth(1)
    tab_to(page, first.get_by_role("rowheader").get_by_role("link"))
    page.keyboard.press("ArrowRight")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile(r"^第\d+条"))
    label = str(focused.get_attribute("aria-label"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2).get_by_role("rowheader").get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    rule = re.match(r"第\d+条", label)
    assert rule
    # What it rests on stands beside the table and has the focus; Esc gives it back to the cell.
    panel = page.get_by_role("complementary", name="格子的依据")
    expect(panel.get_by_role("heading", level=2).first).to_be_focused()
    expect(panel.get_by_role("heading", level=2).first).to_contain_text(rule.group())
    assert "cell=" in page.url and "kind=institution" in page.url
    page.keyboard.press("Escape")
    expect(panel.get_by_role("heading")).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("aria-label", label)
    assert "cell=" not in page.url


def test_back_and_reload_keep_the_opened_cell(office: Office) -> None:
    page = office.enter("dudao")
    page.goto("/board/table/?kind=school")
    panel = page.get_by_role("complementary", name="格子的依据")
    page.get_by_role("table").get_by_role("link", name=re.compile("^第4条不符合")).first.click()
    heading = panel.get_by_role("heading", level=2).first
    expect(heading).to_contain_text("第4条")
    page.reload()
    expect(heading).to_contain_text("第4条")
    page.go_back()
    expect(panel.get_by_role("heading")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?kind=school$"))
    page.go_forward()
    expect(heading).to_contain_text("第4条")


def test_the_search_is_a_key_away_from_every_page(office: Office) -> None:
    page = office.enter("zhuanban")
    for address in ("/desk/", "/ledger/", "/board/table/"):
        page.goto(address)
        page.keyboard.press("/")
        expect(page.get_by_role("search", name="全站搜索").get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("cgxx")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search/\?q=cgxx"))
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_contain_text("城关小学")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("城关小学")
