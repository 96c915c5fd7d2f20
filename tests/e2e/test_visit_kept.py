"""Nothing seen on site is lost: with the connection gone in mid-visit, and on a phone without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inspections.models import Problem, Visit, VisitFinding
from tests.e2e.people import PHONE, Office, press, write
from tests.e2e.phones import plan_for

pytestmark = [pytest.mark.journeys, pytest.mark.browser]


def finding(office: Office, no: str, code: str) -> VisitFinding:
    with office.stack.database():
        return VisitFinding.objects.get(visit__no=no, item__code=code)


def test_a_lost_connection_loses_no_tap_and_no_word(office: Office) -> None:
    no = plan_for(office, "duxue1", "云溪县实验学校")
    page = office.enter("duxue1", **PHONE)
    page.goto(f"/visits/{no}/")
    press(page, "开始督导")
    expect(page.locator("#R04-2")).to_be_visible()
    office.expected.append("net::ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    item = page.locator("#R04-2")
    item.get_by_role("radio", name="有问题").tap()
    item.get_by_label("问题说明").fill("断网时写的话")
    expect(item.get_by_role("status").first).to_contain_text("没保存上，网络恢复后自动重试")
    browser = page.context
    page.close()
    browser.set_offline(False)
    page = browser.new_page()  # what was typed before the browser was closed is put back and saved
    page.goto(f"/visits/{no}/")
    item = page.locator("#R04-2")
    expect(item.get_by_label("问题说明")).to_have_value("断网时写的话")
    expect(item.get_by_role("status").first).to_contain_text("已保存")
    saved = finding(office, no, "R04-2")
    assert (saved.value, saved.text) == ("problem", "断网时写的话")


def test_a_page_written_before_the_save_arrived_is_brought_up_to_it(office: Office) -> None:
    """Back online, the queued save and a reload leave together, and the reload may be answered first."""
    no = plan_for(office, "duxue1", "云溪县实验学校")
    page = office.enter("duxue1", **PHONE)
    page.goto(f"/visits/{no}/")
    press(page, "开始督导")
    item = page.locator("#R04-2")
    expect(item).to_be_visible()
    before = page.request.get(f"/visits/{no}/")
    item.get_by_role("radio", name="有问题").tap()
    item.get_by_label("问题说明").fill("刚刚写的话")
    expect(item.get_by_role("status").first).to_contain_text("已保存")
    address = f"**/visits/{no}/"
    page.route(address, lambda route: route.fulfill(response=before), times=1)
    page.reload()
    expect(item.get_by_label("问题说明")).to_have_value("刚刚写的话")
    expect(item.get_by_role("status").first).to_contain_text("已保存")
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        item.get_by_label("问题说明").fill("刚刚写的话，又添一句")
    assert saved.value.status == 200  # under the newest version: nobody else was faster
    assert finding(office, no, "R04-2").text == "刚刚写的话，又添一句"


def test_without_javascript_the_visit_is_done_by_buttons(office: Office) -> None:
    no = plan_for(office, "duxue2", "河口小学")
    page = office.enter("duxue2", **PHONE, java_script_enabled=False)
    page.goto(f"/visits/{no}/")
    press(page, "开始督导")
    item = page.locator("#R05-2")
    item.get_by_role("radio", name="有问题").check()
    item.get_by_label("问题说明").fill("二年级抄写作业过多")
    press(item, "保存")
    assert page.url.endswith(f"/visits/{no}/#R05-2")
    press(page, "结束督导")
    write(page, "现场意见", "请改进作业设计。")
    press(page, "结束督导，生成现场检查记录")
    write(page, "单位确认人", "校长本人")
    press(page, "双方确认")
    expect(page.get_by_role("main")).to_contain_text("二年级抄写作业过多")
    with office.stack.database():
        assert Visit.objects.get(no=no).state == "confirmed"
        assert Problem.objects.get(source_finding__visit__no=no).fact == "二年级抄写作业过多"
