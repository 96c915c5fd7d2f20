"""我要反映 on a phone, with and without scripts: sent in, answered by the office, followed, asked again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.layout import LOOKS, sideways, small_targets, violations, wear
from tests.e2e.people import PHONE, Office, choose, press, write

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.public]


def looks_right(page: Page) -> None:
    """Judged by axe in every look, only where there is a script to judge with."""
    assert sideways(page) == 0 and small_targets(page) == []
    for look in LOOKS:
        wear(page, look)
        assert violations(page) == [], look


def send_in(page: Page, *, is_looked_at: bool) -> tuple[str, str]:
    """The five steps; number and code."""
    page.goto("/complain/new/")
    press(page, "下一步")
    expect(page.get_by_role("alert")).to_contain_text("需要修改")
    write(page, "学校或机构的名称", "河口小学")
    press(page, "查找")
    choose(page, "您反映的是", "河口小学")
    press(page, "下一步")
    choose(page, "是哪类事", "作业太多，或者要家长批改、打印")
    if is_looked_at:
        looks_right(page)
    press(page, "下一步")
    write(page, "发生了什么", "四年级每晚写到10点")
    press(page, "下一步")
    press(page, "下一步")
    expect(page.get_by_role("main")).to_contain_text("四年级每晚写到10点")
    if is_looked_at:
        looks_right(page)
    page.get_by_role("button", name=re.compile(r"^修改\s*发生了什么$")).click()
    write(page, "发生了什么", "四年级每晚写到9点半")
    press(page, "下一步")
    press(page, "下一步")
    press(page, "提交")
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到您的反映")
    number, code = page.get_by_role("main").locator("dd").all_inner_texts()
    return number.strip(), code.strip()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_matter_is_followed_to_its_second_look(office: Office, has_scripts: bool) -> None:
    phone = office.browser(**PHONE, java_script_enabled=has_scripts)
    number, code = send_in(phone, is_looked_at=has_scripts)
    desk = office.enter("zhuanban")
    desk.goto(f"/complaints/{number}/")
    press(desk, "受理")
    press(desk, "受理")
    press(desk, "答复")
    choose(desk, "核实结果", "部分属实")
    desk.get_by_role("textbox", name=re.compile("^答复")).fill("平均65分钟，已要求改到60分钟以内")
    press(desk, "答复")

    phone.goto("/track/")
    write(phone, "受理编号", number)
    write(phone, "查询码", code)
    press(phone, "查询")
    expect(phone.get_by_role("main")).to_contain_text("平均65分钟")
    if has_scripts:
        looks_right(phone)
    write(phone, "对答复哪里不满意", "昨晚还是写到9点半")
    press(phone, "申请重新核实")
    expect(phone.get_by_role("main")).to_contain_text("重新核实中")
