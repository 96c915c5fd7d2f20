"""A phone speaks to the server: devices, packages, and every kind of operation with its answer."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from inspections.models import Device, Problem, RecordBlock, SyncOperation, Visit, VisitFinding
from inspections.printouts.visit import PrintedVisit, visit_data
from inspections.reports.data import dump
from inspections.visit_sheet import sheet_of
from inspections.workflows import devices, visit_findings, visits
from shuangjian import clock
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.files.samples import picture
from tests.inspections.cases import RED_LINE_ITEM, item
from tests.inspections.visiting import begun, planned
from tests.registry import signed_in, submit, text_of
from tests.sync.phones import Phone

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]


@pytest.fixture
def visit(cast: Cast) -> Visit:
    return planned(cast)


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return Phone(cast.inspector_a)


def finding(visit: Visit, code: str) -> VisitFinding:
    return visit.findings.get(item__code=code)


# --- Devices ------------------------------------------------------------------


def test_a_device_is_registered_once_with_key_and_block(cast: Cast, phone: Phone) -> None:
    first = phone.registered
    again = phone.post("/sync/devices/", {"device": str(phone.device_id), "name": "Chromium"}).json()
    assert first | {"server_now": ""} == again | {"server_now": ""}
    assert first["block"] == "01"
    assert first["next_record"] == 1
    assert len(base64.b64decode(first["key"])) == 32
    assert first["user"] == {"id": cast.inspector_a.pk, "name": cast.inspector_a.name}
    assert Device.objects.count() == 1
    assert AuditEntry.objects.filter(action="inspections.device.registered").count() == 1


def test_two_phones_share_neither_block_nor_key(cast: Cast, phone: Phone) -> None:
    other, second = Phone(cast.inspector_b), Phone(cast.inspector_a)
    told = [one.registered for one in (phone, other, second)]
    assert len({one["block"] for one in told}) == len({one["key"] for one in told}) == 3
    assert RecordBlock.objects.count() == 3


def test_the_id_of_anothers_device_is_refused(cast: Cast, phone: Phone) -> None:
    told = {"device": str(phone.device_id), "name": ""}
    answer = phone.post("/sync/devices/", told, client=signed_in(cast.inspector_b))
    assert answer.status_code == 409
    assert "key" not in answer.json()


@pytest.mark.parametrize("device", [None, "", "x", 7, [], {}, "\x00", "0" * 400])
def test_what_is_no_device_is_refused(phone: Phone, device: Any) -> None:
    assert phone.post("/sync/devices/", {"device": device}).status_code == 400
    assert phone.post("/sync/operations/", {"device": device, "operations": []}).status_code == 400
    unknown = phone.post("/sync/operations/", {"device": str(uuid4()), "operations": []})
    assert unknown.status_code == 409


# --- What is taken along --------------------------------------------------------


def test_the_list_names_ones_own_visits_alone(cast: Cast, phone: Phone, visit: Visit) -> None:
    planned(cast, organisation=cast.b1, inspectors=[cast.inspector_b])
    done = begun(cast, organisation=cast.a2)
    listed = phone.client.get("/sync/visits/").json()["visits"]
    assert {one["no"] for one in listed} == {visit.no, done.no}
    assert phone.client.get("/sync/visits/2026-V0002/").status_code == 404
    for one in listed:
        package = phone.client.get(f"/sync/visits/{one['no']}/")
        assert package.json()["etag"] == one["etag"]
        assert 0.5 < one["bytes"] / len(package.content) < 2
        assert package["Cache-Control"] == "no-store"


def test_the_list_costs_the_same_however_long(
    cast: Cast, phone: Phone, django_assert_max_num_queries: Any
) -> None:
    for unit in (cast.a1, cast.a2, cast.a3):
        planned(cast, organisation=unit)
        begun(cast, organisation=unit, kind="complaint", inspectors=[cast.inspector_a, cast.team_inspector])
    phone.client.get("/sync/visits/")
    with django_assert_max_num_queries(15):
        assert len(phone.client.get("/sync/visits/").json()["visits"]) == 6


def test_a_package_changes_its_etag_with_what_is_in_it(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    address = f"/sync/visits/{visit.no}/"
    before = phone.client.get(address).json()
    line = next(one for one in before["items"] if one["code"] == RED_LINE_ITEM)
    assert line["prohibition"]["red_line"] is True
    assert line["finding"]["version"] == 1
    assert line["rule_text"]
    visit_findings.save_finding(
        visit_id=visit.pk,
        item=item(RED_LINE_ITEM),
        actor=cast.inspector_a,
        version=None,
        value="problem",
        text="走廊张贴成绩排名",
        methods=["tour"],
    )
    after = phone.client.get(address).json()
    assert after["etag"] != before["etag"]
    line = next(one for one in after["items"] if one["code"] == RED_LINE_ITEM)
    assert line["finding"]["value"] == "problem"
    assert line["finding"]["methods"] == ["tour"]
    assert line["finding"]["by"] == cast.inspector_a.name


# --- The whole visit -------------------------------------------------------------


def test_a_visit_made_without_a_network_arrives_as_it_was(cast: Cast, phone: Phone, visit: Visit) -> None:
    phone.tap("start", visit)
    phone.fills(visit, "R02-1", value="meets", methods=["documents"])
    phone.fills(visit, "R04-1", value="problem")
    phone.fills(visit, "R04-1", text="一年级有书面家庭作业", due_days=7)
    phone.fills(visit, RED_LINE_ITEM, value="problem", text="张贴成绩", breaks_prohibition=True)
    phone.ends(visit)
    phone.confirms(visit, unit_remark="马上改", stroke=[[[1, 2], [3, 4.25]], [[5, 6]]])
    results = phone.sends()
    assert [one["status"] for one in results] == ["applied"] * 7
    assert len({one["receipt"] for one in results}) == 7
    visit.refresh_from_db()
    assert (visit.state, visit.record_no) == ("confirmed", phone.record_no(1))
    assert (visit.unit_person, visit.unit_remark) == ("黄勇", "马上改")
    assert visit.stroke == [[[1, 2], [3, 4.2]], [[5, 6]]]
    assert finding(visit, "R02-1").methods == ["documents"]
    assert finding(visit, RED_LINE_ITEM).at_once is True
    assert set(Problem.objects.values_list("fact", flat=True)) == {"一年级有书面家庭作业", "张贴成绩"}
    assert phone.post("/sync/devices/", {"device": str(phone.device_id)}).json()["next_record"] == 2


def test_entries_say_that_it_came_from_a_phone_and_when_by_its_clock(
    cast: Cast, phone: Phone, visit: Visit
) -> None:
    phone.off = timedelta(days=-3)
    started = phone.tap("start", visit)
    phone.sends()
    brought = AuditEntry.objects.get(action="inspections.visit.start").after["brought"]
    assert brought["device"] == phone.row.pk
    assert brought["operation"] == 1
    assert brought["device_at"].startswith(started["at"][:10])
    visit.refresh_from_db()
    told = phone.began + timedelta(seconds=1)
    assert abs(visit.started_at - told) < timedelta(seconds=5), "by our clock, not by the phone's"


def test_the_same_again_is_answered_with_what_it_was_answered(phone: Phone, visit: Visit) -> None:
    phone.tap("start", visit)
    phone.fills(visit, "R02-1", value="meets")
    first = phone.sends()
    again = phone.sends()
    assert [one["status"] for one in again] == ["duplicate"] * 2
    assert [one["first"] for one in again] == first
    assert finding(visit, "R02-1").version == 2


def test_what_comes_before_its_turn_waits_for_it(phone: Phone, visit: Visit) -> None:
    start, fill = phone.tap("start", visit), phone.fills(visit, "R02-1", value="meets")
    assert phone.send_one(fill)["status"] == "waiting"
    assert not visit.findings.exists()
    assert phone.send_one(fill)["status"] == "waiting"
    results = phone.sends([start])
    assert [(one["seq"], one["status"]) for one in results] == [(1, "applied"), (2, "applied")]
    assert finding(visit, "R02-1").value == "meets"


def test_the_same_number_with_other_content_is_kept_apart(phone: Phone, visit: Visit) -> None:
    phone.tap("start", visit)
    phone.sends()
    other = {"seq": 1, "kind": "end", "visit": visit.no, "summary": "别的内容"}
    told = phone.send_one(other)
    assert told["status"] == "refused"
    assert phone.send_one(other)["status"] == "duplicate"
    assert SyncOperation.objects.get(status="refused").body["summary"] == "别的内容"
    assert phone.row.expected == 2


# --- Judged when it arrives -------------------------------------------------------


def test_a_right_that_was_taken_meanwhile_refuses_and_keeps(cast: Cast, phone: Phone) -> None:
    crew = [cast.inspector_b, cast.inspector_a]
    visit = begun(cast, kind="county_check", inspectors=crew, organisation=cast.b1)
    phone.fills(visit, "R02-1", value="problem", text="排名次")
    visit.members.filter(user=cast.inspector_a).delete()
    phone.tap("start", planned(cast))
    told = phone.sends()
    assert [one["status"] for one in told] == ["refused", "applied"], "what comes after goes on"
    row = SyncOperation.objects.get(status="refused")
    assert row.body["fields"]["text"]["new"] == "排名次"
    assert AuditEntry.objects.filter(action="inspections.syncoperation.refused").count() == 1
    assert finding(visit, "R02-1").value == ""


def test_a_foreign_visit_is_refused_like_one_that_is_not(cast: Cast, phone: Phone) -> None:
    foreign = begun(cast, organisation=cast.b1, inspectors=[cast.inspector_b])
    phone.fills(foreign, "R02-1", value="meets")
    phone.tap("finding", "2026-V9999", item="R02-1", fields={"value": {"old": "", "new": "meets"}})
    told = phone.sends()
    assert {(one["status"], one["reason"], one["no"]) for one in told} == {
        ("refused", "没有这次督导，或您不在人员名单里", "")
    }


def test_an_ended_visit_takes_no_more_findings(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets")
    phone.ends(visit)
    phone.fills(visit, "R02-2", value="meets")
    phone.tap("reopen", visit)
    phone.fills(visit, "R02-2", value="na")
    assert [one["status"] for one in phone.sends()] == [
        "applied", "applied", "refused", "applied", "applied"
    ]  # fmt: skip
    assert finding(visit, "R02-2").value == "na"


def test_a_revoked_device_is_given_no_key_and_writes_nothing(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    devices.revoke(device_id=phone.row.pk, actor=cast.inspector_a, version=None)
    answer = phone.post("/sync/devices/", {"device": str(phone.device_id), "name": ""})
    assert answer.status_code == 403
    assert "key" not in answer.json()
    phone.fills(visit, "R02-1", value="meets")
    assert phone.sends()[0]["status"] == "refused"
    devices.restore(device_id=phone.row.pk, actor=cast.inspector_a, version=None)
    assert (
        phone.post("/sync/devices/", {"device": str(phone.device_id)}).json()["key"]
        == (phone.registered["key"])
    )


# --- Record numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["", "现2026-00-0001", "现2026-77-0001", "2026-01-0001", "现2025-01-0001", 7]
)
def test_a_number_of_another_block_is_refused(cast: Cast, phone: Phone, number: Any) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets")
    phone.ends(visit, record_no=number)
    assert phone.sends()[1]["status"] == "refused"
    visit.refresh_from_db()
    assert (visit.state, visit.record_no) == ("ongoing", "")


def test_a_number_is_used_once(cast: Cast, phone: Phone) -> None:
    one, two = begun(cast), begun(cast, organisation=cast.a2)
    for visit in (one, two):
        phone.fills(visit, "R02-1", value="meets")
        phone.ends(visit, 1)
    told = phone.sends()
    assert [row["status"] for row in told] == ["applied", "applied", "applied", "refused"]
    assert "已用在另一份" in told[3]["reason"]


def test_a_record_keeps_the_number_that_it_has(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    common: dict[str, Any] = {"visit_id": visit.pk, "actor": cast.inspector_a, "version": None}
    visit_findings.save_finding(item=item("R02-1"), value="meets", **common)
    online = visits.end(summary="意见", **common).record_no
    visits.reopen(**common)
    phone.ends(visit)
    told = phone.sends()[0]
    assert (told["status"], told["reason"]) == ("applied", f"这次督导的记录已编号{online}，沿用原号")


# --- Ways of confirming -------------------------------------------------------------


def test_a_refusal_is_confirmed_with_reason_and_witness(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets")
    phone.ends(visit)
    phone.tap("confirm", visit, mode="refused", refused_reason="不认可", witness="")
    phone.tap("confirm", visit, mode="refused", refused_reason="不认可", witness="村委会李主任")
    assert [one["status"] for one in phone.sends()[2:]] == ["refused", "applied"]
    visit.refresh_from_db()
    assert visit.witness == "村委会李主任"


def test_a_print_to_be_signed_waits_for_its_scan(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R04-2", value="problem", text="日均75分钟")
    phone.ends(visit)
    phone.confirms(visit, mode="paper")
    phone.sends()
    visit.refresh_from_db()
    assert (visit.state, visit.signs_on_paper) == ("summing_up", True)
    assert Problem.objects.count() == 0
    package = phone.client.get(f"/sync/visits/{visit.no}/").json()
    assert package["visit"]["signs_on_paper"] is True


def test_the_clock_of_a_phone_decides_nothing(cast: Cast) -> None:
    """Two phones, one three days ahead, one in 1970: what came last of each device stands, by its numbers."""
    visit = begun(cast)
    epoch = clock.now().replace(year=1970)
    for off in (timedelta(days=3), epoch - clock.now()):
        phone = Phone(cast.inspector_a, off=off)
        phone.known[visit.no, "R02-1"] = {"value": finding(visit, "R02-1").value}
        phone.fills(visit, "R02-1", value="na")
        phone.fills(visit, "R02-1", value="meets")
        phone.sends()
        row = finding(visit, "R02-1")
        assert row.value == "meets"
        assert timedelta(0) <= clock.now() - row.updated_at < timedelta(hours=2)


# --- On paper -----------------------------------------------------------------------


def test_the_scan_of_the_signed_print_is_the_confirmation(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R04-2", value="problem", text="日均75分钟", methods=["tour", "documents"])
    phone.ends(visit)
    phone.confirms(visit, mode="paper")
    phone.sends()
    page = text_of(phone.client.get(f"/visits/{visit.no}/"))
    assert "下一步：记录打印后双方手签，上传扫描件" in page
    assert "上传手签的现场检查记录" in text_of(phone.client.get("/desk/"))
    assert "查阅资料、巡查" in page
    visit.refresh_from_db()
    scan = SimpleUploadedFile("记录.jpg", picture(), content_type="image/jpeg")
    address = f"/visits/{visit.no}/confirm-by-scan/"
    submit(phone.client, address, {"files": scan}, version=visit.version)
    visit.refresh_from_db()
    assert visit.state == "confirmed"
    assert Problem.objects.get().fact == "日均75分钟"
    assert "在打印的记录上手签" in text_of(phone.client.get(f"/visits/{visit.no}/"))


def test_a_record_that_is_opened_again_is_printed_again(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets")
    phone.ends(visit)
    phone.confirms(visit, mode="paper")
    phone.tap("reopen", visit)
    phone.ends(visit)
    assert {one["status"] for one in phone.sends()} == {"applied"}
    visit.refresh_from_db()
    assert (visit.state, visit.signs_on_paper) == ("summing_up", False)


def test_the_record_prints_methods_and_the_stroke(cast: Cast, phone: Phone) -> None:
    visit = begun(cast)
    phone.fills(visit, "R02-1", value="meets", methods=["lesson", "talk"])
    phone.ends(visit)
    phone.confirms(visit, stroke=[[[10, 20], [30, 40]], [[50, 60]]])
    phone.sends()
    held = Visit.objects.get(pk=visit.pk)
    data = dump(visit_data(held, sheet_of(held).lines))
    page = render_to_string("printouts/visit.html", PrintedVisit().context(data))
    assert 'd="M10 20L30 40 M50 60L50 60"' in page
    assert 'viewBox="5 15 50 50"' in page
    assert "听课、座谈" in page
    assert "style=" not in page[page.index("<svg") : page.index("</svg>")]
