"""Two minutes before a sign-in ends the page says so; one click goes on, and not a typed word is lost."""

from __future__ import annotations

import time

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import override_settings
from playwright.sync_api import Locator, Page, expect

from shuangjian import settings as product
from tests.e2e.people import Office, press

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

WORDS = "三年级数学日均约75分钟，家长反映较多"
HALF_AN_HOUR = 30 * 60


def set_back(office: Office, page: Page, **seconds: int) -> None:
    """Let the server think that so many seconds are left of the idle limit, or of the one in all."""
    key = next(
        cookie["value"] for cookie in page.context.cookies() if cookie["name"] == product.SESSION_COOKIE_NAME
    )
    now = int(time.time())
    with office.stack.database(), override_settings(SECRET_KEY=office.stack.environment["SECRET_KEY"]):
        session = SessionStore(session_key=key)
        if "idle" in seconds:
            session["last_seen"] = now - HALF_AN_HOUR + seconds["idle"]
        if "in_all" in seconds:
            session["signed_in_at"] = now - 12 * 3600 + seconds["in_all"]
        Session.objects.filter(pk=key).update(session_data=session.encode(dict(session.items())))


def typing(office: Office) -> tuple[Page, Locator, Locator]:
    """Somebody in the middle of a form, his field, and the warning."""
    page = office.browser()
    page.clock.install()
    office.sign_in(page, "zhuanban")
    page.goto("/problems/new/")
    field = page.get_by_label("发现情况")
    field.fill(WORDS)
    return page, field, page.get_by_role("alertdialog")


def test_the_warning_comes_in_time_and_one_click_goes_on(office: Office) -> None:
    page, field, warning = typing(office)
    set_back(office, page, idle=100)
    page.clock.fast_forward((HALF_AN_HOUR - 119) * 1000)
    expect(warning).to_contain_text("还有不到2分钟退出登录")
    expect(field).to_be_focused()  # it does not take the focus from who is typing
    warning.get_by_role("button", name="继续使用").click()
    expect(warning).to_be_hidden()
    expect(field).to_have_value(WORDS)
    with page.expect_response("**/me/session/") as answer:
        page.clock.fast_forward((HALF_AN_HOUR - 119) * 1000)
    assert answer.value.json()["idle"] > HALF_AN_HOUR - 60
    expect(warning).to_be_hidden()  # so much time has not passed for the server


def test_who_is_not_typing_gets_the_button_and_then_his_place_back(office: Office) -> None:
    page, _, warning = typing(office)
    link = page.get_by_role("link", name="待办").first
    link.focus()
    set_back(office, page, idle=50)
    page.clock.fast_forward((HALF_AN_HOUR - 119) * 1000)
    expect(warning).to_contain_text("还有不到1分钟退出登录")
    expect(warning.get_by_role("button", name="继续使用")).to_be_focused()
    page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    expect(link).to_be_focused()


def test_the_longest_time_cannot_be_put_off_and_the_page_says_so(office: Office) -> None:
    page, _, warning = typing(office)
    set_back(office, page, in_all=90)
    page.clock.fast_forward((HALF_AN_HOUR - 119) * 1000)
    expect(warning).to_contain_text("登录到了最长时间")
    expect(warning.get_by_role("button", name="继续使用")).to_be_hidden()
    warning.get_by_role("button", name="知道了").click()
    expect(warning).to_be_hidden()


def test_after_the_end_one_signs_in_beside_it_and_sends_what_was_typed(office: Office) -> None:
    page, field, warning = typing(office)
    set_back(office, page, idle=-5)
    page.clock.fast_forward((HALF_AN_HOUR - 119) * 1000)
    expect(page.get_by_role("alertdialog", name="登录已退出")).to_be_visible()
    expect(warning).to_contain_text("登录已退出，本页填的内容还在")
    with page.context.expect_page() as opened:
        warning.get_by_role("link", name="在新窗口登录").click()
    beside = opened.value
    office.watch(beside)
    office.sign_in(beside, "zhuanban")
    beside.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(warning).to_be_hidden()
    expect(field).to_have_value(WORDS)
    press(page, "登记问题")
    expect(page.get_by_role("alert")).to_contain_text(
        "需要修改"
    )  # the form was read: other fields are missing
    expect(field).to_have_value(WORDS)
