"""The moves of one problem as its people make them, each at his own browser, on the problem's own page."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from inspections.demo.build import AS_OF
from tests.e2e.people import attach, choose, on_paper, photograph, pick, press, said, write

TODAY = AS_OF  # the county lives on the date it was built for
MeasureWords = tuple[str, str, int]  # 措施, 责任人, within how many days


def in_days(days: int) -> str:
    """A day counted from the county's today, as a date field takes it."""
    return str(TODAY + timedelta(days=days))


def open_problem(page: Page, no: str) -> None:
    """By the address that everybody writes to each other: /problems/2026-0147/."""
    page.goto(f"/problems/{no}/")
    expect(page.get_by_role("main")).to_contain_text(f"问题{no}")


def stands_at(page: Page, no: str, state: str) -> None:
    """The problem's page says so in its first lines."""
    open_problem(page, no)
    first_line = page.get_by_role("region", name="当前状态和下一步").get_by_role("paragraph").first
    expect(first_line).to_contain_text(state)


def register(page: Page, unit: str, item: str, fact: str, *, breaks: bool = False, days: int = 20) -> str:
    """The task force registers what it heard; returns the number."""
    page.goto("/problems/")
    press(page, "登记问题")
    pick(page, "单位", unit)
    pick(page, "检查项", item)
    write(page, "发现情况", fact)
    if breaks:
        page.get_by_role("checkbox", name="触碰该检查项的严禁或不得").check()
    write(page, "整改期限", in_days(days))
    press(page, "登记问题")
    return said(page, "已登记，编号")


def hand_in_plan(page: Page, no: str, *measures: MeasureWords) -> None:
    """The unit states its measures, each with person and date."""
    open_problem(page, no)
    press(page, "提交整改计划")
    for number, (text, person, days) in enumerate(measures, start=1):
        row = page.get_by_role("group", name=f"措施{number}")
        write(row, "内容", text)
        write(row, "责任人", person)
        write(row, "完成时限", in_days(days))
    press(page, "提交整改计划")
    said(page, "已提交整改计划")


def agree_to_plan(page: Page, no: str, words: str = "同意，请留记录。") -> None:
    open_problem(page, no)
    press(page, "同意整改计划")
    write(page, "意见", words)
    press(page, "同意整改计划")
    said(page, "已同意整改计划")


def mark_measure_done(page: Page, no: str, measure: str) -> None:
    open_problem(page, no)
    press(page.get_by_role("row").filter(has_text=measure), "登记完成", exact=False)
    _say_it_is_done(page)


def _say_it_is_done(page: Page) -> None:
    write(page, "完成情况", "已按计划完成，记录存教务处")
    press(page, "登记措施完成")
    said(page, "已登记措施完成")


def finish_measures(page: Page, no: str) -> None:
    """Whatever the plan names and nothing proves yet."""
    open_problem(page, no)
    undone = page.get_by_role("row").get_by_role("link", name="登记完成")
    while undone.count():
        undone.first.click()
        _say_it_is_done(page)


def prove(page: Page, no: str, requirement: str, *, photo: str = "", note: str = "") -> None:
    """Proof for a named requirement: a picture just taken, or a sentence."""
    open_problem(page, no)
    press(page, "补充佐证")
    pick(page, "对应的佐证要求", requirement)
    if photo:
        attach(page, photo, photograph(f"{no} {requirement}"))
    if note:
        write(page, "说明", note)
    press(page, "补充佐证")
    said(page, "已补充佐证")


def apply_for_close_out(page: Page, no: str, statement: str) -> None:
    """Apply, once every measure is done."""
    finish_measures(page, no)
    press(page, "申请销号")
    write(page, "整改完成情况", statement)
    press(page, "申请销号")
    said(page, "已申请销号")


def verify(page: Page, no: str, words: str) -> None:
    """From the desk, on site."""
    open_problem(page, no)
    press(page, "核查通过")
    choose(page, "核查方式", "现场核查")
    write(page, "核查意见", words)
    press(page, "核查通过")
    said(page, "已核查，转销号")


def close(page: Page, no: str, words: str = "同意销号。") -> None:
    open_problem(page, no)
    press(page, "同意销号")
    write(page, "意见", words)
    press(page, "同意销号")
    said(page, "已销号")


def is_closed_by(page: Page, no: str, name: str) -> None:
    stands_at(page, no, "已销号")
    closed = page.get_by_role("region", name="当前状态和下一步")
    expect(closed).to_contain_text(f"{on_paper(TODAY)} ")
    expect(closed).to_contain_text(f"由{name}销号")
