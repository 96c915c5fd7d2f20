"""The whole visit on a phone without a signal: kept through a flat battery, and all of it arrives once."""

from __future__ import annotations

import hashlib
import io
import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from inspections.models import FindingPhoto, Problem, Visit, VisitFinding
from tests.e2e.layout import LOOKS, sideways, small_targets, violations, wear
from tests.e2e.people import Office, press, section, write
from tests.e2e.phones import (
    SHELL,
    SOON,
    Phone,
    all_arrived,
    card,
    item,
    line_to,
    plan_for,
    shoot,
    tap,
    wait_until,
)

pytestmark = [pytest.mark.onsite, pytest.mark.browser]

UNIT = "云溪县实验学校"
MET = ("R02-1", "R02-2", "R07-1", "R05-1", "R05-2", "R07-2", "R07-3", "R08-1", "R09-1", "R09-2")


@pytest.fixture
def phone_of(office: Office, playwright: Any, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Makes phones: ``phone_of("one")``. The line failing is what these tests are about."""
    made: list[Phone] = []
    office.expected += ["net::ERR_", "Failed to load resource"]

    def make(name: str = "one", url: str = "") -> Phone:
        made.append(Phone(office, playwright, tmp_path / name, url))
        return made[-1]

    yield make
    for phone in made:
        phone.close()


def planned(office: Office, *with_him: str) -> str:
    """A visit of today that may follow many others of the term."""
    return plan_for(office, "duxue1", UNIT, *with_him, kind="look_back")


def begin(page: Page, no: str) -> None:
    page.goto(f"{SHELL}#/{no}")
    press(page, "开始督导")
    expect(page.get_by_role("main")).to_contain_text("已查0/")


def photos_of(no: str) -> list[str]:
    """The digests of a visit's photos as they were sent."""
    rows = FindingPhoto.objects.filter(finding__visit__no=no).select_related("stored_file")
    return sorted(row.stored_file.original_sha256 or row.stored_file.sha256 for row in rows)


def backup(page: Page) -> dict[str, Any]:
    """The export file as the office would be handed it."""
    page.goto(f"{SHELL}#/outbox")
    with page.expect_download() as waiting:
        press(page, "导出备份文件")
    content: dict[str, Any] = json.loads(waiting.value.path().read_text("utf-8"))
    digest = content.pop("digest")
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(plain.encode()).hexdigest() == digest
    return content


def test_a_visit_in_airplane_mode_arrives_once(office: Office, phone_of: Callable[..., Phone]) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    phone.sign_in("duxue1")
    phone.take(no, UNIT)

    phone.offline()
    begin(page, no)
    expect(page.locator("#line")).to_contain_text("离线")
    for code in MET:
        tap(page, code, "符合")
    tap(page, "R04-4", "有问题")
    expect(item(page, "R04-4")).to_contain_text("还没写明问题，暂按未查计")
    expect(page.get_by_role("main")).to_contain_text("已查10/")
    write(item(page, "R04-4"), "问题说明", "作业公示栏停在上月")
    shoot(page, "R04-4", "公示栏.jpg", "作业登记.jpg", "制度.jpg")
    tap(page, "R03-1", "有问题")
    write(item(page, "R03-1"), "问题说明", "七年级按成绩分了两个实验班")
    item(page, "R03-1").get_by_text("触碰严禁").tap()
    expect(item(page, "R03-1")).to_contain_text("须当场停止，7天内整改")
    shoot(page, "R03-1", "课表.jpg", "座位表.jpg")
    expect(page.get_by_role("main")).to_contain_text("已查12/")
    assert small_targets(page) == [] and sideways(page) == 0

    phone.kill()
    page = phone.open(offline=True)
    page.goto(f"/visits/{no}/")  # an address of the portal's own: the phone page stands in
    expect(page.get_by_role("main")).to_contain_text("已查12/")
    expect(item(page, "R04-4").get_by_label("问题说明")).to_have_value("作业公示栏停在上月")
    expect(item(page, "R04-4").get_by_role("button", name="照片：")).to_have_count(3)

    press(page, "结束督导")
    write(page, "现场意见", "公示须每天更新，不得分快慢班。")
    press(page, "结束督导，生成现场检查记录")
    expect(page.get_by_role("heading", name="双方确认")).to_be_visible()
    record = page.get_by_text("现2026-").inner_text()
    write(page, "单位确认人", "黄勇")
    write(page, "职务", "校长")
    sign(page)
    press(page, "完成确认")
    expect(page.get_by_role("heading", name=f"现场检查记录 {record}")).to_be_visible()
    kept = backup(page)
    assert len(kept["photos"]) == 5
    for photo in kept["photos"]:
        assert hashlib.sha256(b64decode(photo["bytes"])).hexdigest() == photo["sha256"]

    phone.kill()
    page = phone.open(offline=True)
    page.goto(SHELL)
    expect(card(page, UNIT, no)).to_contain_text("已完成")
    expect(page.locator("#badge")).to_have_text(f"待上传 {len(kept['operations']) + 5}")

    assert phone.browser is not None
    phone.browser.clear_cookies()  # the sign-in is over by now; nothing of the work is
    phone.offline(False)
    page.get_by_role("link", name="登录后继续上传").click()
    phone.fill_in("duxue1")
    expect(page.get_by_role("heading", level=1)).to_have_text("今日安排")
    all_arrived(page)
    expect(section(page, "已上传")).to_contain_text("照片5张")
    with office.stack.database():
        visit = Visit.objects.get(no=no)
        assert (visit.state, visit.record_no, visit.unit_person) == ("confirmed", record, "黄勇")
        seen = visit.findings.exclude(value="").values_list("item__code", "value")
        assert dict(seen) == dict.fromkeys(MET, "meets") | {"R04-4": "problem", "R03-1": "problem"}
        assert photos_of(no) == sorted(photo["sha256"] for photo in kept["photos"])
        raised = Problem.objects.filter(source_finding__visit=visit).order_by("item__code")
        assert [one.fact for one in raised] == ["七年级按成绩分了两个实验班", "作业公示栏停在上月"]
    page.goto(SHELL)
    expect(card(page, UNIT, no)).to_have_count(0)  # confirmed and arrived, it has left the phone
    assert stored(page) == {"people": 1, "things": 1, "pictures": 0}  # the receipt


def sign(page: Page) -> None:
    box = page.get_by_role("img", name="手写签名区").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()


_STORED = """async () => {
  const open = indexedDB.open('shuangjian-phone');
  const database = await new Promise(done => { open.onsuccess = () => done(open.result); });
  const counts = {};
  for (const name of database.objectStoreNames) {
    const asked = database.transaction(name).objectStore(name).count();
    counts[name] = await new Promise(done => { asked.onsuccess = () => done(asked.result); });
  }
  database.close();
  return counts;
}"""


_ROWS = """async () => {
  const open = indexedDB.open('shuangjian-phone');
  const database = await new Promise(done => { open.onsuccess = () => done(open.result); });
  const rows = [];
  for (const name of database.objectStoreNames) {
    const asked = database.transaction(name).objectStore(name).getAll();
    rows.push(...await new Promise(done => { asked.onsuccess = () => done(asked.result); }));
  }
  database.close();
  return ROWS;
}"""
_READABLE = """() => {
  const told = value => value instanceof ArrayBuffer ? new TextDecoder().decode(value)
    : value && typeof value === 'object' ? Object.entries(value).flat().map(told).join(' ') : String(value);
  return told;
}"""


def readable(page: Page, *words: str) -> list[str]:
    """Which of the words somebody would find who reads all that this browser keeps of the portal."""
    script = _ROWS.replace("ROWS", f"({_READABLE})()(rows) + JSON.stringify(localStorage)")
    text: str = page.evaluate(script)
    return [word for word in words if word in text]


def keys(page: Page) -> int:
    """How many people's keys lie on the phone."""
    script = "rows.filter(row => row.keys && Object.keys(row.keys).length).length"
    found: int = page.evaluate(_ROWS.replace("ROWS", script))
    return found


def stored(page: Page) -> dict[str, int]:
    """How many rows lie in each of the phone's stores."""
    counts: dict[str, int] = page.evaluate(_STORED)
    return counts


# --- A line that breaks ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("count", "breaks", "kills"), [pytest.param(6, 2, 1), pytest.param(20, 20, 2, marks=pytest.mark.long)]
)
def test_photos_arrive_once_over_a_line_that_breaks(
    office: Office, phone_of: Callable[..., Phone], count: int, breaks: int, kills: int
) -> None:
    """And the server is killed meanwhile: each photo is there once, next to nothing was sent twice."""
    no = planned(office)
    codes = ("R04-1", "R04-2", "R04-4")
    with line_to(office) as line:
        phone = phone_of(url=f"http://127.0.0.1:{line.port}")
        page = phone.open()
        phone.sign_in("duxue1")
        phone.take(no, UNIT)
        phone.offline()
        begin(page, no)
        for at, code in enumerate(codes):
            tap(page, code, "有问题")
            write(item(page, code), "问题说明", f"第{at + 1}个问题")
        for at in range(count):
            shoot(page, codes[at % len(codes)], f"照片{at + 1}.jpg")
        kept = backup(page)
        sizes = [len(b64decode(photo["bytes"])) for photo in kept["photos"]]
        assert len(sizes) == count

        before = line.carried
        line.cut_at_random(breaks, within=sum(sizes), seed=count)
        killings = [before + sum(sizes) * (at + 1) // (kills + 1) for at in range(kills)]
        phone.offline(False)
        while killings:
            wait_until(lambda: line.carried > killings[0], within=120)
            killings.pop(0)
            office.stack.kill("web")
            office.stack.start("web")
        all_arrived(page, timeout=4 * SOON)
        assert (line.cuts, line.broken) == ([], breaks)
        assert line.carried - before <= 1.1 * sum(sizes)
    with office.stack.database():
        assert photos_of(no) == sorted(photo["sha256"] for photo in kept["photos"])


# --- Two people, one phone -----------------------------------------------------------------------
def test_the_next_person_on_the_phone_sees_nothing_of_it(
    office: Office, phone_of: Callable[..., Phone]
) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    phone.sign_in("duxue1")
    phone.take(no, UNIT)
    phone.offline()
    begin(page, no)
    tap(page, "R04-2", "有问题")
    write(item(page, "R04-2"), "问题说明", "只给本人看的话")
    shoot(page, "R04-2", "现场.jpg")
    expect(page.locator("#badge")).to_have_text("待上传 3")
    assert readable(page, "只给本人看的话", UNIT, "周明") == []  # sealed, also before anybody leaves

    # The line is back, but the portal takes nothing yet: signing out asks first.
    assert phone.browser is not None
    phone.browser.route("**/sync/operations/", lambda route: route.abort())
    phone.offline(False)
    page.goto("/help/")
    expect(page.get_by_role("link", name="待上传 3")).to_be_visible()
    header = page.get_by_role("banner")
    header.get_by_text("周明").tap()
    header.get_by_role("button", name="退出登录").tap()
    expect(page.get_by_role("main")).to_contain_text("还有3项没有上传。退出后这些内容加密留在本机")
    press(page, "退出登录")
    expect(page).to_have_url(f"{office.stack.url}/")
    page.goto(SHELL)
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible()
    assert stored(page) == {"people": 1, "things": 3, "pictures": 1}
    assert keys(page) == 0

    phone.sign_in("duxue2")
    page.goto(SHELL)
    expect(page.get_by_role("heading", name="今日安排")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text(no)
    expect(page.locator("#badge")).to_be_hidden()
    page.goto(f"{SHELL}#/{no}")
    expect(page.get_by_role("heading", name="没有这次督导")).to_be_visible()
    assert readable(page, "只给本人看的话", UNIT, "周明") == []
    assert keys(page) == 1  # his own
    page.goto(f"{SHELL}#/leave")
    press(page, "退出登录")
    expect(page).to_have_url(f"{office.stack.url}/")

    phone.browser.unroute("**/sync/operations/")
    phone.sign_in("duxue1")  # back again: it goes up when he opens the page; the photo when he says so
    page.goto(f"{SHELL}#/outbox")
    expect(page.locator("#badge")).to_have_text("待上传 1")
    press(page, "全部重试")
    all_arrived(page)
    with office.stack.database():
        found = VisitFinding.objects.get(visit__no=no, item__code="R04-2")
        assert (found.text, len(photos_of(no))) == ("只给本人看的话", 1)


# --- What else goes wrong on a day like any other -----------------------------------------------------
def test_a_sign_in_that_ends_stops_nobody_and_leads_back_to_the_place(
    office: Office, phone_of: Callable[..., Phone]
) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    phone.sign_in("duxue1")
    phone.take(no, UNIT)
    begin(page, no)
    expect(page.locator("#badge")).to_be_hidden()  # with a line it goes up at once
    assert phone.browser is not None
    phone.browser.clear_cookies()
    tap(page, "R08-1", "符合")
    page.reload()
    expect(page.locator("#line")).to_contain_text("登录已超时，内容存在本机")
    tap(page, "R08-2", "符合")
    page.get_by_role("link", name="登录后继续上传").click()
    phone.fill_in("duxue1")
    expect(page.get_by_role("heading", level=1)).to_have_text(UNIT)
    expect(page.get_by_role("main")).to_contain_text("已查2/")
    expect(page.locator("#badge")).to_be_hidden()
    with office.stack.database():
        assert VisitFinding.objects.filter(visit__no=no, value="meets").count() == 2


def test_a_slip_of_the_finger_loses_no_words_and_a_second_window_no_tap(
    office: Office, phone_of: Callable[..., Phone]
) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    phone.sign_in("duxue1")
    phone.take(no, UNIT)
    phone.offline()
    begin(page, no)
    tap(page, "R08-1", "有问题")
    write(item(page, "R08-1"), "问题说明", "报名表里有名单外的竞赛")
    item(page, "R08-1").get_by_text("查阅资料").tap()
    tap(page, "R08-1", "符合")
    tap(page, "R08-1", "有问题")
    expect(item(page, "R08-1").get_by_label("问题说明")).to_have_value("报名表里有名单外的竞赛")
    expect(item(page, "R08-1").get_by_label("查阅资料")).to_be_checked()

    second = page.context.new_page()
    second.goto(f"{SHELL}#/{no}")
    expect(second.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    press(second, "改在这里填写")
    expect(item(second, "R08-1").get_by_label("问题说明")).to_have_value("报名表里有名单外的竞赛")
    expect(page.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    tap(second, "R08-2", "符合")
    expect(second.get_by_role("main")).to_contain_text("已查2/")


def test_a_colleague_s_other_word_is_kept_beside_mine(office: Office, phone_of: Callable[..., Phone]) -> None:
    no = planned(office, "jiancha")
    phones = {account: phone_of(account) for account in ("duxue1", "jiancha")}
    for account, phone in phones.items():
        phone.open()
        phone.sign_in(account)
        phone.take(no, UNIT)
    mine, other = phones["duxue1"].page, phones["jiancha"].page
    begin(mine, no)
    expect(mine.locator("#badge")).to_be_hidden()
    phones["duxue1"].offline()
    begin(other, no)  # he had not heard that it has begun
    tap(other, "R08-1", "符合")
    tap(other, "R08-2", "符合")
    expect(other.locator("#badge")).to_be_hidden()
    tap(mine, "R08-1", "有问题")
    write(item(mine, "R08-1"), "问题说明", "报名表里有名单外的竞赛")
    tap(mine, "R09-1", "符合")
    phones["duxue1"].offline(False)
    expect(mine.locator("#badge")).to_be_hidden(timeout=SOON)
    expect(item(mine, "R08-2").get_by_role("radio", name="符合", exact=True)).to_be_checked()  # merged
    mine.goto(f"{SHELL}#/outbox")
    expect(mine.get_by_role("main")).to_contain_text("两边都改过")
    press(mine, "对比后选择")
    mine.get_by_role("row").filter(has_text=no).get_by_role("link", name="8-1").click()
    expect(mine.get_by_role("main")).to_contain_text("报名表里有名单外的竞赛")


def test_a_face_is_blurred_before_the_photo_goes_up(office: Office, phone_of: Callable[..., Phone]) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    phone.sign_in("duxue1")
    phone.take(no, UNIT)
    phone.offline()
    begin(page, no)
    tap(page, "R04-4", "有问题")
    shoot(page, "R04-4", "教室.jpg")
    before = backup_of_photo(page)
    page.goto(f"{SHELL}#/{no}")
    shoot(page, "R04-4", "走廊.jpg")
    item(page, "R04-4").get_by_role("button", name="走廊.jpg").tap()
    box = page.get_by_role("dialog", name="照片")
    box.get_by_role("img").tap()
    press(box, "保存打码")
    expect(box).to_have_count(0)
    after = backup(page)["photos"]
    assert [photo["blurred"] for photo in after] == [False, True]
    assert after[0]["sha256"] == before["sha256"]
    picture = Image.open(io.BytesIO(b64decode(after[1]["bytes"])))
    width, height = picture.size
    middle = picture.crop((width // 2 - 5, height // 2 - 5, width // 2 + 5, height // 2 + 5))
    assert max(high - low for low, high in middle.getextrema()) < 30, "a block in one colour"
    assert max(high - low for low, high in picture.getextrema()) > 200
    assert not picture.getexif()


def backup_of_photo(page: Page) -> dict[str, Any]:
    only: dict[str, Any] = backup(page)["photos"][0]
    return only


# --- What it looks like -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "looks", [("浅色", "大字"), pytest.param(tuple(LOOKS), marks=pytest.mark.long)], ids=["two", "all"]
)
def test_every_screen_fits_thumb_and_eye(
    office: Office, phone_of: Callable[..., Phone], looks: tuple[str, ...]
) -> None:
    no = planned(office)
    phone = phone_of()
    page = phone.open()
    found: list[str] = []

    def look(screen: str) -> None:
        for name in looks:
            wear(page, name)
            found.extend(f"{screen} {name}: {one}" for one in [*violations(page), *small_targets(page)])
            if over := sideways(page):
                found.append(f"{screen} {name}: {over} px too wide")
        wear(page, "浅色")

    page.goto(SHELL)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look("not signed in")
    phone.sign_in("duxue1")
    page.goto(SHELL)
    expect(card(page, UNIT, no)).to_be_visible()
    look("today")
    phone.take(no, UNIT)
    look("today, downloaded")
    phone.offline()
    page.goto(f"{SHELL}#/{no}")
    page.get_by_text(re.compile(r"^检查清单\d")).tap()
    look("before")
    press(page, "开始督导")
    tap(page, "R03-1", "有问题")
    item(page, "R03-1").get_by_text("触碰严禁").tap()
    shoot(page, "R03-1", "课表.jpg")
    item(page, "R03-1").get_by_text("要求和佐证").tap()
    look("checklist")
    item(page, "R03-1").get_by_role("button", name="课表.jpg").tap()
    look("photo")
    press(page.get_by_role("dialog"), "关闭")
    press(page, "结束督导")
    press(page, "结束督导，生成现场检查记录")
    expect(page.get_by_role("alert").first).to_contain_text("需要修改")
    look("end, with what is missing")
    page.get_by_role("link", name=re.compile("还没有写明问题")).tap()
    write(item(page, "R03-1"), "问题说明", "七年级按成绩分了两个实验班")
    press(page, "结束督导")
    write(page, "现场意见", "不得分快慢班。")
    press(page, "结束督导，生成现场检查记录")
    press(page, "完成确认")
    look("both sides, with what is missing")
    page.get_by_role("radio", name="拒绝确认").tap()
    look("refusal")
    page.get_by_role("radio", name="打印后手签").tap()
    press(page, "完成确认")
    expect(page.get_by_role("main")).to_contain_text("待打印后手签")
    look("done")
    page.goto(f"{SHELL}#/outbox")
    page.get_by_text("逐条查看").tap()
    look("outbox")
    page.goto(f"{SHELL}#/leave")
    look("leaving")
    phone.offline(False)
    all_arrived(page)
    look("outbox, all arrived")
    assert not found, "\n".join(found)
