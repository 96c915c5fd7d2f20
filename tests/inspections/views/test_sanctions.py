"""The pages of 约谈、通报: the whole line in the browser's words, the paper, who finds what, entries kept."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.desk import desk_of
from inspections.models import Sanction
from shuangjian import clock
from shuangjian.accounts.models import User
from tests.cast import NOVEMBER, Cast
from tests.inspections.cases import case_at_a1
from tests.inspections.sanctioning import appealed, bring_to, fresh, instructed
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.closeout]
NEW = "/sanctions/new/"
PAPER = {
    "issuer": "云溪县教育局",
    "document_no": "云教约〔2026〕3号",
    "issued_on": "2026-11-16",
    "meeting_on": "2026-11-20",
    "meeting_time": "09:30",
    "place": "教育局二楼",
    "review_address": "文教路1号",
    "complaint_address": "市府路9号",
}


def browser(cast: Cast, name: str) -> Client:
    return signed_in(cast.people[name])


def page_of(row: Sanction, move: str = "") -> str:
    return reverse("sanction-move", args=[row.no, move]) if move else reverse("sanction", args=[row.no])


def todo(user: User) -> list[tuple[str, date | None]]:
    rows = [row for group in desk_of(user).groups for row in group.rows]
    return [(row.what, row.due_on) for row in rows if "/sanctions/" in row.url]


def test_from_the_leaders_three_taps_to_the_last_commitment(cast: Cast) -> None:
    problem = case_at_a1(cast, "rectifying", due_in=-3).problem
    leader, office, head = (browser(cast, name) for name in ("leader", "supervision", "head_a1"))
    page = leader.get(f"/problems/{problem.no}/").content.decode()
    assert f'{NEW}?problem={problem.no}"' in page
    assert "约谈、通报</a></p>" not in head.get(f"/problems/{problem.no}/").content.decode()
    asked = leader.get(f"{NEW}?problem={problem.no}").content.decode()
    assert problem.fact in asked
    said = {
        "problem": problem.no,
        "kind": "talk",
        "ground": "late_twice",
        "facts": problem.fact,
        "instruction": "同意约谈",
    }
    answer = submit(leader, NEW, said)
    row = Sanction.objects.get()
    assert answer["Location"] == page_of(row)
    assert (row.problem_id, row.organisation_id) == (problem.pk, problem.organisation_id)
    assert todo(cast.supervision) == [("编号用印并通知单位", None)]  # type: ignore[arg-type]
    assert head.get(page_of(row)).status_code == 404

    assert submit(office, page_of(row, "issue"), PAPER, version=1).status_code == 302
    row = fresh(row)
    assert row.meeting_at == NOVEMBER.replace(day=20, hour=9, minute=30)
    assert row.no in text_of(head.get("/sanctions/"))
    seen = text_of(head.get(page_of(row)))
    assert "教育局二楼" in seen
    assert "同意约谈" not in seen, "the instruction is the county's own"
    assert "同意约谈" in text_of(office.get(page_of(row)))
    assert row.no in text_of(head.get(f"/problems/{problem.no}/"))

    with clock.at(NOVEMBER.replace(day=20, hour=15)):
        record = {
            "handled_on": "2026-11-20",
            "attendance": "陈志远 分管领导\n张华 校长",
            "outcome": "单位认可",
            "text1": "每周公示",
            "person1": "李静",
            "due1": "2026-12-10",
            "text2": "逐班检查",
            "person2": "王芳",
            "due2": "2026-12-01",
        }
        assert submit(office, page_of(row, "handle"), record, version=2).status_code == 302
        expected = [("落实承诺", date(2026, 12, 1)), ("落实承诺", date(2026, 12, 10))]
        assert todo(cast.head_a1) == expected  # type: ignore[arg-type]
        assert todo(cast.supervision) == []  # type: ignore[arg-type]
        assert "下一步：城关小学落实2项承诺" in text_of(head.get(page_of(row)))
        for version, one in enumerate(fresh(row).commitments.all(), start=3):
            kept = {"commitment_id": one.pk, "words": "已做到，记录存档"}
            assert submit(head, page_of(row, "keep"), kept, version=version).status_code == 302
        assert todo(cast.supervision) == [("办结", None)]  # type: ignore[arg-type]
        assert submit(office, page_of(row, "close"), {}, version=5).status_code == 302
        story = text_of(office.get(page_of(row)))
    for words in ("分管领导陈志远批示", "督导室王建登记文号并通知单位", "督导室王建办结"):
        assert words in story, words
    assert row.no in text_of(office.get("/sanctions/?tab=closed"))
    assert row.no not in text_of(office.get("/sanctions/"))


def test_an_appeal_by_the_head_is_answered_by_another_than_who_decided(cast: Cast) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    head = browser(cast, "head_a1")
    form = head.get(page_of(row, "appeal")).content.decode()
    assert 'name="asked_on"' not in form, "by his own account it is asked today"
    assert "复核、申诉期间不停止执行" in form
    said = {"way": "review", "words": "第二次逾期是停电"}
    assert submit(head, page_of(row, "appeal"), said, version=row.version).status_code == 302
    row = fresh(row)
    assert todo(cast.supervision)[-1] == ("答复复核", date(2026, 12, 16))  # type: ignore[arg-type]
    assert todo(cast.leader) == []  # type: ignore[arg-type]
    assert browser(cast, "leader").get(page_of(row, "reject-appeal")).status_code == 403
    answer = {"appeal_id": row.appeals.get().pk, "words": "停电不影响公示"}
    office = browser(cast, "supervision")
    assert submit(office, page_of(row, "reject-appeal"), answer, version=row.version).status_code == 302
    seen = text_of(head.get(page_of(row)))
    assert "维持原决定" in seen
    assert "停电不影响公示" in seen


def test_the_office_types_in_a_paper_of_appeal_with_its_day(cast: Cast) -> None:
    row = bring_to(cast, instructed(cast), "notified")
    said = {"way": "complaint", "words": "书面申诉", "asked_on": "2026-11-18"}
    with clock.at(NOVEMBER + timedelta(days=3)):
        office = browser(cast, "task_force")
        assert submit(office, page_of(row, "appeal"), said, version=row.version).status_code == 302
    one = row.appeals.get()
    assert (one.asked_on, one.due_on, one.is_keyed_in) == (date(2026, 11, 18), date(2027, 1, 17), True)


@pytest.mark.parametrize(
    ("move", "state", "fields", "sentence"),
    [
        ("issue", "instructed", PAPER | {"meeting_on": "2026-11-17"}, "约谈要提前3个工作日通知"),
        ("issue", "instructed", PAPER | {"meeting_time": "25:70"}, "请填写时刻，例如9:30"),
        ("issue", "instructed", PAPER | {"issued_on": "2026-02-30"}, "请填写正确的日期"),
        ("handle", "notified", {"outcome": "单位认可", "text1": "公示"}, "请填写承诺1的责任人"),
        ("revoke", "notified", {"words": ""}, "请写明撤销的理由"),
        ("appeal", "notified", {"words": "事实有出入", "asked_on": "2026-11-16"}, "请选择途径"),
    ],
)  # fmt: skip
def test_what_was_typed_in_stays_when_it_is_refused(
    cast: Cast, move: str, state: str, fields: dict[str, str], sentence: str
) -> None:
    row = bring_to(cast, instructed(cast), state)
    person = browser(cast, "leader" if move == "revoke" else "supervision")
    answer = submit(person, page_of(row, move), fields, version=row.version)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert sentence in page
    for value in ("教育局二楼", "单位认可", "事实有出入"):
        assert (value in page) is (value in fields.values()), value
    assert fresh(row).version == row.version


def test_a_light_problem_is_not_offered_and_its_refusal_says_why(cast: Cast) -> None:
    problem = case_at_a1(cast, "rectifying", origin="self_check", light=True).problem
    leader = browser(cast, "leader")
    assert NEW not in leader.get(f"/problems/{problem.no}/").content.decode()
    said = {
        "problem": problem.no,
        "kind": "circular",
        "ground": "other",
        "facts": "甲乙丙",
        "instruction": "通报",
    }
    page = text_of(submit(leader, NEW, said))
    assert "自查发现并按期改正的，不作为约谈、通报和考核扣分依据" in page
    assert "甲乙丙" in page
    assert not Sanction.objects.exists()


def test_the_unit_page_leads_there(cast: Cast) -> None:
    unit = cast.units["a1"]
    row = instructed(cast)

    def link(name: str) -> str:
        page = browser(cast, name).get(f"/units/{unit.code}/").content.decode()
        found = re.search(r'href="(/sanctions/[^"]*)"', page.partition("<main")[2])  # the menu has one too
        return found[1] if found else ""

    leader = browser(cast, "leader")
    assert link("leader") == f"{NEW}?unit={unit.code}"
    assert f'value="{unit.code}" selected' in leader.get(link("leader")).content.decode()
    assert row.no in text_of(browser(cast, "task_force").get(link("task_force")))
    assert link("head_a1") == link("inspector_a") == ""


def test_the_list_asks_the_same_number_of_queries_for_any_length(cast: Cast) -> None:
    office = browser(cast, "task_force")

    def queries(count: int) -> int:
        for _ in range(count):
            instructed(cast, problem=case_at_a1(cast, "rectifying").problem)
        office.get("/sanctions/")
        with CaptureQueriesContext(connection) as asked:
            assert office.get("/sanctions/").status_code == 200
        return len(asked)

    few = queries(2)
    assert queries(20) == few <= 15


def test_a_page_and_a_desk_ask_no_more_for_more(cast: Cast) -> None:
    def queries(address: str, name: str) -> int:
        person = browser(cast, name)
        person.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert person.get(address).status_code == 200
        return len(asked)

    row = appealed(cast, bring_to(cast, instructed(cast), "handled"))
    few = queries(page_of(row), "head_a1"), queries("/desk/", "head_a1"), queries("/desk/", "supervision")
    for at in range(4):
        row.commitments.create(text=f"承诺{at}", person="李静", due_on=date(2026, 12, 20))
        appealed(cast, bring_to(cast, instructed(cast), "handled"))
    more = queries(page_of(row), "head_a1"), queries("/desk/", "head_a1"), queries("/desk/", "supervision")
    assert more == few
