"""停办, 注销 and 合并 through their pages: what ends, follows and stays, who is told, all or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from inspections.models import RectificationTask, Sanction, SelfCheck, Visit
from inspections.workflows import closing
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast, assemble
from tests.inspections.sanctioning import bring_to, instructed
from tests.registry import open_duties, signed_in, submit, text_of
from tutoring.models import Institution


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def fresh(unit: Organisation) -> Organisation:
    return Organisation.objects.get(pk=unit.pk)


def merge(cast: Cast, who: str = "task_force", *, version: int | None = None, **changed: Any) -> Any:
    fields = {"into": cast.a2.code, "on": "2026-08-31", "document_no": "云教〔2026〕15号"} | changed
    unit = fresh(cast.a1)
    return submit(
        signed_in(cast.people[who]), f"/units/{unit.code}/merge/", fields, version=version or unit.version
    )


def close(cast: Cast, unit: Organisation, who: str = "task_force", **changed: Any) -> Any:
    fields = {"on": "2026-08-31", "document_no": "云教〔2026〕16号", "taken_over_by": ""} | changed
    unit = fresh(unit)
    return submit(signed_in(cast.people[who]), f"/units/{unit.code}/close/", fields, version=unit.version)


# --- 合并 ---------------------------------------------------------------------


def test_the_preview_says_what_will_happen_and_changes_nothing(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    entries = AuditEntry.objects.count()
    asked = {"into": cast.a2.code, "on": "2026-08-31", "document_no": "云教〔2026〕15号"}
    page = text_of(signed_in(cast.task_force).get(f"/units/{cast.a1.code}/merge/", asked))
    assert "把“城关小学”合并到“实验学校”？" in page
    assert "未提交的自查1次" in page and duties["filling"].no in page and duties["accepted"].no not in page
    assert (
        "未销号的问题1个" in page and "由实验学校继续整改，期限不变" in page and duties["problem"].no in page
    )
    assert "还没开始的督导1次" in page
    assert fresh(cast.a1).status == "active"
    assert AuditEntry.objects.count() == entries


def test_one_screen_names_people_problems_and_checks_before_anything_is_chosen(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    page = text_of(signed_in(cast.task_force).get(f"/units/{cast.a1.code}/merge/"))
    assert "合并时一并办理" in page
    assert "李静 学校管理员" in page and "黄勇 校长" in page
    assert "现任负责人1人" in page and "黄勇（校长）" in page
    assert duties["filling"].no in page and duties["problem"].no in page


def test_the_head_of_the_merged_unit_heads_it_until_that_day(cast: Cast) -> None:
    merge(cast)
    assert str(fresh(cast.a1).headships.get().to_on) == "2026-08-31"
    assert fresh(cast.b1).headships.get().to_on is None
    entry = AuditEntry.objects.get(action="inspections.unit.merged")
    assert entry.after["terms_ended"] == 1


def test_a_merger_keeps_history_ends_open_checks_and_hands_over_open_problems(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    assert merge(cast).url == f"/units/{cast.a1.code}/"
    unit = fresh(cast.a1)
    assert (unit.status, unit.successor, unit.filer, unit.code) == ("merged", cast.a2, cast.a2, "3152000001")
    assert str(unit.closed_on) == "2026-08-31"
    assert SelfCheck.objects.get(pk=duties["filling"].pk).state == "ended"
    assert SelfCheck.objects.get(pk=duties["accepted"].pk).state == "accepted"
    assert Visit.objects.get(pk=duties["visit"].pk).state == "cancelled"
    task = RectificationTask.objects.get(pk=duties["task"].pk)
    assert (task.state, task.due_on, task.problem.organisation) == ("rectifying", duties["task"].due_on, unit)


def test_the_successors_people_see_and_answer_the_handed_over_problem(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    problem = f"/problems/{duties['problem'].no}/"
    assert signed_in(cast.clerk_a2).get(problem).status_code == 404
    merge(cast)
    client = signed_in(cast.clerk_a2)
    page = client.get(problem)
    assert page.status_code == 200
    assert "单位停办或合并，转由接办单位整改" in text_of(page)
    assert cast.clerk_a2.has_perm(
        "inspections.prove_task", RectificationTask.objects.get(pk=duties["task"].pk)
    )
    assert "并入 城关小学" in text_of(client.get(f"/units/{cast.a2.code}/"))
    assert "合并到 实验学校" in text_of(client.get(f"/units/{cast.a1.code}/"))


def test_each_thing_that_ends_or_moves_has_its_journal_entry(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    merge(cast)
    assert audit.story_of(cast.a1).get().action == "inspections.unit.merged"
    assert audit.story_of(cast.a2).get().action == "inspections.unit.absorbed"
    assert audit.story_of(duties["filling"]).get().action == "inspections.check.ended"
    assert audit.story_of(duties["task"]).get().action == "inspections.task.handed_over"
    assert audit.story_of(duties["visit"]).get().action == "inspections.visit.cancel"
    assert audit.verify_chain() == []


def test_both_units_the_inspectors_and_the_security_administrator_are_told_once(cast: Cast) -> None:
    open_duties(cast.a1, cast.task_force)
    merge(cast)
    told = Notification.objects.filter(kind="unit.merged")
    names = {note.recipient.username for note in told}
    assert {"clerk_a1", "head_a1", "clerk_a2", "inspector_a"} == names
    assert told.count() == 4
    note = told.first()
    assert (note.title, note.body) == ("城关小学并入实验学校", "未销号的1个问题由实验学校继续整改")
    assert Notification.objects.get(kind="unit.posts").recipient == cast.security_admin


def test_what_the_merged_unit_filled_in_for_goes_to_the_successor_without_a_chain(cast: Cast) -> None:
    point = Organisation.objects.create(kind="school", code="YX-S001", name="柳沟教学点", filer=cast.a1)
    merge(cast)
    assert fresh(point).filer == cast.a2
    assert not Organisation.objects.filter(filer__filer__isnull=False).exists()


def test_merging_into_a_unit_that_was_filled_in_for_makes_no_circle(cast: Cast) -> None:
    cast.a2.filer = cast.a1
    cast.a2.save()
    merge(cast)
    assert fresh(cast.a2).filer is None
    assert fresh(cast.a1).filer == cast.a2


def test_merging_into_a_unit_with_another_filer_makes_no_chain(cast: Cast) -> None:
    cast.a2.filer = cast.b1
    cast.a2.save()
    merge(cast)
    assert fresh(cast.a1).filer == cast.b1
    assert fresh(cast.a1).successor == cast.a2


def test_a_second_merger_carries_the_first_along(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    merge(cast)
    unit = fresh(cast.a2)
    fields = {"into": cast.b1.code, "on": "2026-09-30", "document_no": "云教〔2026〕20号"}
    submit(signed_in(cast.task_force), f"/units/{unit.code}/merge/", fields, version=unit.version)
    assert fresh(cast.a1).filer == cast.b1
    assert fresh(cast.a1).successor == cast.a2, "lineage is told as it was"
    assert signed_in(cast.clerk_b1).get(f"/problems/{duties['problem'].no}/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"into": ""}, "请选择合并到"),
        ({"into": "3152000001"}, "合并到不在可选范围内"),
        ({"into": "91520000MA6XXXXX05"}, "合并到不在可选范围内"),
        ({"into": "YX-Q01"}, "合并到不在可选范围内"),
        ({"into": "'; DROP"}, "合并到不在可选范围内"),
        ({"on": "2999-01-01"}, "日期不能晚于今天"),
        ({"on": ""}, "请填写日期"),
        ({"on": "明天"}, "日期要写成日期"),
        ({"document_no": ""}, "请填写文号"),
        ({"document_no": "长" * 61}, "文号最多60字，现在是61字"),
    ],
)
def test_an_impossible_merger_is_refused_in_words(cast: Cast, changed: dict[str, str], words: str) -> None:
    answer = merge(cast, **changed)
    assert answer.status_code == 200
    assert words in text_of(answer)
    assert fresh(cast.a1).status == "active"


def test_a_merger_seen_before_a_change_is_refused(cast: Cast) -> None:
    assert merge(cast, version=cast.a1.version + 7).status_code == 409
    assert fresh(cast.a1).status == "active"


def test_an_ended_unit_cannot_end_again_nor_take_over(cast: Cast) -> None:
    merge(cast)
    assert merge(cast, into=cast.b1.code).status_code == 409
    assert close(cast, cast.a1).status_code == 409
    unit = fresh(cast.b1)
    fields = {"into": cast.a1.code, "on": "2026-09-01", "document_no": "x"}
    answer = submit(signed_in(cast.task_force), f"/units/{unit.code}/merge/", fields, version=unit.version)
    assert "合并到不在可选范围内" in text_of(answer)


def test_a_merger_that_breaks_half_way_leaves_everything_as_it_was(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    entries = AuditEntry.objects.count()

    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(closing.notices, "unit_merged", break_down)
    with pytest.raises(RuntimeError), transaction.atomic():
        closing.merge_unit(
            organisation_id=cast.a1.pk,
            actor=cast.task_force,
            version=None,
            into=cast.a2,
            on=clock.today(),
            document_no="x",
        )
    assert fresh(cast.a1).status == "active"
    assert SelfCheck.objects.get(pk=duties["filling"].pk).state == "filling"
    assert Visit.objects.get(pk=duties["visit"].pk).state == "planned"
    assert AuditEntry.objects.count() == entries


# --- 停办, 注销 ----------------------------------------------------------------


def test_a_closed_school_keeps_its_open_problem_with_its_own_people(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    assert close(cast, cast.a1).status_code == 302
    unit = fresh(cast.a1)
    assert (unit.status, unit.filer, unit.closing_document) == ("closed", None, "云教〔2026〕16号")
    assert SelfCheck.objects.get(pk=duties["filling"].pk).state == "ended"
    assert RectificationTask.objects.get(pk=duties["task"].pk).state == "rectifying"
    assert signed_in(cast.clerk_a1).get(f"/problems/{duties['problem'].no}/").status_code == 200
    page = text_of(signed_in(cast.task_force).get(f"/units/{unit.code}/"))
    assert "2026年8月31日停办" in page
    assert "未销号的1个问题由原单位人员继续整改" in page


def test_a_closed_schools_problems_can_be_taken_over(cast: Cast) -> None:
    duties = open_duties(cast.a1, cast.task_force)
    close(cast, cast.a1, taken_over_by=cast.a2.code)
    assert (fresh(cast.a1).status, fresh(cast.a1).filer, fresh(cast.a1).successor) == (
        "closed",
        cast.a2,
        None,
    )
    assert signed_in(cast.clerk_a2).get(f"/problems/{duties['problem'].no}/").status_code == 200


def test_closing_lets_those_it_filled_in_for_fill_in_for_themselves(cast: Cast) -> None:
    point = Organisation.objects.create(kind="school", code="YX-S001", name="柳沟教学点", filer=cast.a1)
    close(cast, cast.a1)
    assert fresh(point).filer is None


def test_a_cancelled_institution_is_marked_as_such(cast: Cast) -> None:
    assert "注销" in text_of(signed_in(cast.task_force).get(f"/units/{cast.a3.code}/close/"))
    close(cast, cast.a3)
    assert fresh(cast.a3).status == "closed"
    assert Institution.objects.get(pk=cast.a3.pk).operating_status == "cancelled"


# --- 约谈、通报 ---------------------------------------------------------------


def open_sanctions(cast: Cast) -> tuple[Sanction, Sanction]:
    """One that is only instructed, one that is handled and waits for its commitment."""
    handled = bring_to(cast, instructed(cast), "handled")
    return instructed(cast, kind="circular"), handled


def test_open_sanctions_stand_on_the_screen_and_follow_to_the_successor(cast: Cast) -> None:
    waiting, handled = open_sanctions(cast)
    asked = {"into": cast.a2.code, "on": "2026-08-31", "document_no": "云教〔2026〕15号"}
    page = text_of(signed_in(cast.task_force).get(f"/units/{cast.a1.code}/merge/", asked))
    assert "没有办结的约谈通报2件" in page and waiting.no in page and handled.no in page
    assert "由实验学校接着办理" in page
    merge(cast)
    assert [Sanction.objects.get(pk=one.pk).state for one in (waiting, handled)] == ["instructed", "handled"]
    for one in (waiting, handled):
        entry = AuditEntry.objects.get(action="inspections.sanction.handed_over", subject_id=one.pk)
        assert entry.after["to"] == cast.a2.pk
    client = signed_in(cast.people["clerk_a2"])
    assert client.get(f"/sanctions/{handled.no}/").status_code == 200
    assert client.get(f"/sanctions/{waiting.no}/").status_code == 404, "not issued yet"
    assert AuditEntry.objects.get(action="inspections.unit.merged").after["sanctions_handed_over"] == 2


def test_a_closure_without_a_taker_ends_what_was_not_served_and_leaves_the_rest(cast: Cast) -> None:
    waiting, handled = open_sanctions(cast)
    page = text_of(signed_in(cast.task_force).get(f"/units/{cast.a1.code}/close/"))
    assert "没有办结的约谈通报2件" in page and "还没通知单位的不再办理" in page
    close(cast, cast.a1)
    ended = Sanction.objects.get(pk=waiting.pk)
    assert (ended.state, ended.revoke_words) == ("revoked", "“城关小学”已停办，不再办理")
    assert Sanction.objects.get(pk=handled.pk).state == "handled"
    entry = AuditEntry.objects.get(action="inspections.sanction.ended")
    assert (entry.subject_no, entry.before["state"], entry.after["state"]) == (
        waiting.no,
        "instructed",
        "revoked",
    )
    told = Notification.objects.get(kind="sanction.ended")
    assert (told.recipient, told.title) == (cast.leader, f"通报{waiting.no}不再办理")
    client = signed_in(cast.clerk_a1)
    assert client.get(f"/sanctions/{handled.no}/").status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("task_force", 200),
        ("leader", 403),
        ("supervision", 403),
        ("inspector_a", 403),
        ("clerk_a1", 403),
        ("head_a1", 403),
        ("clerk_b1", 403),
        ("system_admin", 403),
        ("security_admin", 403),
        ("stranger", 403),
    ],
)
def test_only_the_task_force_ends_a_unit(cast: Cast, who: str, status: int) -> None:
    client = signed_in(cast.people[who])
    for page in ("close", "merge"):
        assert client.get(f"/units/{cast.a1.code}/{page}/").status_code == status
    if status == 403:
        assert close(cast, cast.a1, who).status_code == 403
        assert merge(cast, who).status_code == 403
        assert fresh(cast.a1).status == "active"


def test_the_workflow_asks_again_whoever_calls_it(cast: Cast) -> None:
    common: dict[str, Any] = {"version": None, "on": clock.today(), "document_no": "x"}
    with pytest.raises(NotAllowed):
        closing.close_unit(organisation_id=cast.a1.pk, actor=cast.leader, **common)
    for into in (cast.a1, cast.a3):
        with pytest.raises(Refused):
            closing.merge_unit(organisation_id=cast.a1.pk, actor=cast.task_force, into=into, **common)
    closing.close_unit(organisation_id=cast.a1.pk, actor=cast.task_force, **common)
    with pytest.raises(WrongState):
        closing.close_unit(organisation_id=cast.a1.pk, actor=cast.task_force, **common)


def test_the_buttons_go_when_a_unit_has_ended(cast: Cast) -> None:
    close(cast, cast.a1)
    page = signed_in(cast.task_force).get(f"/units/{cast.a1.code}/").content.decode()
    for gone in ("/close/", "/merge/", "/problems/new/", "/visits/new/"):
        assert gone not in page
