"""The self-check under hard conditions: no JavaScript, no server, a closed browser, two people, no mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import AuditEntry
from tests.e2e import checking
from tests.e2e.checking import answer, answer_and_save, codes_asked, is_saved, question
from tests.e2e.people import Office, press, section, tab_to, write
from tests.stack import Stack

pytestmark = [pytest.mark.journeys, pytest.mark.browser]

SCHOOLS = "2026年秋季学期中小学自查"
INSTITUTIONS = "2026年秋季学期校外培训机构自查"
WORDS = "2个学习类应用还没有完成备案"


def open_rule(page: Page, check: str, number: int) -> None:
    checking.open_check(page, check)
    page.get_by_role("main").get_by_role("link", name=re.compile(rf"^{number} ")).click()
    expect(page.get_by_role("heading", name=re.compile(f"^第{number}条"), level=1)).to_be_visible()


# --- Without JavaScript ----------------------------------------------------------------------


def test_without_javascript_from_the_first_answer_to_the_submission(office: Office) -> None:
    """The same pages are plain forms: what is wrong is said on top and at the field, nothing is lost."""
    page = office.enter("xinghe", java_script_enabled=False)
    # Its register says since it answered that it takes fees for six months at a time.
    open_rule(page, INSTITUTIONS, 13)
    answer(page, "13-2", "部分符合")
    write(question(page, "13-2"), "存在的问题", "按学期收费，超过3个月")
    press(page, "保存并到下一条")
    open_rule(page, INSTITUTIONS, 15)
    codes = codes_asked(page)
    answer(page, codes[0], "部分符合")  # without a word on what is wrong
    write(question(page, codes[0]), "整改措施", "本周内补签")
    for code in codes[1:]:
        answer(page, code, "符合")
    press(page, "保存并到下一条")
    expect(page).to_have_title(re.compile("^需修改："))
    complaint = f"请写明{codes[0]}存在的问题"
    expect(page.get_by_role("alert").get_by_role("link", name=re.compile(complaint))).to_be_visible()
    expect(question(page, codes[0])).to_contain_text(complaint)
    expect(question(page, codes[0]).get_by_role("radio", name="部分符合")).to_be_checked()
    expect(question(page, codes[0]).get_by_label("整改措施")).to_have_value("本周内补签")
    expect(question(page, codes[1]).get_by_role("radio", name="符合", exact=True)).to_be_checked()
    write(question(page, codes[0]), "存在的问题", "1名教师没有签合同")
    press(page, "保存并到下一条")

    for _ in range(4):
        if page.get_by_role("heading", name="核对并提交").count():
            break
        for code in codes_asked(page):
            answer(page, code, "符合")
        checking.go_on(page, page.get_by_role("main").get_by_role("button", name=re.compile("^保存并")))
    expect(page.get_by_role("heading", name="核对并提交")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("1名教师没有签合同")
    checking.send_to_head(page, "沈岚")

    head = office.enter("xinghe-fuzeren", java_script_enabled=False)
    no = checking.confirm(head, INSTITUTIONS)
    assert re.fullmatch(r"2026-C\d{4}", no)
    assert re.fullmatch(r"2026-\d{4}", checking.problem_made_of(head, "1名教师没有签合同"))


# --- How much is asked ---------------------------------------------------------------------


@pytest.mark.registers
def test_a_school_with_nothing_to_report_is_done_with_sixty_inputs(office: Office) -> None:
    """One tap for each item that no register answers; with every press of a button sixty at most."""
    checking.publish_round(office.enter("zhuanban"), "2026年秋季学期期末自查", "学校")
    page = office.enter("hekou")
    checking.open_check(page, "2026年秋季学期期末自查")
    checking.count_hands(page)
    items = sum(map(int, re.findall(r"0/(\d+)项", page.get_by_role("main").inner_text())))
    answered = int(section(page, "登记档案已经答过的").inner_text().partition("答过的")[2].partition("项")[0])
    press(page, "一并确认为符合")
    checking.fill(page)
    page.get_by_role("main").get_by_role("button", name=re.compile("^送.+确认$")).click()
    expect(page.get_by_role("main")).to_contain_text("已送")
    answers, ways = checking.counted(page)
    assert items >= 40 and answered >= 5
    assert answers == items - answered
    assert answers + ways <= 60, f"{answers} taps on answers and {ways} others"


# --- The server dies, the browser closes ---------------------------------------------------


def test_the_server_is_killed_while_somebody_types(office: Office) -> None:
    """Nothing typed is lost: the page says so, saves by itself when the server is back, and saves once."""
    stack = office.stack
    page = office.enter("chengguan")
    open_rule(page, SCHOOLS, 9)
    answer_and_save(page, "9-4", "部分符合")
    before = saves_in_the_journal(stack)

    office.expected.append("ERR_CONNECTION_REFUSED")
    stack.kill("web")
    try:
        question(page, "9-4").get_by_label("存在的问题").press_sequentially(WORDS, delay=20)
        expect(page.get_by_text("没保存上，网络恢复后自动重试")).to_be_visible(timeout=15_000)
        expect(question(page, "9-4").get_by_label("存在的问题")).to_have_value(WORDS)
    finally:
        stack.start("web")
    saved = page.get_by_role("status").filter(has_text=re.compile("^已保存"))
    expect(saved.first).to_be_visible(timeout=45_000)
    assert saves_in_the_journal(stack) == before + 1

    elsewhere = office.enter("chengguan-xiaozhang")  # the server has it, not the page alone
    open_rule(elsewhere, SCHOOLS, 9)
    expect(question(elsewhere, "9-4").get_by_label("存在的问题")).to_have_value(WORDS)


def saves_in_the_journal(stack: Stack) -> int:
    """How often somebody of 城关小学 saved answers to rule 9: every change is one entry."""
    with stack.database():
        saves = AuditEntry.objects.filter(action="inspections.check.save", after__rule="R09")
        unit = Organisation.objects.get(name="城关小学")
        return saves.filter(organisation_id=unit.pk).count()


def test_the_browser_is_closed_before_the_words_were_saved(office: Office) -> None:
    """Opened again on the same device, the words are put back and saved."""
    page = office.enter("erzhong")
    open_rule(page, SCHOOLS, returned_rule(page))
    code = codes_asked(page)[0]
    answer_and_save(page, code, "部分符合")
    office.expected.append("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    write(question(page, code), "存在的问题", "停电前写下的话")
    expect(page.get_by_text("没保存上，网络恢复后自动重试")).to_be_visible(timeout=15_000)
    address, context = page.url, page.context
    page.close()
    context.set_offline(False)

    again = context.new_page()
    office.watch(again)
    again.goto(address)
    expect(question(again, code).get_by_label("存在的问题")).to_have_value("停电前写下的话")
    is_saved(again)
    again.reload()
    expect(question(again, code).get_by_label("存在的问题")).to_have_value("停电前写下的话")


def returned_rule(page: Page) -> int:
    """The first rule that the reviewer returned, as the check's page names it."""
    checking.open_check(page, SCHOOLS)
    link = page.get_by_role("main").get_by_role("link", name=re.compile("^修改第"))
    return int(re.sub(r"\D", "", link.inner_text()))


# --- Two people ------------------------------------------------------------------------------


def test_two_people_in_one_form_never_overwrite_each_other(office: Office) -> None:
    """The slower one sees the other's answer and his own words, and decides which stays."""
    clerk, head = office.enter("shiqiao"), office.enter("shiqiao-xiaozhang")
    for page in (clerk, head):
        page.goto(check_of(page, "石桥中心小学"))
    for page in (clerk, head):
        page.get_by_role("main").get_by_role("link", name=re.compile("^9 ")).click()
        expect(page.get_by_role("heading", name=re.compile("^第9条"), level=1)).to_be_visible()
    answer(clerk, "9-1", "部分符合")
    write(question(clerk, "9-1"), "存在的问题", "保管柜还差两个班")
    is_saved(clerk)

    office.expected.append("409 (Conflict)")
    answer(head, "9-1", "不符合")
    write(question(head, "9-1"), "存在的问题", "保管柜还没有买")
    clash = head.get_by_role("alert").filter(has_text="袁梅")
    expect(clash).to_be_visible(timeout=15_000)
    expect(clash).to_contain_text("部分符合")
    expect(question(head, "9-1").get_by_label("存在的问题")).to_have_value("保管柜还没有买")
    head.reload()
    clerk.reload()
    expect(question(clerk, "9-1").get_by_label("存在的问题")).to_have_value("保管柜还差两个班")


def check_of(page: Page, unit: str) -> str:
    """The address of the current check of one of the units for which the person files."""
    page.goto("/checks/")
    mine = page.get_by_role("main").locator("section").filter(has_text=f"{unit}，编号").first
    return str(mine.get_by_role("link", name=SCHOOLS).get_attribute("href"))


# --- Keyboard only -----------------------------------------------------------------------------


def test_by_keyboard_alone(office: Office) -> None:
    """Sign in, find the self-check, answer a rule by number keys, go on with Ctrl+Enter."""
    page = office.browser()
    page.goto("/login/")
    tab_to(page, page.get_by_label("账号"))
    page.keyboard.type("shiqiao")
    tab_to(page, page.get_by_label("密码"))
    page.keyboard.type(office.password("shiqiao"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="待办", exact=True)).to_be_visible()

    tab_to(page, page.get_by_role("navigation", name="主导航").get_by_role("link", name="自查"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="自查", exact=True)).to_be_visible()
    main = page.get_by_role("main")
    tab_to(page, main.get_by_role("link", name=SCHOOLS))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=SCHOOLS, level=1)).to_be_visible()
    tab_to(page, main.get_by_role("link", name=re.compile("^3 均衡编班配置师资")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^第3条"), level=1)).to_be_visible()

    first, *others = codes_asked(page)
    tab_to(page, question(page, first).get_by_role("radio"))
    page.keyboard.press("2")
    expect(question(page, first).get_by_role("radio", name="部分符合")).to_be_checked()
    tab_to(page, question(page, first).get_by_label("存在的问题"))
    page.keyboard.type("2 classes 1 / x ?")  # single keys do nothing while one types
    for code in others:
        tab_to(page, question(page, code).get_by_role("radio"))
        page.keyboard.press("1")
    is_saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=re.compile("^第4条"), level=1)).to_be_visible()
    page.go_back()
    expect(question(page, first).get_by_label("存在的问题")).to_have_value("2 classes 1 / x ?")
    for code in others:
        expect(question(page, code).get_by_role("radio", name="符合", exact=True)).to_be_checked()
