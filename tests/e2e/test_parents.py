"""家长问卷 on a phone, with and without scripts: from the poster's address to the tips for the family."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from inspections.models import SurveyCode, SurveyCount
from tests.e2e.layout import LOOKS, sideways, small_targets, violations, wear
from tests.e2e.people import PHONE, Office, press

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.public]


def code_in_use(office: Office) -> SurveyCode:
    with office.stack.database():
        return SurveyCode.objects.select_related("school").filter(retired_on=None).order_by("pk")[0]


def sheets(office: Office, code: SurveyCode) -> int:
    with office.stack.database():
        rows = SurveyCount.objects.filter(school=code.school, survey__state="open")
        return sum(rows.values_list("sheets", flat=True))


def looks_right(page: Page, *, with_axe: bool) -> None:
    assert sideways(page) == 0 and small_targets(page) == []
    for look in LOOKS if with_axe else ():
        wear(page, look)
        assert violations(page) == [], look


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_parent_fills_it_in_on_a_phone(office: Office, has_scripts: bool) -> None:
    code = code_in_use(office)
    before = sheets(office, code)
    page = office.browser(**PHONE, java_script_enabled=has_scripts)
    page.goto(f"/q/{code.text}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("家长问卷")
    if has_scripts:
        looks_right(page, with_axe=True)
    expect(page.get_by_role("button", name="朗读这一页")).to_be_visible(visible=has_scripts)
    page.get_by_role("radio").first.check()
    press(page, "开始")
    press(page, "下一页")  # nothing chosen: the page says so
    expect(page.get_by_role("alert")).to_contain_text("处需要修改")
    for _ in range(10):
        for group in page.get_by_role("main").get_by_role("group").all():
            group.get_by_role("radio").first.check()
        if has_scripts:
            looks_right(page, with_axe=False)
        is_last = page.get_by_role("button", name="提交").count()
        press(page, "提交" if is_last else "下一页")
        if is_last:
            break
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢您，已经收到")
    expect(page.get_by_role("listitem").filter(has_text=re.compile("户外活动"))).to_be_visible()
    assert sheets(office, code) == before + 1
    page.goto(f"/q/{code.text}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("这部手机已经填过了")
