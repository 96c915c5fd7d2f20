"""A round and a self-check as their people handle them: publish, answer, check, send, confirm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from tests.e2e.casework import in_days
from tests.e2e.people import choose, go_to, group, press, said, section, write


@dataclass(frozen=True)
class Shortcoming:
    """What a unit says of an item that is not, or not wholly, met."""

    fact: str
    measure: str = ""
    person: str = ""
    days: int | None = None  # from today
    value: str = "部分符合"
    figures: Mapping[str, str] = field(default_factory=dict)  # 三年级 → 66


def publish_round(page: Page, title: str, *kinds: str, days: int = 20) -> None:
    """The task force drafts a round on the yearly list, looks at it as a unit will, and publishes it."""
    go_to(page, "自查批次")
    press(page, "新建批次")
    write(page, "批次名称", title)
    for box in group(page, "填报单位").get_by_role("checkbox").all():
        box.set_checked(box.evaluate("box => box.closest('label').innerText.trim()") in kinds)
    write(page, "截止日期", in_days(days))
    write(page, "计划名称", "2026年秋季学期进校进机构事项清单")
    write(page, "批准文号", "云办发〔2026〕12号")
    press(page, "保存")
    said(page, "已保存，还没有发布")
    page.get_by_role("main").get_by_role("link", name=re.compile("^按.+预览$")).first.click()
    expect(page.get_by_role("main")).to_contain_text("已完成 0/")
    press(page, "返回批次")
    press(page, "发布")
    press(page, "发布")
    said(page, "已发布，各单位会在待办看到")


def open_check(page: Page, title: str) -> None:
    """From the menu into the current check of that name."""
    go_to(page, "自查")
    page.get_by_role("main").get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def question(page: Page, code: str) -> Locator:
    """Everything that belongs to one item on a rule's page: figures, answers, words, files."""
    answers = page.get_by_role("radiogroup", name=re.compile(rf"^{code}\b"))
    return page.get_by_role("main").locator("div").filter(has=answers).last


def codes_asked(page: Page) -> list[str]:
    """The items that the page asks: 4-1, 4-2, 4-4."""
    return re.findall(r'radiogroup "(\d+-\d+) ', page.get_by_role("main").aria_snapshot())


def answer(page: Page, code: str, value: str) -> None:
    choose(question(page, code), code, value)


def describe(page: Page, code: str, short: Shortcoming) -> None:
    """Answer one item that falls short: figures, fact, and where stated measure, person and date."""
    place = question(page, code)
    for row, figure in short.figures.items():
        write(place, row, figure)
    answer(page, code, short.value)
    write(place, "存在的问题", short.fact)
    if short.measure:
        write(place, "整改措施", short.measure)
        write(place, "责任人", short.person)
    if short.days is not None:
        write(place, "完成时限", in_days(short.days))


def answer_and_save(page: Page, code: str, value: str) -> None:
    """Answer one item and wait for the server: the line may still speak of an earlier save."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        answer(page, code, value)
    assert saved.value.ok
    is_saved(page)


def is_saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^已保存")).first).to_be_visible()


def fill(page: Page, shortcomings: Mapping[str, Shortcoming] | None = None) -> None:
    """From the task list through every open rule to the page that checks the answers."""
    main = page.get_by_role("main")
    go_on(page, main.get_by_role("link", name=re.compile("^(开始|继续)填第")))
    for _ in range(12):
        for code in codes_asked(page):
            short = (shortcomings or {}).get(code)
            if short:
                describe(page, code, short)
            else:
                answer(page, code, "符合")
        go_on(page, main.get_by_role("button", name=re.compile("^保存并")))
        if page.get_by_role("heading", name="核对并提交").count():
            return
    raise AssertionError("after twelve rules there are more")


# Every tap of a hand and every key: kept over the pages of the tab, as a person would count them.
_COUNTING = """
for (const kind of ['click', 'keydown']) addEventListener(kind, event => {
  if (!event.isTrusted || (kind === 'click' && event.detail === 0)) return;
  const what = event.target.closest('input[type=radio], label, fieldset') ? 'answers' : 'ways';
  sessionStorage.setItem(what, Number(sessionStorage.getItem(what) || 0) + 1);
}, true);
"""


def count_hands(page: Page) -> None:
    """Begin to count what is tapped and typed on this page and all that follow it."""
    page.context.add_init_script(_COUNTING)
    page.reload()


def counted(page: Page) -> tuple[int, int]:
    """(taps on answers, all other taps and keys) since ``count_hands``."""
    told = page.evaluate("['answers', 'ways'].map(what => Number(sessionStorage.getItem(what) || 0))")
    return told[0], told[1]


def go_on(page: Page, way: Locator) -> None:
    """Press it and wait until the next page stands."""
    here = page.url
    way.click()
    expect(page).not_to_have_url(here)
    page.wait_for_load_state()


def send_to_head(page: Page, head: str) -> None:
    press(page, f"送{head}确认")
    expect(page.get_by_role("main")).to_contain_text("已送")


def confirm(page: Page, title: str) -> str:
    """The head reads all answers and confirms; returns the number under which the check is submitted."""
    open_check(page, title)
    press(page, "核对并确认")
    press(page, "确认并提交")
    press(page, "确认并提交")
    return said(page, "已提交，编号")


def problem_made_of(page: Page, fact: str) -> str:
    """The number of the problem that the submitted check has made of an answer, as its page lists it."""
    row = section(page, "生成的问题").get_by_role("link").filter(has_text=fact)
    return row.inner_text().split()[0]
