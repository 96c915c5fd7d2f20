"""The ledger in the browser: found and acted on by keys alone, and whole with JavaScript off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.people import Office, press, tab_to

pytestmark = [pytest.mark.journeys, pytest.mark.overview, pytest.mark.browser]


def test_it_is_filtered_and_acted_on_by_keyboard_alone(office: Office) -> None:
    page = office.enter("zhuanban")
    page.goto("/ledger/?tab=all")
    page.keyboard.press("f")
    page.keyboard.type("cgxx")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[?&]q=cgxx"))
    rows = page.get_by_role("main").locator("tbody tr")
    assert rows.count() > 0
    assert set(rows.locator('[data-label="单位"]').all_inner_texts()) == {"城关小学"}

    page.keyboard.press("j")
    expect(rows.first.get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("x")
    expect(rows.first.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="导出", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("导出台账")
    page.get_by_role("button", name="导出1个问题").focus()
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert re.fullmatch(r"问题整改台账\d{8}\.xlsx", download.value.suggested_filename)


def test_a_view_is_named_and_found_again_by_keyboard_back_and_reload_keep_it(office: Office) -> None:
    page = office.enter("dudao")
    page.goto("/ledger/?tab=all&q=cgxx&sort=no")
    shown = page.get_by_role("main").locator("tbody tr").all_inner_texts()
    page.get_by_role("main").get_by_text("视图", exact=True).focus()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="保存当前视图"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("名称")).to_be_visible()
    tab_to(page, page.get_by_label("名称"))
    page.keyboard.insert_text("城关小学按编号")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/ledger/\?q=cgxx"))
    rows = page.get_by_role("main").locator("tbody tr")
    assert rows.all_inner_texts() == shown
    rows.first.get_by_role("link").click()
    page.wait_for_url(re.compile("/problems/"))
    page.go_back()
    expect(rows).to_have_count(len(shown))
    assert rows.all_inner_texts() == shown
    page.reload()
    assert rows.all_inner_texts() == shown
    assert "sort=no" in page.url


def test_all_of_a_filter_is_reminded_with_javascript_off(office: Office) -> None:
    page = office.enter("dudao", java_script_enabled=False)
    page.goto("/ledger/?state=rectifying")
    count = page.get_by_role("main").get_by_role("checkbox").count()
    press(page, "选中本页")
    expect(page.get_by_role("status")).to_contain_text(f"已选中{count}条")
    press(page, "提醒")
    press(page, f"提醒{count}个问题")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^提醒：成功"))
    results = page.get_by_role("main").locator("tbody tr")
    assert results.count() == min(count, 50)

    page.goto("/ledger/?state=rectifying&select=all")
    press(page, "提醒")
    press(page, f"提醒{count}个问题")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"未成功{count}条")
    expect(results.first).to_contain_text("今天已提醒过")
