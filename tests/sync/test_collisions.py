"""Two inspectors and one visit: what merges, what both wrote, who chooses; what was refused and its end."""

from __future__ import annotations

from typing import Any

import pytest

from inspections import desk
from inspections.models import FieldConflict, Problem, SyncOperation, Visit, VisitFinding
from inspections.workflows import finding_conflicts, visit_findings, visits
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import AuditEntry
from tests.cast import Cast
from tests.inspections.cases import item
from tests.inspections.visiting import begun
from tests.registry import signed_in, submit, text_of
from tests.sync.phones import Phone

pytestmark = [pytest.mark.onsite, pytest.mark.usefixtures("standing_policy", "policy")]
CODE = "R04-2"


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """Of A1, by two who go together."""
    return begun(cast, kind="county_check", inspectors=[cast.inspector_a, cast.team_inspector])


@pytest.fixture
def pair(cast: Cast, visit: Visit) -> tuple[Phone, Phone]:
    return Phone(cast.inspector_a), Phone(cast.team_inspector)


def finding(visit: Visit, code: str = CODE) -> VisitFinding:
    return visit.findings.get(item__code=code)


def on_the_screen(visit: Visit, actor: Any, value: str, **more: Any) -> None:
    visit_findings.save_finding(
        visit_id=visit.pk, item=item(CODE), actor=actor, version=None, value=value, **more
    )


def collide(visit: Visit, pair: tuple[Phone, Phone]) -> FieldConflict:
    """The first says 符合, the second 有问题 with everything that hangs on it."""
    first, second = pair
    first.fills(visit, CODE, value="meets")
    second.fills(visit, CODE, value="problem")
    second.fills(visit, CODE, text="日均75分钟", due_days=30)
    assert [one["status"] for one in first.sends()] == ["applied"]
    told = second.sends()
    assert [one["status"] for one in told] == ["conflict", "conflict"]
    assert first.user.name in told[0]["reason"]
    assert told[0]["fields"]["value"]["value"] == "meets"
    return FieldConflict.objects.get()


# --- Merging ----------------------------------------------------------------------


def test_different_items_and_different_fields_merge_in_silence(
    visit: Visit, pair: tuple[Phone, Phone]
) -> None:
    first, second = pair
    first.fills(visit, "R02-1", value="meets")
    first.fills(visit, CODE, value="problem", text="日均75分钟", methods=["documents"])
    first.sends()
    second.known[visit.no, CODE] = {"due_days": 15, "at_once": False, "methods": []}
    second.fills(visit, "R02-2", value="na")
    second.fills(visit, CODE, due_days=7, at_once=True, methods=["tour"])
    assert {one["status"] for one in second.sends()} == {"applied"}
    row = finding(visit)
    assert (row.value, row.text, row.due_days, row.at_once) == ("problem", "日均75分钟", 7, True)
    assert row.methods == ["documents", "tour"]
    assert {finding(visit, "R02-1").value, finding(visit, "R02-2").value} == {"meets", "na"}
    assert FieldConflict.objects.count() == 0


def test_the_same_answer_of_both_is_no_conflict(visit: Visit, pair: tuple[Phone, Phone]) -> None:
    for phone in pair:
        phone.fills(visit, CODE, value="problem", text="日均75分钟")
        assert phone.sends()[0]["status"] == "applied"
    assert finding(visit).version == 2


def test_the_same_field_keeps_both_and_the_visit_goes_on(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone]
) -> None:
    row = collide(visit, pair)
    assert (row.field, row.standing) == ("value", {"value": "meets"})
    assert row.offered == {"value": "problem", "text": "日均75分钟", "due_days": 30}
    assert (row.standing_by, row.offered_by) == (cast.inspector_a, cast.team_inspector)
    assert row.standing_at is not None and row.offered_at is not None
    assert finding(visit).value == "meets"
    assert AuditEntry.objects.filter(action="inspections.visit.conflict_raised").count() == 1
    pair[1].fills(visit, "R02-2", value="meets")
    assert pair[1].sends()[-1]["status"] == "applied"


def test_what_somebody_wrote_on_the_screen_is_not_overwritten_either(cast: Cast, visit: Visit) -> None:
    phone = Phone(cast.inspector_a)
    phone.fills(visit, CODE, value="problem", text="日均75分钟")
    phone.sends()
    on_the_screen(visit, cast.inspector_a, "problem", text="日均80分钟", due_days=15)
    phone.fills(visit, CODE, text="日均90分钟")
    told = phone.sends()[-1]
    assert (told["status"], told["fields"]["text"]["value"]) == ("conflict", "日均80分钟")
    assert FieldConflict.objects.get().standing_by == cast.inspector_a, "one's own later word, at the office"


def test_details_of_a_problem_that_is_none_any_more_are_not_lost(cast: Cast, visit: Visit) -> None:
    phone = Phone(cast.inspector_a)
    phone.fills(visit, CODE, value="problem", text="日均75分钟")
    phone.sends()
    on_the_screen(visit, cast.team_inspector, "meets")
    phone.fills(visit, CODE, text="三年级日均75分钟")
    assert phone.sends()[-1]["status"] == "conflict"
    row = FieldConflict.objects.get()
    assert (row.field, row.offered["text"]) == ("value", "三年级日均75分钟")
    assert finding(visit).text == ""


def test_who_comes_round_to_the_other_view_settles_it(visit: Visit, pair: tuple[Phone, Phone]) -> None:
    collide(visit, pair)
    pair[1].fills(visit, CODE, value="meets")
    assert pair[1].sends()[-1]["status"] == "applied"
    row = FieldConflict.objects.get()
    assert (row.chosen, row.settled_by) == ("standing", pair[1].user)


# --- Choosing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "value", "text"), [("standing", "meets", ""), ("offered", "problem", "日均75分钟")]
)
def test_a_person_chooses_and_the_other_version_stays(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone], chosen: str, value: str, text: str
) -> None:
    row = collide(visit, pair)
    client = signed_in(cast.supervision)
    page = text_of(client.get(f"/sync/conflicts/{row.pk}/"))
    for words in (
        "先到的一版",
        "后到的一版",
        "符合",
        "有问题",
        "日均75分钟",
        "30天",
        cast.team_inspector.name,
    ):
        assert words in page
    assert "R04" not in page
    assert submit(client, f"/sync/conflicts/{row.pk}/", {}, version=row.version).status_code == 200
    answer = submit(client, f"/sync/conflicts/{row.pk}/", {"chosen": chosen}, version=row.version)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.chosen, row.settled_by) == (chosen, cast.supervision)
    assert (finding(visit).value, finding(visit).text) == (value, text)
    assert (row.standing, row.offered["text"]) == ({"value": "meets"}, "日均75分钟")
    if chosen == "offered":
        assert finding(visit).updated_by == cast.team_inspector, "who found it"
    again = submit(client, f"/sync/conflicts/{row.pk}/", {"chosen": chosen}, version=row.version - 1)
    assert again.status_code == 409
    assert "已选定1项" in text_of(signed_in(cast.inspector_a).get(f"/visits/{visit.no}/"))


def test_only_who_goes_on_the_visit_and_the_office_choose(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone]
) -> None:
    row = collide(visit, pair)
    for who in (cast.inspector_b, cast.task_force, cast.head_a1):
        assert signed_in(who).get(f"/sync/conflicts/{row.pk}/").status_code in (403, 404)
        with pytest.raises(NotAllowed):
            finding_conflicts.settle(conflict_id=row.pk, actor=who, version=None, chosen="offered")
    finding_conflicts.settle(conflict_id=row.pk, actor=cast.inspector_a, version=None, chosen="standing")
    with pytest.raises(WrongState):
        finding_conflicts.settle(conflict_id=row.pk, actor=cast.inspector_a, version=None, chosen="offered")


@pytest.mark.parametrize(("chosen", "registered"), [("standing", 0), ("offered", 1)])
def test_a_problem_in_dispute_is_registered_when_somebody_chose(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone], chosen: str, registered: int
) -> None:
    """The record is confirmed all the same; the other problems of the visit are registered with it."""
    row = collide(visit, pair)
    pair[0].fills(visit, "R02-1", value="problem", text="没有课表")
    pair[0].ends(visit)
    pair[0].confirms(visit)
    assert [one["status"] for one in pair[0].sends()[1:]] == ["applied"] * 3
    assert set(Problem.objects.values_list("fact", flat=True)) == {"没有课表"}
    finding_conflicts.settle(conflict_id=row.pk, actor=cast.supervision, version=None, chosen=chosen)
    found = Problem.objects.filter(fact="日均75分钟")
    assert found.count() == registered
    if registered:
        assert found.get().found_by == cast.team_inspector


def test_a_standing_problem_in_dispute_waits_too(cast: Cast, visit: Visit, pair: tuple[Phone, Phone]) -> None:
    first, second = pair
    first.fills(visit, CODE, value="problem", text="日均75分钟")
    second.fills(visit, CODE, value="meets")
    first.sends()
    assert second.sends()[0]["status"] == "conflict"
    common: dict[str, Any] = {"visit_id": visit.pk, "actor": cast.inspector_a, "version": None}
    visits.end(summary="意见", **common)
    visits.confirm(unit_person="黄勇", **common)
    assert Problem.objects.count() == 0
    row = FieldConflict.objects.get()
    finding_conflicts.settle(conflict_id=row.pk, actor=cast.inspector_a, version=None, chosen="standing")
    assert Problem.objects.get().fact == "日均75分钟"


# --- Where it is seen -----------------------------------------------------------------


def desk_words(user: Any) -> list[str]:
    return [row.what for group in desk.desk_of(user).groups for row in group.rows]


def test_conflicts_and_refusals_wait_on_the_desk_and_at_the_visit(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone]
) -> None:
    collide(visit, pair)
    pair[1].tap("finding", visit, item="R99-9", fields={"text": {"old": "", "new": "记在手机上的话"}})
    pair[1].sends()
    for who in (cast.inspector_a, cast.team_inspector, cast.supervision):
        assert "选定检查结果" in desk_words(who)
    assert "处理未能写入的内容" in desk_words(cast.team_inspector)
    assert "处理未能写入的内容" in desk_words(cast.supervision)
    assert "处理未能写入的内容" not in desk_words(cast.inspector_a), "what another one's phone sent"
    assert "选定检查结果" not in desk_words(cast.inspector_b)
    page = text_of(signed_in(cast.team_inspector).get(f"/visits/{visit.no}/"))
    assert "待处理2项" in page
    assert "手机上传" not in text_of(signed_in(cast.head_a1).get(f"/visits/{visit.no}/"))


def test_what_was_refused_is_read_whole_and_handled_in_words(cast: Cast, visit: Visit) -> None:
    phone = Phone(cast.team_inspector)
    phone.tap("finding", visit, item="R99-9", fields={"text": {"old": "", "new": "记在手机上的话"}})
    phone.sends()
    row = SyncOperation.objects.get(status="refused")
    office, own = signed_in(cast.supervision), phone.client
    for client in (office, own):
        assert "记在手机上的话" in text_of(client.get("/sync/refused/"))
        assert "记在手机上的话" in text_of(client.get(f"/sync/refused/{row.pk}/"))
    assert signed_in(cast.inspector_a).get(f"/sync/refused/{row.pk}/").status_code == 404
    address = f"/sync/refused/{row.pk}/"
    assert "请写明怎样处理" in text_of(submit(office, address, {"words": " "}, version=1))
    assert submit(office, address, {"words": "已在网页补填"}, version=1).status_code == 302
    row.refresh_from_db()
    assert (row.handled_words, row.handled_by) == ("已在网页补填", cast.supervision)
    assert "这一类现在没有" in text_of(office.get("/sync/refused/"))
    assert "记在手机上的话" in text_of(office.get("/sync/refused/?tab=handled"))
    assert submit(own, address, {"words": "再写一次"}, version=1).status_code == 409


def test_the_lists_cost_the_same_however_long(
    cast: Cast, visit: Visit, pair: tuple[Phone, Phone], django_assert_max_num_queries: Any
) -> None:
    first, second = pair
    for code in ("R02-1", "R02-2", "R04-1", "R04-2"):
        first.fills(visit, code, value="meets")
        second.fills(visit, code, value="na")
        second.tap("finding", visit, item="R99-9", fields={"text": {"old": "", "new": code}})
    first.sends()
    second.sends()
    client = signed_in(cast.supervision)
    for address in ("/sync/conflicts/", "/sync/refused/", f"/visits/{visit.no}/"):
        client.get(address)
        with django_assert_max_num_queries(25):
            assert client.get(address).status_code == 200


def test_ones_phones_stand_on_ones_account_page_and_can_be_stopped(cast: Cast) -> None:
    phone = Phone(cast.inspector_a)
    client = signed_in(cast.inspector_a)
    assert "Chromium · Android" in text_of(client.get("/me/"))
    assert "督导用的手机" not in text_of(signed_in(cast.inspector_b).get("/me/"))
    move = f"/sync/devices/{phone.row.pk}/revoke/"
    assert submit(signed_in(cast.inspector_b), move, {}, version=1).status_code == 404
    assert submit(client, move, {}, version=1).status_code == 302
    assert "已停用" in text_of(client.get("/me/"))
    assert submit(client, move, {}, version=1).status_code == 409
    assert submit(client, f"/sync/devices/{phone.row.pk}/restore/", {}, version=2).status_code == 302
    assert "使用中" in text_of(client.get("/me/"))
