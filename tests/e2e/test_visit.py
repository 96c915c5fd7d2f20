"""A visit on a phone, 390 px wide: checklist by taps, photo, end, both confirmations or a refusal."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.layout import sideways, small_targets
from tests.e2e.people import PHONE, Office, attach, choose, photograph, press, said, section, write

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

RECORD = re.compile(r"现2026-00-\d{4}")


def begin(page: Page, unit: str) -> None:
    """今日安排 is the first page; the visit to this unit is begun there."""
    expect(page.get_by_role("heading", name="今日安排")).to_be_visible()
    card = page.get_by_role("main").locator("section").filter(has=page.get_by_role("heading", name=unit))
    press(card, "开始督导")
    expect(page.get_by_role("heading", name=unit, level=1)).to_be_visible()


def item(page: Page, code: str) -> Locator:
    """One item of the checklist: 4-2 小学三至六年级各科书面作业合计……"""
    return page.get_by_role("region", name=re.compile(rf"^{code}\s?\D"))


def tap(page: Page, code: str, answer: str) -> None:
    one = item(page, code)
    one.get_by_role("radio", name=answer, exact=True).tap()
    expect(one.get_by_role("status").first).to_contain_text("已保存")


def fits_a_phone(page: Page) -> None:
    """Nothing too small for a thumb, nothing wider than the phone."""
    assert small_targets(page) == []
    assert sideways(page) == 0


def test_a_visit_from_the_first_tap_to_the_record(office: Office) -> None:
    page = office.enter("duxue1", **PHONE)
    fits_a_phone(page)
    begin(page, "城关小学")
    expect(page.get_by_role("main")).to_contain_text("已查0/")
    fits_a_phone(page)

    for code in ("2-1", "3-1", "7-1"):
        tap(page, code, "符合")
    tap(page, "9-3", "有问题")
    expect(item(page, "9-3")).to_contain_text("还没写明问题，暂按未查计")
    expect(page.get_by_role("main")).to_contain_text("已查3/")
    write(item(page, "9-3"), "问题说明", "四年级要求用平板提交英语朗读作业")
    choose(item(page, "9-3"), "整改期限", "7天")
    expect(page.get_by_role("main")).to_contain_text("已查4/")
    attach(item(page, "9-3"), "班级群通知.jpg", photograph("班级群通知"))
    expect(item(page, "9-3").get_by_role("img", name="班级群通知.jpg")).to_be_visible()
    fits_a_phone(page)

    page.reload()  # nothing lives in the page alone
    expect(page.get_by_role("main")).to_contain_text("已查4/")
    expect(item(page, "9-3").get_by_label("问题说明")).to_have_value("四年级要求用平板提交英语朗读作业")
    expect(item(page, "9-3").get_by_role("img", name="班级群通知.jpg")).to_be_visible()
    press(page, "有问题 1")
    expect(item(page, "9-3")).to_be_visible()
    expect(item(page, "2-1")).to_have_count(0)

    press(page, "结束督导")
    fits_a_phone(page)
    write(page, "现场意见", "作业公示齐全；四年级英语朗读改为纸质登记。")
    press(page, "结束督导，生成现场检查记录")
    expect(page.get_by_role("heading", name="双方确认")).to_be_visible()
    expect(section(page, "发现的问题")).to_contain_text("四年级要求用平板提交英语朗读作业")
    fits_a_phone(page)
    write(page, "单位确认人", "黄勇")
    write(page, "职务", "校长")
    write(page, "单位意见", "情况属实，明天改。")
    press(page, "双方确认")
    said(page, "现场检查记录")
    expect(page.get_by_role("heading", name="现场检查记录")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(RECORD)
    fits_a_phone(page)
    raised = section(page, "登记的问题").get_by_role("link")
    expect(raised).to_have_count(1)
    no = re.search(r"2026-\d{4}", raised.inner_text())
    assert no is not None

    head = office.enter("chengguan-xiaozhang")
    head.goto(f"/problems/{no[0]}/")
    expect(head.get_by_role("main")).to_contain_text("四年级要求用平板提交英语朗读作业")
    expect(head.get_by_role("main")).to_contain_text("周明")


def test_a_unit_that_refuses_to_confirm(office: Office) -> None:
    """The refusal is noted with its reason and a witness; neither is enough alone."""
    page = office.enter("jiancha", **PHONE)
    begin(page, "启明教育培训中心")
    tap(page, "13-1", "符合")
    press(page, "结束督导")
    write(page, "现场意见", "证照齐全。")
    press(page, "结束督导，生成现场检查记录")

    press(page, "双方确认")  # nobody named: the page says what is missing
    expect(page.get_by_role("alert")).to_contain_text("请填写单位确认人")
    page.get_by_text("单位拒绝确认", exact=True).click()
    write(page, "拒绝确认的理由", "值班人员称负责人外出，不便签字")
    press(page, "双方确认")
    expect(page.get_by_role("alert")).to_contain_text("请填写见证人")
    expect(page).to_have_title(re.compile("^需修改："))
    expect(page.get_by_label("拒绝确认的理由")).to_have_value("值班人员称负责人外出，不便签字")
    fits_a_phone(page)
    write(page, "见证人", "马秀英（商贸街社区）")
    press(page, "双方确认")
    expect(page.get_by_role("main")).to_contain_text("拒绝确认，理由：值班人员称负责人外出，不便签字")
    expect(page.get_by_role("main")).to_contain_text("马秀英（商贸街社区）")
    expect(page.get_by_role("main")).to_contain_text(RECORD)
