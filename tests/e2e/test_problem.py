"""A red line from registration to the leader's close-out; two people deciding on one problem at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e import casework
from tests.e2e.people import Office, press, write

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

FACT = "九年级（1）班墙上贴着期中考试名次表"


def test_a_red_line_passes_through_five_hands(office: Office) -> None:
    """Registered, planned, proved, verified, and closed by the leader alone."""
    task_force = office.enter("zhuanban")
    no = casework.register(task_force, "河口中学", "7-1", FACT, breaks=True)

    clerk = office.enter("hekouzhong")
    casework.hand_in_plan(clerk, no, ("当天撕下名次表并向家长说明", "董明", 1), ("全校逐班检查", "田野", 7))
    casework.agree_to_plan(task_force, no)
    casework.mark_measure_done(clerk, no, "当天撕下名次表")
    casework.prove(clerk, no, "停止违规的证明", note="名次表已撕下，班主任已向家长说明")
    casework.prove(clerk, no, "落实记录", note="逐班检查记录已存教务处")

    casework.open_problem(clerk, no)
    press(clerk, "申请销号")  # too early: one proof is missing, and the page names it
    write(clerk, "整改完成情况", "名次表已撕下，全校逐班查过")
    press(clerk, "申请销号")
    expect(clerk.get_by_role("alert")).to_contain_text("还缺1项佐证：整改前后对比")
    expect(clerk.get_by_label("整改完成情况")).to_have_value("名次表已撕下，全校逐班查过")
    casework.prove(clerk, no, "整改前后对比", photo="教室后墙.jpg")
    casework.apply_for_close_out(clerk, no, "名次表已撕下，全校逐班查过")

    inspector = office.enter("duxue2")
    casework.open_problem(inspector, no)
    office.expected.append("/files/")  # the browser draws a bare picture with styles of its own
    press(inspector, "教室后墙.jpg")
    expect(inspector.get_by_role("img")).to_be_visible()
    casework.verify(inspector, no, "到校看过，墙上没有名次表；问6名学生，5名表示没有公布过。")
    casework.open_problem(task_force, no)
    expect(task_force.get_by_role("link", name="同意销号")).to_have_count(0)

    leader = office.enter("lingdao")
    expect(leader.get_by_role("link", name=no)).to_contain_text("同意销号")
    casework.close(leader, no)
    casework.is_closed_by(leader, no, "陈志远")


def test_who_decides_second_sees_the_first_decision_and_keeps_his_words(office: Office) -> None:
    """The inspector verifies and closes while the supervision office is still writing why to return it."""
    task_force = office.enter("zhuanban")
    no = casework.register(task_force, "石桥中心小学", "12-3", "图书室周三、周五没有开放")
    clerk = office.enter("shiqiao")
    casework.hand_in_plan(clerk, no, ("调整值班，每天开放", "袁梅", 5))
    casework.agree_to_plan(task_force, no)
    casework.prove(clerk, no, "整改前后对比", note="原来每周开3天，现在每天开放")
    casework.apply_for_close_out(clerk, no, "图书室每天开放")

    office_page, inspector = office.enter("dudao"), office.enter("duxue2")
    casework.open_problem(office_page, no)
    press(office_page, "退回整改")
    write(office_page, "还缺什么", "请补两周的开放登记")
    write(office_page, "何时补齐", casework.in_days(10))

    casework.verify(inspector, no, "连看两天，图书室都开着。")

    office.expected.append("409 (Conflict)")
    press(office_page, "退回整改")
    refusal = office_page.get_by_role("main")
    expect(refusal).to_contain_text("这次没有保存")
    expect(refusal).to_contain_text("连看两天，图书室都开着。")  # the winner's change
    expect(refusal).to_contain_text("吴芳")
    expect(refusal).to_contain_text("请补两周的开放登记")  # the loser's own words
    press(office_page, "打开最新内容")
    casework.stands_at(office_page, no, "待销号")
