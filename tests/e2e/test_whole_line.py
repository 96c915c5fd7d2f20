"""The county's main job from beginning to end, each step by the person whose step it is."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e import casework, checking
from tests.e2e.checking import Shortcoming
from tests.e2e.people import PHONE, Office, choose, go_to, pick, press, said, section, write
from tests.stack import Stack

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

ROUND = "2026年秋季学期减负专项自查"
LIGHT = "美术室周五没有开放"
OVER = "三年级各科书面作业合计日均约66分钟"
RED = "五年级（2）班在班级群公布单元练习分数"
ON_SITE = "课间两个班不让学生出教室"
SHORT = {
    "12-3": Shortcoming(LIGHT, "调整值班，每天开放", "彭雪", 0),
    "4-2": Shortcoming(OVER),  # the figure stands in the register
    "7-1": Shortcoming(RED, value="不符合"),
}


def test_from_the_round_to_the_signed_report(office: Office) -> None:
    task_force = office.enter("zhuanban")
    checking.publish_round(task_force, ROUND, "学校")

    clerk = office.enter("hekou")
    numbers = self_check(office, clerk)
    light, over, red = numbers[LIGHT], numbers[OVER], numbers[RED]

    # The light one: its measure is the plan, the head closes it with one sentence. It is due today: the sweep
    # says so.
    head = office.enter("hekou-xiaozhang")
    is_reminded_today(clerk, light)
    casework.open_problem(head, light)
    press(head, "确认整改完成并销号")
    write(head, "整改情况", "值班表已调整，今天起每天开放。")
    press(head, "确认整改完成并销号")
    casework.is_closed_by(head, light, "曾强")

    # The others need a plan that somebody agrees to, and proof.
    inspector = office.enter("duxue2", **PHONE)
    casework.hand_in_plan(clerk, over, ("年级组每天统筹，超过55分钟的当天调减", "彭雪", 10))
    casework.agree_to_plan(inspector, over)
    casework.hand_in_plan(clerk, red, ("当天撤回分数，向家长说明", "曾强", 1), ("逐个班级群检查", "彭雪", 5))
    casework.agree_to_plan(task_force, red)
    casework.prove(clerk, over, "整改前后对比", photo="三年级作业公示栏.jpg")
    for need in ("停止违规的证明", "落实记录", "整改前后对比"):
        casework.prove(clerk, red, need, photo=f"{need}.jpg")
    casework.apply_for_close_out(clerk, over, "三年级各科合计降到55分钟")
    casework.apply_for_close_out(clerk, red, "分数当天撤回，12个班级群逐个查过")

    found = visit(inspector, {over: "抽查三天公示，合计52至55分钟。", red: "看了5个班级群，没有分数。"})
    casework.close(task_force, over)
    casework.is_closed_by(task_force, over, "何敏")
    leader = office.enter("lingdao")
    casework.close(leader, red)
    casework.is_closed_by(leader, red, "陈志远")
    close_in_one_go(clerk, inspector, task_force, found)

    report(office, leader, clerk, {light: LIGHT, over: OVER, red: RED, found: ON_SITE})


def self_check(office: Office, clerk: Page) -> dict[str, str]:
    """The clerk answers rule by rule, checks, sends; the head confirms. Returns sentence → problem number."""
    expect(clerk.get_by_role("main")).to_contain_text(ROUND)
    state_homework(clerk)
    checking.open_check(clerk, ROUND)
    checking.fill(clerk, SHORT)
    ahead = section(clerk, "将生成3个问题，提交后进入整改")
    for words in (LIGHT, OVER, RED):
        expect(ahead).to_contain_text(words)
    expect(section(clerk, "第4条 严控书面作业总量")).to_contain_text("66分钟/天（超出6分钟）")
    checking.send_to_head(clerk, "曾强")

    head = office.enter("hekou-xiaozhang")
    checking.confirm(head, ROUND)
    expect(section(head, "生成的问题").get_by_role("link")).to_have_count(3)
    numbers = {fact: checking.problem_made_of(head, fact) for fact in (LIGHT, OVER, RED)}
    assert all(re.fullmatch(r"2026-\d{4}", number) for number in numbers.values())
    return numbers


def state_homework(clerk: Page) -> None:
    """The self-check takes its figures from the register: the third grade works 66 minutes a day."""
    clerk.goto("/units/3152900201/registers/homework/edit/")
    write(section(clerk, "三年级"), "每天书面作业", "66")
    write(clerk, "情况说明", "三年级英语抄写偏多，已调减；四年级按周平均填报")
    press(clerk, "保存")
    expect(clerk).not_to_have_url(re.compile("/edit/"))


def is_reminded_today(page: Page, no: str) -> None:
    """Within a few sweeps the unit finds the notice of a date that has come."""
    notice = page.get_by_role("link", name=re.compile(f"{no}.*今天截止"))

    def arrived() -> bool:
        page.goto("/me/notices/")
        return bool(notice.count())

    Stack.wait_for(arrived, f"no notice that {no} is due today")


def visit(page: Page, verified: dict[str, str]) -> str:
    """A visit begun today: verify what waits, raise what is seen, end, confirm. Returns the new number."""
    page.goto("/field/")
    press(page, "安排督导")
    pick(page, "单位", "河口小学")
    pick(page, "督导类别", "经常性督导")
    write(page, "计划名称", "2026年秋季学期经常性督导计划")
    write(page, "批准文号", "云教督〔2026〕3号")
    press(page, "安排督导")
    expect(page.get_by_role("alert")).to_contain_text("该单位近日已有安排")  # of the double draw
    page.get_by_label("另行安排，分开入校").check()
    press(page, "安排督导")
    said(page, "已安排，编号")
    press(page, "开始督导")
    for no, words in verified.items():
        waiting = section(page, "未销号的问题").get_by_role("listitem").filter(has_text=no)
        press(waiting, "核查通过")
        expect(page.get_by_role("radio", name="现场核查")).to_be_checked()
        write(page, "核查意见", words)
        press(page, "核查通过")
        said(page, "已核查，转销号")
    item = page.get_by_role("region", name=re.compile(r"^12-6\s?\D"))
    item.get_by_role("radio", name="有问题").tap()
    write(item, "问题说明", ON_SITE)
    choose(item, "整改期限", "7天")
    expect(item.get_by_role("status").first).to_contain_text("已保存")
    press(page, "结束督导")
    write(page, "现场意见", "作业总量已降下来；课间请让学生出教室活动。")
    press(page, "结束督导，生成现场检查记录")
    write(page, "单位确认人", "曾强")
    write(page, "职务", "校长")
    press(page, "双方确认")
    raised = section(page, "登记的问题").get_by_role("link").filter(has_text=ON_SITE)
    return raised.inner_text().split()[0]


def close_in_one_go(clerk: Page, inspector: Page, task_force: Page, no: str) -> None:
    """An ordinary problem of regular supervision: the authorised inspector verifies and closes it himself."""
    casework.hand_in_plan(clerk, no, ("课间由值班教师带学生到操场", "彭雪", 3))
    casework.agree_to_plan(task_force, no)
    casework.prove(clerk, no, "整改前后对比", note="原来课间留在教室，现在全部到操场活动")
    casework.apply_for_close_out(clerk, no, "课间全部到操场")
    casework.open_problem(inspector, no)
    press(inspector, "核查通过并销号")
    choose(inspector, "核查方式", "现场核查")
    write(inspector, "核查意见", "连看两个课间，学生都在操场。")
    press(inspector, "核查通过并销号")
    casework.is_closed_by(inspector, no, "吴芳")


def report(office: Office, leader: Page, school: Page, problems: dict[str, str]) -> None:
    """The county's report of the term: returned once, taken anew, drafted, signed, downloaded by two."""
    leader.goto("/reports/")
    no = leader.get_by_role("row").filter(has_text="待审签").get_by_role("link").first.inner_text()
    press(leader, no)
    press(leader, "退回修改")
    write(leader, "意见", "请把河口小学的整改写进去，按最新数据再报。")
    press(leader, "退回修改")
    said(leader, "已退回修改")

    writer = office.enter("dudao")
    go_to(writer, "报告")
    press(writer, no)
    expect(writer.get_by_role("main")).to_contain_text("请把河口小学的整改写进去")
    press(writer, "对照现在的数字")
    press(writer, "全部更新")
    said(writer, "已更新为刚才对照的数字")
    press(writer, "编写主要做法和成效")
    write(writer, "主要做法和成效", "河口小学对照自查立行立改，作业总量一周内降到限值以内。")
    press(writer, "保存")
    said(writer, "“主要做法和成效”已保存")
    press(writer, "生成PDF草稿")
    draft = writer.get_by_role("link", name="下载草稿PDF")
    expect(draft).to_be_visible(timeout=60_000)
    assert "河口小学对照自查立行立改" in text_of(download(writer, "下载草稿PDF"))
    press(writer, "送审签")
    press(writer, "送审签")
    said(writer, "已送审签")

    leader.goto(f"/reports/{no}/")
    press(leader, "签发")
    press(leader, "签发")
    said(leader, "已签发")
    expect(leader.get_by_role("link", name="下载正式PDF")).to_be_visible(timeout=60_000)

    for reader in (writer, school):
        go_to(reader, "报告") if reader is writer else reader.goto("/reports/")
        press(reader, no)
        final = download(reader, "下载正式PDF")
        expect(reader.get_by_role("main")).to_contain_text(hashlib.sha256(final).hexdigest())
        text = text_of(final)
        for number, fact in problems.items():
            assert number in text
            assert fact in text
        assert "河口小学对照自查立行立改" in text


def download(page: Page, label: str) -> bytes:
    """The file behind a link, asked for with the reader's own session as his browser asks for it."""
    address = page.get_by_role("main").get_by_role("link", name=label).get_attribute("href")
    answer = page.request.get(str(address))
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()


def text_of(pdf: bytes) -> str:
    """The text of all pages without the breaks of lines."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))
