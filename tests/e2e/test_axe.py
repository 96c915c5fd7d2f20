"""Every page, as every role sees it, to machines that stand in for eyes and thumbs.

Everyday: the pages of the menus and those named below, light, at a desk's width and a phone's. Long: whatever
the links of each role lead to, light, dark, in high contrast and in large type, at a tablet's width, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

import pytest
from playwright.sync_api import Locator, Page, Response

from tests.e2e.layout import LOOKS, MOST_KB, is_paper, sideways, violations, wear, weight
from tests.e2e.people import Office, press, write
from tests.e2e.reach import Ways

pytestmark = [pytest.mark.browser, pytest.mark.look, pytest.mark.pages]

WIDTHS = (1440, 390)
ALL_WIDTHS = (1440, 768, 390)
NARROWEST = 320  # no sideways scroll here either (ux.md §6.5)

# Pages behind those of the menu: an address, then the first link of this name on the page before.
BEHIND = {
    "zhuanban": [
        ["/problems/", "登记问题"],
        ["/problems/", r"^2026-\d{4}$"],
        ["/rounds/", "自查$"],
        ["/rounds/", "新建批次"],
        ["/checks/", r"^2026-C\d{4}$"],
        ["/units/", "城关小学"],
        ["/units/", "城关小学", "登记任职"],
        ["/units/", "导入单位"],
        ["/ledger/?select=all"],
        ["/ledger/remind/?select=all"],
        ["/ledger/export/?select=all"],
        ["/printouts/new/ledger/"],
        ["/printouts/new/period/"],
        ["/printouts/"],
        ["/plan/"],
        ["/board/county/"],
        ["/rules/offices/"],
        ["/leads/", "登记线索点"],
        ["/leads/", r"^2026-L\d{4}$"],
        ["/leads/", r"^2026-L\d{4}$", "更正线索点"],
    ],
    "lianluo": [["/leads/?tab=handed_over", r"^2026-L\d{4}$", "回复办理结果"]],
    "keshi": [["/checks/", "继续填写"]],
    "dudao": [
        ["/reports/", r"^2026-R\d{4}$"],
        ["/reports/", "新建报告"],
        ["/reports/", r"^2026-R\d{4}$", "数字和名单"],
        ["/reports/", r"^2026-R\d{4}$", "数字和名单", r"^\d+\D{1,3}$"],
        ["/reports/", r"^2026-R0004$", "对照现在的数字"],
        ["/reports/", r"^2026-R0004$", "^编写"],
        ["/reports/batches/"],
        ["/settings/texts/", "^开头$", "^修改$"],
        ["/visits/", "安排督导"],
        ["/reviews/", r"：.+ 2026-"],
        ["/board/table/"],
        ["/board/table/", r"^第\d+条不符合"],
        ["/board/page/"],
    ],
    "lingdao": [["/reports/", "2026-R0003"], ["/desk/", "^同意销号", "^同意销号$"]],
    "duxue1": [["/field/", "继续督导"], ["/visits/", r"^2026-V000\d$"], ["/field/", "继续督导", "结束督导"]],
    "chengguan": [
        ["/problems/", r"^2026-\d{4}$"],
        ["/checks/", "继续填写"],
        ["/checks/", "继续填写", "^4 严控书面作业总量"],
        ["/checks/", "继续填写", "打印纸质自查表"],
    ],
    "qiming": [["/checks/", r"^2026-C\d{4}$"]],
    "xitong": [["/settings/users/", "chengguan"], ["/settings/users/", "新建账号"], ["/settings/slips/"]],
}
# Accounts of the demo county -> the same role in the table of tests/access
PEOPLE = {
    "zhuanban": "task_force", "dudao": "supervision", "lingdao": "leader", "duxue1": "inspector_a",
    "jiancha": "team_inspector", "chengguan": "clerk_a1", "chengguan-xiaozhang": "head_a1",
    "qiming": "clerk_a3", "qiming-fuzeren": "manager_a3", "keshi": "office_staff",
    "lianluo": "partner", "xitong": "system_admin", "anquan": "security_admin", "shenji": "auditor",
}  # fmt: skip
ROLES = list(PEOPLE)
# Whose desks hold what the first one's does not: returned, to be confirmed, kept as a promise.
SAME_ROLE = {
    "chengguan": ("hekou", "shiqiao"),
    "chengguan-xiaozhang": ("hekou-xiaozhang", "shiqiao-xiaozhang"),
    "qiming": ("xinghe", "xiaohuajiameishu"),
    "qiming-fuzeren": ("xinghe-fuzeren", "xiaohuajiameishu-fuzeren"),
    "duxue1": ("duxue2",),
    "keshi": ("jianguan",),
}
for _account, _others in SAME_ROLE.items():
    PEOPLE |= dict.fromkeys(_others, PEOPLE[_account])
# Of these the county has nothing to show to somebody until he, or another, has done something.
COMES_LATER = {
    "check-evidence", "check-move", "check-review", "check-rule", "close-form", "close-form-preview",
    "close-form-scan", "draw-inputs", "duty-move", "duty-record", "export", "handover", "handover-move",
    "handover-of", "import", "job", "ledger-run", "paper", "paper-move", "printout", "problem-move",
    "question-move", "question-new", "recheck-result", "report-batch", "report-section", "return-move",
    "sanction", "sanction-move", "suggestion", "sync-conflict", "sync-refused", "visit-batch", "visit-item",
    "visit-photos", "visit-sum",
}  # fmt: skip
PUBLIC = (
    "/", "/login/", "/activate/", "/rules/", "/rules/4/", "/help/", "/sitemap/", "/accessibility/",
)  # fmt: skip


# --- Which pages --------------------------------------------------------------
def menu_of(page: Page) -> list[str]:
    """The addresses of the person's menu, 更多 and all, and of the corner that bears his name."""
    links = page.locator("header nav a").all()
    addresses = [str(link.get_attribute("href")) for link in links]
    corner = ["/me/", "/me/notices/", "/jobs/", "/suggestions/", "/suggestions/new/"]
    return list(dict.fromkeys(one for one in [*addresses, *corner] if one not in ("/rules/", "/help/")))


def follow(page: Page, way: list[str]) -> str:
    """Go to the first page of the way and through the links it names; returns where it leads."""
    page.goto(way[0])
    for label in way[1:]:
        link: Locator = page.get_by_role("main").get_by_role("link", name=re.compile(label)).first
        page.goto(str(link.get_attribute("href")))
    return page.url


LINKS = """links => links.map(one => one.getAttribute('href'))"""


def links_of(page: Page) -> list[str]:
    links: list[str] = page.eval_on_selector_all("a[href^='/']:not([download])", LINKS)
    return links


# --- What is found there ------------------------------------------------------
def open_and_weigh(page: Page, address: str, status: int) -> list[str]:
    """Open a page as if for the first time, at a desk's width; it answers as it should."""
    loaded: list[Response] = []

    def note(response: Response) -> None:
        loaded.append(response)

    page.on("response", note)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    answer = page.goto(address)
    page.remove_listener("response", note)
    assert answer is not None and answer.status == status, f"{address} {answer and answer.status}"
    return [] if (kb := weight(loaded)) <= MOST_KB else [f"{kb:.0f} KB"]


def troubles_of(
    page: Page,
    address: str,
    looks: Iterable[str] = ("浅色",),
    widths: Iterable[int] = WIDTHS,
    status: int = 200,
) -> list[str]:
    """What the scales, axe and a narrow window find on one page, loaded once and dressed in each look."""
    found = open_and_weigh(page, address, status)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for look in looks:
            wear(page, look)
            found += [f"{look} {width}: {one}" for one in violations(page)]
    for width in () if is_paper(page) else (WIDTHS[-1], NARROWEST):
        page.set_viewport_size({"width": width, "height": 900})
        for look in looks:
            wear(page, look)
            if over := sideways(page):
                found.append(f"{look}: {over} px wider than {width}")
    return [f"{address} {one}" for one in found]


def forget_everything(page: Page) -> None:
    """Keep nothing from page to page: each is weighed whole."""
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})


def leave_something(page: Page) -> list[str]:
    """File a suggestion and, where one may, order an export; the pages that came of them."""
    page.goto("/suggestions/new/")
    write(page, "意见建议", "列表里的编号请加大")
    press(page, "提交")
    pages = [page.url]
    if page.request.get("/exports/problems/").ok:
        page.goto("/exports/problems/")
        if (order := page.get_by_role("main").get_by_role("button", name=re.compile(r"^导出\d"))).count():
            order.click()
            page.wait_for_load_state()
        pages.append(page.url)
    return pages


def look_at_everything(page: Page, account: str, ways: Ways) -> list[str]:
    """In every look and at every width, wherever the person's links lead and whatever else is open to him."""

    def answers(address: str) -> bool:
        answer = page.request.get(address, max_redirects=0)
        return answer.status == 200 and "html" in answer.headers.get("content-type", "")

    came_of_it = leave_something(page)
    forget_everything(page)
    ways.begin([*menu_of(page), *came_of_it, *(way[0] for way in BEHIND.get(account, []))])
    found = []
    for address in chain(ways, ways.beyond(PEOPLE[account], answers)):
        found += troubles_of(page, address, LOOKS, ALL_WIDTHS)
        ways.note(links_of(page))
    return found


# --- The tests ----------------------------------------------------------------
@pytest.mark.parametrize("account", ROLES)
def test_pages_of_each_role(office: Office, account: str) -> None:
    page = office.enter(account)
    forget_everything(page)
    addresses = menu_of(page)
    for way in BEHIND.get(account, []):
        addresses.append(follow(page, way))
    assert [trouble for address in addresses for trouble in troubles_of(page, address)] == []


def test_pages_for_everybody(office: Office) -> None:
    page = office.browser()
    forget_everything(page)
    assert [trouble for address in PUBLIC for trouble in troubles_of(page, address)] == []


@pytest.mark.parametrize(
    ("account", "address", "status", "words"),
    [
        ("keshi", "/problems/1999-0001/", 404, "没有找到"),
        ("keshi", "/settings/users/", 403, "没有权限"),
        ("keshi", "/logout/", 405, "不能直接打开"),
    ],
)
def test_pages_that_say_what_went_wrong(
    office: Office, account: str, address: str, status: int, words: str
) -> None:
    """In every look: few, small, and met when one is already annoyed. Each has a way on."""
    office.expected.append(f"status of {status}")
    page = office.enter(account)
    assert troubles_of(page, address, LOOKS, ALL_WIDTHS, status) == []
    assert words in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("main").get_by_role("link", name="回到待办").click()
    assert page.url.endswith("/desk/")


def test_the_look_is_chosen_as_people_choose_it_and_stays(office: Office) -> None:
    page = office.enter("keshi")
    for look, word in [*LOOKS.items()][1:]:
        page.goto("/me/")
        page.get_by_role("radio", name=look, exact=True).check()
        page.get_by_role("button", name="保存显示设置").click()
        page.goto("/desk/")
        assert word in str(page.locator("html").get_attribute("class")).split()


@pytest.mark.long
@pytest.mark.parametrize("account", ROLES)
def test_every_page_of_each_role_in_every_look(office: Office, account: str) -> None:
    """By the links of one or more people of the role, then by the table of tests/access."""
    ways, found = Ways(), []
    for person in (account, *SAME_ROLE.get(account, ())):
        found += look_at_everything(office.enter(person), person, ways)
    assert found == []
    assert ways.left(PEOPLE[account]) <= COMES_LATER


@pytest.mark.long
def test_pages_for_everybody_in_every_look(office: Office) -> None:
    page = office.browser()
    forget_everything(page)
    troubles = [troubles_of(page, address, LOOKS, ALL_WIDTHS) for address in PUBLIC]
    assert [one for found in troubles for one in found] == []
