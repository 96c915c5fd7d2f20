"""举报和反映 from every door to the answer, each seen by whom it may be, and nothing of it by its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inspections.complaints import limits
from inspections.models import Complaint, ComplaintContact, Problem, UnitInquiry
from inspections.workflows import complaint_rules, complaints, complaints_public
from shuangjian import clock
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, AuditText, Notification
from tests.cast import NOVEMBER, Cast, assemble
from tests.inspections.complaining import WORDS, complaint_in, registered, sent_in
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.public]


@pytest.fixture
def cast(standing_policy: Any, policy: Any) -> Iterator[Cast]:
    with clock.at(NOVEMBER):
        yield assemble()


def browser(cast: Cast, name: str) -> Any:
    return signed_in(cast.people[name])


def move(client: Client, row: Complaint, key: str, fields: dict[str, Any] | None = None) -> Any:
    row.refresh_from_db()
    return submit(client, f"{row.get_absolute_url()}{key}/", fields or {}, version=row.version)


# --- The public's own line ------------------------------------------------------------------------
STEPS = [
    {"step": "0", "q": "城关", "find": "1"},
    {"step": "0", "q": "城关", "unit": "3152000001", "township": ""},
    {"step": "1", "topic": "homework"},
    {"step": "2", "words": WORDS},
    {"step": "3", "leaves": "yes", "name": "周女士", "phone": "13912345678"},
]


def walk_to_the_end(cast: Cast, client: Client) -> dict[str, str]:
    """Go through the steps as a browser without scripts does; what its last page would send."""
    carried: dict[str, str] = {}
    for step in STEPS:
        step = {key: cast.a1.code if key == "unit" else value for key, value in step.items()}
        answer = client.post("/complain/new/", carried | step)
        assert answer.status_code == 200, answer
        page = answer.content.decode()
        assert "需修改" not in page, text_of(answer)
        carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        carried.pop("csrfmiddlewaretoken", None)
    return carried


def test_the_public_sends_in_follows_and_asks_again(cast: Cast) -> None:
    public = Client()
    carried = walk_to_the_end(cast, public)
    assert carried["words"] == WORDS and carried["phone"] == "13912345678"
    receipt = submit(public, "/complain/send/", carried)
    assert receipt.status_code == 201
    row = Complaint.objects.get()
    (code,) = re.findall(r"(?:\w{4}-){4}\w", text_of(receipt))
    assert row.no in text_of(receipt) and code not in row.code_digest

    wrong = public.post("/track/", {"no": row.no, "code": "2222-2222-2222-2222-2"})
    assert "编号或查询码不对，请核对" in text_of(wrong)
    seen = text_of(public.post("/track/", {"no": row.no.lower(), "code": code.lower().replace("-", " ")}))
    assert "已收到" in seen and "申请重新核实（1次）" not in seen

    office = browser(cast, "task_force")
    assert "受理反映" in text_of(office.get("/desk/"))
    assert move(office, row, "accept").status_code == 302
    answer = {"finding": "partly", "words": "三年级平均65分钟，已要求改到60分钟以内"}
    assert move(office, row, "answer", answer).status_code == 302
    seen = text_of(public.post("/track/", {"no": row.no, "code": code}))
    assert "已答复" in seen and "三年级平均65分钟" in seen and "申请重新核实（1次）" in seen

    again = submit(public, "/track/reverify/", {"no": row.no, "code": code, "words": "还是写到10点"})
    assert again.status_code == 201 and "重新核实中" in text_of(again)
    row.refresh_from_db()
    assert (row.state, row.officer, row.answered_by) == ("reverifying", None, cast.task_force)
    assert move(office, row, "answer", answer).status_code == 403
    refused = move(office, row, "assign", {"officer": cast.task_force.username})
    assert "Select a valid choice" not in text_of(refused) and row.officer is None
    assert move(office, row, "assign", {"officer": cast.office_staff.username}).status_code == 302
    second = browser(cast, "office_staff")
    answer = {"finding": "true", "words": "到校随机看了30本作业，平均72分钟"}
    assert move(second, row, "answer", answer).status_code == 302
    seen = text_of(public.post("/track/", {"no": row.no, "code": code}))
    assert "平均72分钟" in seen and "重新核实只能申请一次" in seen
    assert "向云溪县人民政府或市级教育部门申请复查" in seen


def test_a_step_left_out_comes_back_with_what_was_entered(cast: Cast) -> None:
    public = Client()
    carried = walk_to_the_end(cast, public) | {"words": ""}
    answer = submit(public, "/complain/send/", carried)
    assert answer.status_code == 200 and not Complaint.objects.exists()
    page = text_of(answer)
    assert "请写明发生了什么" in page and 'value="13912345678"' in answer.content.decode()


def test_a_flood_waits_and_keeps_its_words(cast: Cast) -> None:
    flood, other = Client(REMOTE_ADDR="192.0.2.7"), Client(REMOTE_ADDR="192.0.2.8")
    carried = walk_to_the_end(cast, flood)
    answers = [submit(flood, "/complain/send/", carried).status_code for _ in range(8)]
    assert answers.count(201) == 6 and answers[-1] == 429
    last = submit(flood, "/complain/send/", carried)
    assert WORDS in last.content.decode() and "秒再点" in text_of(last)
    assert submit(other, "/complain/send/", carried).status_code == 201


# --- What stays secret -----------------------------------------------------------------------------
def test_the_unit_sees_the_task_and_no_trace_of_who_spoke(cast: Cast) -> None:
    receipt = sent_in(cast, name="周女士", phone="13912345678")
    row = receipt.complaint
    office = browser(cast, "task_force")
    move(office, row, "accept")
    said = {"words": "请核实三年级最近两周的书面作业时间", "due_on": "2026-11-20"}
    unsafe = move(office, row, "ask-unit", said)
    assert "请确认不能从这段话推断出反映人" in text_of(unsafe)
    assert move(office, row, "ask-unit", said | {"is_safe": "on"}).status_code == 302
    inquiry = UnitInquiry.objects.get()

    for name in ("clerk_a1", "head_a1", "inspector_a", "supervision", "partner"):
        client = browser(cast, name)
        assert client.get(row.get_absolute_url()).status_code in (403, 404)
        pages = [client.get(url) for url in ("/desk/", "/inquiries/", inquiry.get_absolute_url(), "/inbox/")]
        told = "".join(page.content.decode() for page in pages if page.status_code == 200)
        for canary in (row.no, WORDS, "周女士", "13912345678", "反映人", "举报"):
            assert canary not in told, (name, canary)
    clerk = browser(cast, "clerk_a1")
    assert "说明情况" in text_of(clerk.get("/desk/"))
    reply = {"words": "平均58分钟，公示见校门口"}
    assert submit(clerk, f"{inquiry.get_absolute_url()}reply/", reply, version=1).status_code == 302
    assert "平均58分钟" in text_of(office.get(row.get_absolute_url()))
    others = browser(cast, "clerk_b1")
    assert others.get(inquiry.get_absolute_url()).status_code == 404


def test_the_contact_is_sealed_and_each_look_is_on_record(cast: Cast) -> None:
    row = sent_in(cast, name="周女士", phone="13912345678").complaint
    sealed = ComplaintContact.objects.get().sealed
    assert "139" not in sealed and "周" not in sealed
    office = browser(cast, "task_force")
    assert "13912345678" not in office.get(row.get_absolute_url()).content.decode()
    seen = submit(office, f"{row.get_absolute_url()}contact/", {})
    assert "13912345678" in text_of(seen)
    assert AuditEntry.objects.filter(action="inspections.complaint.contact_shown").count() == 1
    leader = browser(cast, "leader")
    assert submit(leader, f"{row.get_absolute_url()}contact/", {}).status_code == 403
    for table in (AuditEntry, AuditText, Notification):
        told = str(list(table.objects.values()))
        assert "13912345678" not in told and "周女士" not in told and WORDS not in told


def test_red_lines_and_money_never_go_to_the_unit_itself(cast: Cast) -> None:
    row = complaint_in(cast, "accepted", kind="breach", topic="charges")
    client = browser(cast, "task_force")
    assert "请单位核实情况" not in text_of(client.get(row.get_absolute_url()))
    said = {"words": "请核实收费", "due_on": "2026-11-20", "is_safe": "on"}
    assert "不交被反映的单位自查" in text_of(move(client, row, "ask-unit", said))
    assert not UnitInquiry.objects.exists()


def test_a_teachers_conduct_goes_to_another_department(cast: Cast) -> None:
    row = registered(cast, kind="discipline", topic="paid_tutoring")
    client = browser(cast, "task_force")
    assert "涉教师违纪的转人事或纪检部门办理" in text_of(move(client, row, "accept"))
    fields = {"office": cast.department.code, "words": "云教函〔2026〕31号"}
    assert move(client, row, "refer", fields).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.due_on) == ("referred", None)
    assert move(client, row, "record-result", {"finding": "true", "words": "已处理"}).status_code == 302


def test_what_is_true_becomes_a_problem_in_other_words(cast: Cast) -> None:
    row = complaint_in(cast, "accepted")
    client = browser(cast, "task_force")
    page = client.get(f"{row.get_absolute_url()}to-problem/")
    item = re.search(r'<option value="(\d+)">4-2 ', page.content.decode())
    assert item is not None
    fields = {
        "item": item[1],
        "fact": "三年级书面作业平均72分钟",
        "found_on": "2026-11-16",
        "rectifying": "by_date",
        "due_on": "2026-12-10",
    }
    answer = move(client, row, "to-problem", fields)
    assert answer.status_code == 302, text_of(answer)
    problem = Problem.objects.get()
    row.refresh_from_db()
    assert (row.problem, problem.origin, problem.organisation) == (problem, "complaint", cast.a1)
    clerk = text_of(browser(cast, "clerk_a1").get(f"/problems/{problem.no}/"))
    assert row.no not in clerk and WORDS not in clerk and "举报" not in clerk


# --- Clocks ------------------------------------------------------------------------------------------
def test_the_earliest_clock_rules_and_is_named(cast: Cast) -> None:
    plain = registered(cast)
    assert (plain.due_on, plain.due_by) == (date(2026, 11, 23), "本县办理时限")
    ordered = registered(
        cast, external_no="GD2026111600123", sign_by=date(2026, 11, 17), finish_by=date(2026, 11, 25)
    )
    assert (ordered.due_on, ordered.due_by) == (date(2026, 11, 17), "来件签收期限")
    office: Any = {"actor": cast.task_force, "version": None}
    ordered = complaints.accept(complaint_id=ordered.pk, **office)
    assert (ordered.due_on, ordered.due_by) == (date(2026, 11, 25), "来件办结期限")
    plain = complaints.accept(complaint_id=plain.pk, **office)
    assert (plain.due_on, plain.due_by) == (date(2026, 12, 14), "本县办理时限")
    plain = complaints.pause(complaint_id=plain.pk, words="等检测", **office)
    assert plain.due_on is None
    with clock.at(NOVEMBER + timedelta(days=7)):
        plain = complaints.resume(complaint_id=plain.pk, **office)
    assert plain.due_on == date(2026, 12, 21)
    complaint_rules.set_limits(
        actor=cast.task_force, days=limits.DEFAULT_DAYS | {"request": (3, 60, 10)}, reason="县热线办法"
    )
    late = complaint_in(cast, "accepted")
    assert (late.due_on, late.due_by) == (date(2027, 1, 15), "信访工作条例")
    extended = complaints.extend(complaint_id=late.pk, actor=cast.leader, version=None, words="要到外地核实")
    assert extended.due_by == "信访工作条例" and extended.due_on == date(2027, 2, 14)
    with pytest.raises(Refused, match="已延长过一次"):
        complaints.extend(complaint_id=late.pk, actor=cast.leader, version=None, words="再延长")


def test_the_same_order_is_taken_down_once(cast: Cast) -> None:
    first = registered(cast, external_no="GD1")
    with pytest.raises(Refused, match=f"来件GD1已登记为{first.no}"):
        registered(cast, external_no="GD1")


def test_three_of_one_unit_raise_an_alert_once(cast: Cast) -> None:
    for _ in range(4):
        registered(cast)
    told = Notification.objects.filter(kind="complaint.alert")
    assert {one.recipient for one in told} == {cast.task_force, cast.leader}
    assert "30天内收到反映城关小学的3件" in told[0].title


def test_merged_ones_follow_the_other_ones_course(cast: Cast) -> None:
    mine, main = sent_in(cast), registered(cast)
    office: Any = {"actor": cast.task_force, "version": None}
    complaints.accept(complaint_id=main.pk, **office)
    complaints.merge(complaint_id=mine.complaint.pk, into=main, **office)
    complaints.answer(complaint_id=main.pk, finding="true", words="已要求改正", **office)
    seen = text_of(Client().post("/track/", {"no": mine.complaint.no, "code": mine.code}))
    assert "已答复" in seen and "已要求改正" in seen and main.no not in seen


# --- Lists, erasing ------------------------------------------------------------------------------------
def test_the_list_costs_the_same_for_five_and_fifty(cast: Cast) -> None:
    client = browser(cast, "task_force")

    def cost() -> int:
        client.get("/complaints/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/complaints/").status_code == 200
        return len(queries)

    for _ in range(5):
        registered(cast)
    few = cost()
    for _ in range(45):
        registered(cast)
    assert cost() == few


def test_what_ended_long_ago_is_erased_by_two(cast: Cast) -> None:
    with clock.at(NOVEMBER - timedelta(days=800)):
        old = sent_in(cast, phone="13912345678").complaint
        office: Any = {"complaint_id": old.pk, "actor": cast.task_force, "version": None}
        complaints.accept(**office)
        complaints.answer(finding="true", words="已要求改正", **office)
        complaints.close(**office)
    young = complaint_in(cast, "closed")
    client, second = browser(cast, "task_force"), browser(cast, "leader")
    assert submit(client, "/complaints/erasures/", {}).status_code == 302
    (row,) = old.erasures.all()
    url = f"/complaints/erasures/{row.no}/erase/"
    assert submit(client, url, {}, version=row.version).status_code == 403
    assert submit(second, url, {}, version=row.version).status_code == 302
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.words, old.answer, old.finding, young.words) == ("", "", "true", WORDS)
    assert not ComplaintContact.objects.exists() and old.erased_on == clock.today()
    assert complaints_public.find(old.no, "x") is None
