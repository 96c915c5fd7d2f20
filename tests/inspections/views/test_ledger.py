"""The ledger: what stands in it for whom, in what order, and that each number is the length of its list."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from inspections import ledger
from inspections.models import BulkRun, Problem, RectificationTask
from shuangjian import clock
from shuangjian.files.services import XLSX
from shuangjian.journal import jobs
from shuangjian.journal.models import Job
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in, later, red_line
from tests.inspections.printing import printed
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_policy", "policy")]


def of_b1(cast: Cast, state: str, **changed: Any) -> RectificationTask:
    """A problem of the other area's school."""
    return case_in(state, unit=cast.b1, found_by=cast.supervision, planned_by=cast.clerk_b1, **changed)


def numbers(book: ledger.Ledger) -> list[str]:
    return [task.problem.no for task in book.rows]


def asked(cast: Cast, query: str = "", who: str = "task_force") -> ledger.Ledger:
    return ledger.read(cast.people[who], QueryDict(query))


def overdue(cast: Cast, days: int, **changed: Any) -> RectificationTask:
    task = case_at_a1(cast, "rectifying", **changed)
    RectificationTask.objects.filter(pk=task.pk).update(due_on=later(-days))
    return task


def test_overdue_stands_first_then_red_lines_then_the_rest_by_date(cast: Cast) -> None:
    closed = case_at_a1(cast, "closed")
    late = case_at_a1(cast, "rectifying", due_in=30)
    early = case_at_a1(cast, "rectifying", due_in=3)
    critical = of_b1(cast, "planning", prohibition=red_line(), due_in=40)
    little = overdue(cast, 2)
    longest = overdue(cast, 9)
    order = [longest, little, critical, early, late, closed]
    assert numbers(asked(cast, "tab=all")) == [task.problem.no for task in order]


@pytest.mark.parametrize("sort", ["due", "no", "unit", "rule"])
def test_it_can_be_sorted_otherwise(cast: Cast, sort: str) -> None:
    of_b1(cast, "planning", code="R01-1")
    case_at_a1(cast, "planning", due_in=3)
    keys = {
        "due": lambda task: task.due_on,
        "no": lambda task: task.problem.no,
        "unit": lambda task: task.problem.organisation.pinyin_key,
        "rule": lambda task: task.problem.rule.number,
    }
    found = [keys[sort](task) for task in asked(cast, f"sort={sort}").rows]
    assert found == sorted(found) and len(found) == 2


def a_county(cast: Cast) -> None:
    for state in ("planning", "plan_review", "rectifying", "verifying", "verified", "closed"):
        case_at_a1(cast, state)
        of_b1(cast, state)
    overdue(cast, 3)
    case_at_a1(cast, "rectifying", due_in=7)
    case_at_a1(cast, "rectifying", due_in=0)
    case_at_a1(cast, "planning", prohibition=red_line(), origin="complaint")


FILTERS = ["", "rule=4", "state=verifying", "origin=complaint", "severity=critical", "q=cgxx", "kind=school"]


@pytest.mark.pages
@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("who", ["task_force", "supervision", "leader", "inspector_a", "clerk_a1", "auditor"])
def test_each_tab_counts_what_its_list_holds(cast: Cast, who: str, query: str) -> None:
    a_county(cast)
    for tab in asked(cast, query, who).tabs.tabs:
        book = asked(cast, f"{query}&tab={tab.key}", who)
        assert tab.count == book.count == len(list(book.rows)), tab


@pytest.mark.parametrize(
    ("who", "sees"),
    [("task_force", "AB"), ("leader", "AB"), ("inspector_a", "A"), ("inspector_b", "B"), ("clerk_b1", "B"),
     ("clerk_a2", ""), ("partner", ""), ("system_admin", ""), ("stranger", "")],
)  # fmt: skip
def test_it_holds_what_the_person_may_see(cast: Cast, who: str, sees: str) -> None:
    at_a, at_b = case_at_a1(cast, "planning"), of_b1(cast, "planning")
    expected = {"A": at_a.problem.no, "B": at_b.problem.no}
    assert set(numbers(asked(cast, "tab=all", who))) == {expected[side] for side in sees}
    picked = asked(cast, f"no={at_a.problem.no}&no={at_b.problem.no}", who)
    assert {task.problem.no for task in picked.chosen()} == {expected[side] for side in sees}


def test_filters_find_by_name_pinyin_number_rule_area_and_day(cast: Cast) -> None:
    at_a, at_b = case_at_a1(cast, "planning"), of_b1(cast, "planning", code="R01-1")
    for query, expected in {
        "q=城关": at_a,
        "q=dezx": at_b,
        f"q={at_a.problem.no}": at_a,
        "rule=1": at_b,
        f"area={cast.area_a.code}": at_a,
        f"area={cast.area_b.code}": at_b,
    }.items():
        assert numbers(asked(cast, query)) == [expected.problem.no], query
    today = clock.today()
    assert len(numbers(asked(cast, f"found_from={today}&found_to={today}"))) == 2
    assert numbers(asked(cast, f"found_to={today - timedelta(days=1)}")) == []


def test_the_filter_says_itself_in_words_and_lets_go_of_one_condition(cast: Cast) -> None:
    book = asked(cast, "tab=overdue&rule=4&origin=complaint&page=3")
    assert book.words == "逾期；条目：第4条 严控书面作业总量；来源：举报"
    rule, origin = book.filter.chips
    assert (rule.label, QueryDict(rule.url[1:]).dict()) == ("条目", {"tab": "overdue", "origin": "complaint"})
    assert QueryDict(origin.url[1:]).dict() == {"tab": "overdue", "rule": "4"}


def test_one_round_a_problem(cast: Cast) -> None:
    first = case_at_a1(cast, "closed")
    RectificationTask.objects.create(
        problem=first.problem, ordinal=2, due_on=later(9), created_at=datetime.now(ZoneInfo("UTC"))
    )
    book = asked(cast, "tab=all")
    assert [(task.problem.no, task.ordinal) for task in book.rows] == [(first.problem.no, 2)]


# --- The page ------------------------------------------------------------
def test_the_page_shows_number_unit_rule_state_date_and_person(cast: Cast) -> None:
    task = overdue(cast, 5, prohibition=red_line())
    page = signed_in(cast.task_force).get("/ledger/").content.decode()
    for words in (task.problem.no, "城关小学", "红线", "整改中", str(later(-5)), "逾期5天", "李静"):
        assert words in page, words
    assert f'href="/problems/{task.problem.no}/"' in page


def test_an_empty_list_says_why_and_how_to_go_on(cast: Cast) -> None:
    client = signed_in(cast.task_force)
    assert "没有未销号的问题" in client.get("/ledger/").content.decode()
    assert "没有逾期的问题" in client.get("/ledger/?tab=overdue").content.decode()
    narrowed = client.get("/ledger/?q=没有").content.decode()
    assert "没有符合条件的问题" in narrowed and "清除筛选" in narrowed


def many(cast: Cast, count: int) -> None:
    for _ in range(count):
        case_at_a1(cast, "rectifying", proven=False)


def test_the_page_and_all_can_be_picked_without_a_script(cast: Cast) -> None:
    many(cast, 53)
    client = signed_in(cast.task_force)
    page = client.get("/ledger/?tab=open&select=page")
    assert page.context["picked_count"] == 50 and page.content.decode().count("checked") == 50
    whole = client.get("/ledger/?tab=open&select=all")
    assert whole.context["picked_count"] == 53
    assert '<input type="hidden" name="select" value="all">' in whole.content.decode()
    assert "已选中全部53条" in client.get("/ledger/?tab=open&select=all&page=2").content.decode()


def test_what_is_ticked_goes_along_to_the_other_page(cast: Cast) -> None:
    many(cast, 53)
    first, second = numbers(asked(cast, "tab=open"))[:50], numbers(asked(cast, "tab=open"))[50:]
    page = signed_in(cast.task_force).get("/ledger/", {"tab": "open", "no": [first[0], second[0]], "page": 2})
    text = page.content.decode()
    assert f'<input type="hidden" name="no" value="{first[0]}">' in text
    assert page.context["picked_count"] == 2 and "其中1条在其他页" in text
    assert text.count("checked") == 1


def test_the_page_that_is_picked_is_the_one_that_is_seen(cast: Cast) -> None:
    many(cast, 53)
    client = signed_in(cast.task_force)
    assert '<input type="hidden" name="page" value="2">' in client.get("/ledger/?page=2").content.decode()
    page = client.get("/ledger/?page=2&select=page")
    assert page.context["page_obj"].number == 2 and page.context["picked_count"] == 3
    assert client.get("/ledger/?page=2&page=1").context["page_obj"].number == 1  # a pager's button


def test_tabs_and_conditions_do_not_carry_a_selection(cast: Cast) -> None:
    many(cast, 2)
    page = signed_in(cast.task_force).get("/ledger/?tab=open&select=all&rule=4")
    links = [tab.url for tab in page.context["book"].tabs.tabs]
    links += [chip.url for chip in page.context["book"].filter.chips]
    links += [heading.url for heading in page.context["headings"].values()]
    assert not [link for link in links if "select" in link or "no=" in link]


def test_nonsense_in_the_address_is_no_error(cast: Cast) -> None:
    many(cast, 1)
    client = signed_in(cast.task_force)
    for text in ("'", "%", "\x00", "𠮷", "-1", "9" * 40, "../", "<b>", "2026-13-45"):
        fields = ("q", "rule", "state", "tab", "sort", "page", "no", "select", "area", "term", "found_from")
        for path in ("/ledger/", "/printouts/new/ledger/"):
            assert client.get(path, dict.fromkeys(fields, text)).status_code == 200, text


def queries(client: Any, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


@pytest.mark.pages
@pytest.mark.parametrize("path", ["/ledger/", "/ledger/?tab=all&q=cgxx&rule=4", "/printouts/new/ledger/"])
def test_ten_rows_or_two_hundred_ask_the_database_alike(cast: Cast, path: str) -> None:
    client = signed_in(cast.task_force)
    many(cast, 10)
    client.get(path)  # the first request of a session reads more
    few = queries(client, path)
    many(cast, 190)
    assert queries(client, path) == few <= 20


# --- On paper ------------------------------------------------------------
def test_the_paper_has_every_row_of_the_view_and_room_for_three_hands(cast: Cast) -> None:
    many(cast, 23)
    other = of_b1(cast, "closed")
    paper = printed(signed_in(cast.leader), "ledger/?tab=open", paper="a4")
    numbers = Problem.objects.exclude(pk=other.problem.pk).values_list("no", flat=True)
    assert len(numbers) == 23 and all(no in paper for no in numbers) and other.problem.no not in paper
    for words in ("云溪县问题整改台账", "未销号共23个", "填表人：", "审核人：", "单位负责人（盖章）："):
        assert words in paper, words


def test_only_what_is_picked_is_printed(cast: Cast) -> None:
    one, two = case_at_a1(cast, "planning"), case_at_a1(cast, "planning")
    paper = printed(signed_in(cast.leader), f"ledger/?no={two.problem.no}", paper="a4")
    assert two.problem.no in paper and one.problem.no not in paper


@pytest.mark.parametrize("who", ["inspector_a", "clerk_a1", "head_a1", "partner", "system_admin", "auditor"])
def test_it_is_the_county_staffs_page(cast: Cast, who: str) -> None:
    client = signed_in(cast.people[who])
    assert [client.get(path).status_code for path in ("/ledger/", "/printouts/new/ledger/")] == [403, 403]


# --- Many rows at once ------------------------------------------------------------
SELECTED = "?tab=all&select=all"


def act(cast: Cast, move: str, query: str, fields: dict[str, Any], *, who: str = "task_force") -> Any:
    """Send the form of an action as its page shows it: with the number of rows that was seen."""
    client, path = signed_in(cast.people[who]), f"/ledger/{move}/{query}"
    count = re.search(r'name="count" value="(\d+)"', client.get(path).content.decode())
    return submit(client, path, {"count": count[1] if count else "", **fields})


def result_of(cast: Cast, answer: Any, who: str = "task_force") -> str:
    """The page of the order's results, after its job was done."""
    assert answer.status_code == 302, answer.content.decode()
    run = BulkRun.objects.latest("pk")
    assert answer["Location"] == f"/ledger/runs/{run.pk}/" and run.job_id
    jobs.run_now(run.job_id)
    return text_of(signed_in(cast.people[who]).get(answer["Location"]))


def test_a_reminder_is_shown_before_it_is_sent_and_its_result_row_by_row(cast: Cast) -> None:
    task = overdue(cast, 5)
    closed = case_at_a1(cast, "closed")
    page = text_of(signed_in(cast.task_force).get(f"/ledger/remind/{SELECTED}"))
    assert "2个问题" in page
    assert f"督办：问题{task.problem.no}请完成整改，逾期5天（应于11月11日完成）" in page
    result = result_of(cast, act(cast, "remind", SELECTED, {"words": "请抓紧"}))
    assert "提醒：成功1条，未成功1条" in result
    assert result.index(closed.problem.no) < result.index(task.problem.no)  # what was skipped stands first
    assert "已销号，不用提醒" in result and "请抓紧" in result


def test_reassigning_offers_who_may_and_says_who_it_is_now(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    query = f"?no={task.problem.no}"
    page = text_of(signed_in(cast.supervision).get(f"/ledger/reassign/{query}"))
    assert "周明（第一督学责任区责任督学）" in page and "何敏（双减专班）" in page and "李静" not in page
    answer = act(cast, "reassign", query, {"overseer": cast.inspector_a.pk}, who="supervision")
    assert "改督办人：成功1条" in result_of(cast, answer, "supervision")
    assert "周明" in text_of(signed_in(cast.leader).get("/ledger/"))
    assert numbers(asked(cast, "overseer=inspector_a")) == [task.problem.no]
    assert numbers(asked(cast, "overseer=none")) == []


def test_extending_asks_for_date_ground_and_reason(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    answer = act(cast, "extend", SELECTED, {"to_on": str(later(-1)), "words": ""})
    page = text_of(answer)
    assert answer.status_code == 200 and "有3处需要修改" in page and "新的期限要晚于今天" in page
    fields = {"to_on": str(later(40)), "ground": "works", "words": "操场工期"}
    assert "延期：成功1条" in result_of(cast, act(cast, "extend", SELECTED, fields))
    assert RectificationTask.objects.get(pk=task.pk).due_on == later(40)


@pytest.mark.parametrize("move", ["remind", "reassign", "extend"])
def test_without_a_selection_there_is_nothing_to_send(cast: Cast, move: str) -> None:
    case_at_a1(cast, "rectifying")
    answer = signed_in(cast.task_force).get(f"/ledger/{move}/?tab=open")
    assert "还没有选中问题" in text_of(answer) and 'name="count"' not in answer.content.decode()


def test_who_saw_another_number_of_rows_is_asked_again(cast: Cast) -> None:
    case_at_a1(cast, "rectifying")
    client, path = signed_in(cast.task_force), f"/ledger/remind/{SELECTED}"
    answer = submit(client, path, {"count": "7", "words": "请抓紧"})
    assert answer.status_code == 200 and not BulkRun.objects.exists()
    assert "选中的问题刚才有变化，现在是1条" in text_of(answer) and "请抓紧" in text_of(answer)


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("task_force", ["提醒", "改督办人", "延期", "同意销号", "导出", "打印"]),
        ("supervision", ["提醒", "改督办人", "同意销号", "导出", "打印"]),
        ("leader", ["同意销号", "导出", "打印"]),
    ],
)
def test_a_role_is_offered_what_it_may(cast: Cast, who: str, offered: list[str]) -> None:
    case_at_a1(cast, "rectifying")
    page = signed_in(cast.people[who]).get("/ledger/").content.decode()
    assert re.findall(r'formaction="[^"]+">([^<]+)<', page) == offered


@pytest.mark.parametrize(
    ("who", "move"),
    [("leader", "remind"), ("leader", "extend"), ("supervision", "extend"), ("inspector_a", "remind")],
)
def test_and_refused_what_it_may_not(cast: Cast, who: str, move: str) -> None:
    case_at_a1(cast, "rectifying")
    client, path = signed_in(cast.people[who]), f"/ledger/{move}/{SELECTED}"
    assert client.get(path).status_code == 403
    assert submit(client, path, {"count": "1", "words": ""}).status_code == 403
    assert signed_in(cast.task_force).get("/ledger/reopen/").status_code == 404


def test_an_export_is_a_file_for_its_owner(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    case_at_a1(cast, "closed")
    client = signed_in(cast.leader)
    page = text_of(client.get("/ledger/export/?tab=open"))
    assert "导出1个问题" in page and "未销号" in page
    result_of(cast, submit(client, "/ledger/export/?tab=open", {}), "leader")
    run = BulkRun.objects.get()
    result = client.get(f"/ledger/runs/{run.pk}/").content.decode()
    assert f'href="/files/{run.stored_file_id}/?download=1"' in result
    served = client.get(f"/files/{run.stored_file_id}/?download=1")
    assert served["Content-Type"] == XLSX
    assert "attachment" in served["Content-Disposition"]
    sheet = load_workbook(BytesIO(b"".join(served.streaming_content))).worksheets[0]
    assert [row[1].value for row in sheet.iter_rows(min_row=3)] == [task.problem.no]
    for who in ("task_force", "supervision", "inspector_a", "clerk_a1", "auditor"):
        other = signed_in(cast.people[who])
        assert other.get(f"/files/{run.stored_file_id}/").status_code in (403, 404), who
        assert other.get(f"/ledger/runs/{run.pk}/").status_code in (403, 404), who


def test_the_results_wait_for_the_job_and_then_come_by_themselves(cast: Cast) -> None:
    case_at_a1(cast, "rectifying")
    answer = act(cast, "remind", SELECTED, {"words": ""})
    client, path = signed_in(cast.task_force), answer["Location"]
    page, job = client.get(path).content.decode(), BulkRun.objects.get().job_id
    progress = f"/jobs/{job}/"
    assert f'hx-get="{progress}" hx-trigger="every 2s"' in page
    assert "已排队" in client.get(progress, headers={"HX-Request": "true"}).content.decode()
    jobs.run_now(job)
    assert client.get(progress, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_cancelled_order_says_what_was_left(cast: Cast) -> None:
    case_at_a1(cast, "rectifying")
    answer = act(cast, "remind", SELECTED, {"words": ""})
    jobs.cancel(Job.objects.get(), cast.task_force)
    assert "其余1个没有办理" in text_of(signed_in(cast.task_force).get(answer["Location"]))


def test_the_same_form_sent_twice_is_one_order(cast: Cast) -> None:
    case_at_a1(cast, "rectifying")
    client, key = signed_in(cast.task_force), uuid4().hex
    data = {"_key": key, "count": "1", "words": ""}
    answers = [client.post(f"/ledger/remind/{SELECTED}", data) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"] and BulkRun.objects.count() == 1


def test_a_case_leads_to_its_own_reminder(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    page = signed_in(cast.task_force).get(f"/problems/{task.problem.no}/").content.decode()
    assert f'href="/ledger/remind/?no={task.problem.no}"' in page
    assert "提醒单位" not in signed_in(cast.clerk_a1).get(f"/problems/{task.problem.no}/").content.decode()
    assert "1个问题" in text_of(signed_in(cast.task_force).get(f"/ledger/remind/?no={task.problem.no}"))
