"""Visits: planning by kind and permission, the machine, the checklist, the record and its problems."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.models import FindingPhoto, Problem, RectificationTask, Visit, VisitFinding
from inspections.workflows import visit_findings, visits
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, item, later
from tests.inspections.visiting import ON_PLAN, begun, planned

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")
STATES = Visit.State.values


def sees(visit: Visit, actor: User, code: str, value: str = "meets", **more: Any) -> VisitFinding:
    more.setdefault("version", None)
    return visit_findings.save_finding(visit_id=visit.pk, item=item(code), actor=actor, value=value, **more)


def photo(by: User) -> StoredFile:
    return StoredFile.objects.create(
        sha256="a" * 64,
        size=1000,
        content_type="image/jpeg",
        original_name="公示栏.jpg",
        uploader=by,
        uploaded_at=clock.now(),
    )


def confirmed(visit: Visit, actor: User, **words: str) -> Visit:
    visits.end(visit_id=visit.pk, actor=actor, version=None, summary="请统筹作业总量。")
    words = words or {"unit_person": "黄勇", "unit_person_post": "校长"}
    return visits.confirm(visit_id=visit.pk, actor=actor, version=None, **words)


def told(cast: Cast, kind: str) -> set[str]:
    names = {user.pk: name for name, user in cast.people.items()}
    rows = Notification.objects.filter(kind=kind)
    return {names[pk] for pk in rows.values_list("recipient_id", flat=True)}


# --- Planning ----------------------------------------------------------------------


def test_a_visit_gets_number_term_and_one_entry_and_the_unit_hears_nothing(cast: Cast) -> None:
    visit = planned(cast)
    assert (visit.no, visit.state) == ("2026-V0001", "planned")
    assert visit.term is not None
    assert visit.term.code == "2026-autumn"
    assert AuditEntry.objects.get().action == "inspections.visit.planned"
    assert told(cast, "visit.planned") == {"inspector_a"}
    assert Notification.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "least"), [("regular", 1), ("special", 3), ("county_check", 2), ("look_back", 1)]
)
def test_each_kind_has_its_least_team(cast: Cast, kind: str, least: int) -> None:
    crew = [cast.inspector_a, cast.inspector_b, cast.team_inspector]
    with pytest.raises(Refused, match=f"至少要{least}名督学，现在选了{least - 1}名"):
        planned(cast, kind=kind, inspectors=crew[: least - 1])
    with pytest.raises(Refused):
        planned(cast, kind=kind, inspectors=[cast.inspector_a] * 3 if least > 1 else [])
    assert planned(cast, kind=kind, inspectors=crew[:least]).members.count() == least


def test_a_special_supervision_is_announced_to_the_unit_and_visible_to_it(cast: Cast) -> None:
    crew = [cast.inspector_a, cast.inspector_b, cast.team_inspector]
    special = planned(cast, kind="special", inspectors=crew, planned_on=later(3))
    assert told(cast, "visit.announced") == {"clerk_a1", "head_a1"}
    assert list(Visit.objects.visible_to(cast.head_a1)) == [special]  # type: ignore[attr-defined]


def test_an_unannounced_visit_does_not_exist_for_the_unit_before_it_begins(cast: Cast) -> None:
    visit = planned(cast)
    for who in (cast.clerk_a1, cast.head_a1, cast.clerk_b1, cast.inspector_b, cast.team_inspector):
        assert not Visit.objects.visible_to(who).exists()  # type: ignore[attr-defined]
    visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    assert list(Visit.objects.visible_to(cast.head_a1)) == [visit]  # type: ignore[attr-defined]
    assert not Visit.objects.visible_to(cast.clerk_b1).exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("who", "papers", "error"),
    [
        ("task_force", ON_PLAN, None),
        ("supervision", {}, NotAllowed),
        ("task_force", {"plan_name": "计划"}, NotAllowed),
        ("supervision", {"off_plan_reason": "突发"}, NotAllowed),
        ("leader", {}, Refused),
        ("leader", {"off_plan_reason": "家长集中反映"}, None),
    ],
)
def test_off_the_yearly_list_only_the_leader_launches_with_a_reason(
    cast: Cast, who: str, papers: dict[str, str], error: type[Exception] | None
) -> None:
    said = {"plan_name": "", "approval_no": ""} | papers
    if error is None:
        assert planned(cast, actor=cast.people[who], **said).created_by == cast.people[who]
    else:
        with pytest.raises(error):
            planned(cast, actor=cast.people[who], **said)
        assert Visit.objects.count() == 0


def test_a_visit_is_not_planned_for_yesterday(cast: Cast) -> None:
    with pytest.raises(Refused, match="计划日期不能早于今天"):
        planned(cast, planned_on=later(-1))


# --- Every state × move × person ----------------------------------------------------------------------
# Named for the visit: inspector_a and team_inspector. By hand, not read from the product's table.
CREW = {"inspector_a", "team_inspector"}
EXPECTED: dict[tuple[str, str], set[str]] = {
    ("planned", "start"): CREW,
    ("planned", "cancel"): CREW | {"supervision", "task_force"},
    ("ongoing", "end"): CREW,
    ("summing_up", "reopen"): CREW,
    ("summing_up", "confirm"): CREW,
    ("summing_up", "sign-on-paper"): CREW,
    ("summing_up", "confirm-by-scan"): CREW,
    ("confirmed", "attach-scan"): CREW,
}
RUN: dict[str, Callable[[Visit, User], Visit]] = {
    "start": lambda visit, actor: visits.start(visit_id=visit.pk, actor=actor, version=visit.version),
    "end": lambda visit, actor: visits.end(
        visit_id=visit.pk, actor=actor, version=visit.version, summary="意见"
    ),
    "reopen": lambda visit, actor: visits.reopen(visit_id=visit.pk, actor=actor, version=visit.version),
    "confirm": lambda visit, actor: visits.confirm(
        visit_id=visit.pk, actor=actor, version=visit.version, unit_person="黄勇"
    ),
    "sign-on-paper": lambda visit, actor: visits.sign_on_paper(
        visit_id=visit.pk, actor=actor, version=visit.version
    ),
    "confirm-by-scan": lambda visit, actor: visits.confirm_by_scan(
        visit_id=visit.pk, actor=actor, version=visit.version, scan=photo(actor)
    ),
    "attach-scan": lambda visit, actor: visits.attach_scan(
        visit_id=visit.pk, actor=actor, version=visit.version, scan=photo(actor)
    ),
    "cancel": lambda visit, actor: visits.cancel(
        visit_id=visit.pk, actor=actor, version=visit.version, words="学校停课"
    ),
}
TARGETS = {
    "start": "ongoing",
    "end": "summing_up",
    "reopen": "ongoing",
    "confirm": "confirmed",
    "confirm-by-scan": "confirmed",
    "cancel": "cancelled",
}


def visit_in(cast: Cast, state: str) -> Visit:
    visit = planned(cast, inspectors=[cast.inspector_a, cast.team_inspector])
    if state == "planned":
        return visit
    if state == "cancelled":
        return visits.cancel(visit_id=visit.pk, actor=cast.supervision, version=None, words="停课")
    visits.start(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    sees(visit, cast.inspector_a, "R04-1")
    if state in ("summing_up", "confirmed"):
        visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    if state == "confirmed":
        visits.confirm(visit_id=visit.pk, actor=cast.inspector_a, version=None, unit_person="黄勇")
    return Visit.objects.get(pk=visit.pk)


@pytest.mark.parametrize("state", STATES)
def test_every_move_by_everybody_does_what_the_table_says_and_nothing_else(cast: Cast, state: str) -> None:
    visit = visit_in(cast, state)
    sources = {move: {cell[0] for cell in EXPECTED if cell[1] == move} for move in RUN}
    for move, run in RUN.items():
        for name, user in cast.people.items():
            entries = AuditEntry.objects.count()
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        run(visit, user)
                    outcome = Visit.objects.get(pk=visit.pk).state
                    assert AuditEntry.objects.count() == entries + 1
                except (NotAllowed, WrongState) as refused:
                    outcome = type(refused).__name__
                    assert AuditEntry.objects.count() == entries
                transaction.set_rollback(True)
            if state not in sources[move]:
                expected = "WrongState"
            elif name in EXPECTED[state, move]:
                expected = TARGETS.get(move, state)
            else:
                expected = "NotAllowed"
            assert outcome == expected, (move, name)
            offered = move in visits.MACHINE.open_moves(visit, user)
            assert offered is (name in EXPECTED.get((state, move), set())), (move, name)


def test_a_cancelled_visit_says_why(cast: Cast) -> None:
    visit = planned(cast)
    with pytest.raises(Refused, match="请写明取消的理由"):
        visits.cancel(visit_id=visit.pk, actor=cast.supervision, version=None, words=" ")


# --- The checklist ----------------------------------------------------------------------


def test_beginning_lays_out_the_items_that_concern_the_unit(cast: Cast) -> None:
    visit = begun(cast)
    codes = set(visit.findings.values_list("item__code", flat=True))
    assert {"R04-1", "R04-2", "R07-1"} <= codes
    assert "R04-3" not in codes  # junior grades, which A1 has not
    assert not any(code.startswith("R13") for code in codes)  # an institution's
    assert set(visit.findings.values_list("value", flat=True)) == {""}  # nothing is 符合 by itself


def test_a_tap_is_kept_with_one_entry_and_the_next_version(cast: Cast) -> None:
    visit = begun(cast)
    entries = AuditEntry.objects.count()
    finding = sees(visit, cast.inspector_a, "R04-1", version=1)
    assert (finding.value, finding.version, finding.updated_by) == ("meets", 2, cast.inspector_a)
    assert AuditEntry.objects.count() == entries + 1


def test_a_colleagues_newer_entry_is_not_overwritten(cast: Cast) -> None:
    visit = begun(cast, inspectors=[cast.inspector_a, cast.team_inspector])
    sees(visit, cast.inspector_a, "R04-1", version=1)
    with pytest.raises(StaleRow):
        sees(visit, cast.team_inspector, "R04-1", "na", version=1)
    assert VisitFinding.objects.get(visit=visit, item__code="R04-1").value == "meets"


def test_a_problem_without_words_takes_the_place_of_met_and_counts_as_unseen(cast: Cast) -> None:
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R04-2")
    draft = sees(visit, cast.inspector_a, "R04-2", "problem", text="  ")
    assert (draft.value, draft.is_undescribed) == ("", True)
    visit_findings.add_photos(
        visit_id=visit.pk, item=item("R04-2"), actor=cast.inspector_a, photos=[photo(cast.inspector_a)]
    )
    sees(visit, cast.inspector_a, "R04-1")
    with pytest.raises(Refused, match="4-2选了“有问题”，还没有写明问题"):
        visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    whole = sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟", due_days=7)
    assert (whole.value, whole.due_days, whole.photos.count()) == ("problem", 7, 1)


def test_what_belongs_to_a_problem_goes_when_the_item_is_met_after_all(cast: Cast) -> None:
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R07-1", "problem", text="公布排名", breaks_prohibition=True, due_days=7)
    met = sees(visit, cast.inspector_a, "R07-1")
    assert (met.text, met.due_days, met.breaks_prohibition, met.at_once) == ("", None, False, False)


@pytest.mark.parametrize(
    ("code", "more", "sentence"),
    [
        ("R04-2", {"due_days": 90}, "请选择整改期限：7天、15天或30天"),
        ("R02-1", {"breaks_prohibition": True}, "这个检查项没有对应的严禁或不得"),
        ("R04-3", {}, "这个检查项不在本次督导的清单里"),
        ("R13-1", {}, "这个检查项不在本次督导的清单里"),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, code: str, more: dict[str, Any], sentence: str) -> None:
    visit = begun(cast)
    with pytest.raises(Refused, match=sentence):
        sees(visit, cast.inspector_a, code, "problem", text="事实", **more)


@pytest.mark.parametrize("who", ["inspector_b", "supervision", "leader", "head_a1"])
def test_only_the_named_write_on_the_checklist(cast: Cast, who: str) -> None:
    visit = begun(cast)
    with pytest.raises(NotAllowed):
        sees(visit, cast.people[who], "R04-1")
    with pytest.raises(NotAllowed):
        visit_findings.add_photos(
            visit_id=visit.pk, item=item("R04-1"), actor=cast.people[who], photos=[photo(cast.leader)]
        )


@pytest.mark.parametrize("state", ["planned", "summing_up", "confirmed", "cancelled"])
def test_the_checklist_is_written_only_while_the_visit_is_under_way(cast: Cast, state: str) -> None:
    visit = visit_in(cast, state)
    with pytest.raises(WrongState, match="督导不在进行中"):
        sees(visit, cast.inspector_a, "R04-1")


# --- The record ----------------------------------------------------------------------


def test_a_visit_in_which_nothing_was_looked_at_does_not_end(cast: Cast) -> None:
    visit = begun(cast)
    with pytest.raises(Refused, match="还没有查任何一项"):
        visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")


def test_a_red_line_needs_one_picture_and_nothing_else_does(cast: Cast) -> None:
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟")
    broken: dict[str, Any] = {"text": "公布排名", "breaks_prohibition": True, "due_days": 7}
    sees(visit, cast.inspector_a, "R07-1", "problem", **broken)
    with pytest.raises(Refused, match="7-1是红线问题，请至少拍1张照片"):
        visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    sees(visit, cast.inspector_a, "R07-1", "problem", photos=[photo(cast.inspector_a)], **broken)
    ended = visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    assert (ended.state, ended.record_no) == ("summing_up", "现2026-00-0001")


def test_the_record_keeps_its_number_when_it_is_reopened(cast: Cast) -> None:
    visit = visit_in(cast, "summing_up")
    visits.reopen(visit_id=visit.pk, actor=cast.inspector_a, version=None)
    again = visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="改过的意见")
    assert (again.record_no, again.summary) == ("现2026-00-0001", "改过的意见")
    assert visit_in(cast, "summing_up").record_no == "现2026-00-0002"


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"unit_person": "  "},
        {"refused_reason": "不认可"},
        {"witness": "村委会王某"},
        {"unit_person": "黄勇", "refused_reason": "不认可", "witness": "王某"},
    ],
)
def test_the_record_is_confirmed_by_both_or_the_refusal_witnessed(cast: Cast, words: dict[str, str]) -> None:
    visit = visit_in(cast, "summing_up")
    with pytest.raises(Refused):
        visits.confirm(visit_id=visit.pk, actor=cast.inspector_a, version=None, **words)
    assert Visit.objects.get(pk=visit.pk).state == "summing_up"


def test_a_refusal_with_reason_and_witness_closes_the_record(cast: Cast) -> None:
    visit = visit_in(cast, "summing_up")
    done = visits.confirm(
        visit_id=visit.pk, actor=cast.inspector_a, version=None, refused_reason="不认可", witness="王某"
    )
    assert (done.state, done.unit_person, done.inspector_confirmed_by) == (
        "confirmed",
        "",
        cast.inspector_a,
    )


@pytest.mark.parametrize(
    "broken", [{"unit_person": ""}, {"inspector_confirmed_by": None}, {"confirmed_at": None}]
)
def test_a_confirmed_record_without_its_confirmations_is_impossible(
    cast: Cast, broken: dict[str, Any]
) -> None:
    visit = visit_in(cast, "confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(**broken)


@pytest.mark.parametrize(
    "broken", [{"value": "problem", "text": ""}, {"item": "R04-1"}, {"record_no": "taken"}]
)
def test_the_database_refuses_undescribed_problems_doubled_items_and_numbers(
    cast: Cast, broken: dict[str, str]
) -> None:
    first, second = visit_in(cast, "summing_up"), begun(cast)
    rows: Any = second.findings.filter(item__code="R04-2")
    if "record_no" in broken:
        rows, broken = Visit.objects.filter(pk=second.pk), {"record_no": first.record_no}
    elif "item" in broken:
        broken = {"item": item("R04-1")}  # type: ignore[dict-item]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**broken)


# --- The problems it raises ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "origin"),
    [
        ("regular", "regular_supervision"),
        ("special", "government_supervision"),
        ("county_check", "county_inspection"),
        ("look_back", "regular_supervision"),
    ],
)
def test_every_problem_seen_is_registered_with_the_origin_of_the_kind(
    cast: Cast, kind: str, origin: str
) -> None:
    visit = begun(cast, kind=kind, inspectors=[cast.inspector_a, cast.inspector_b, cast.team_inspector])
    sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟", due_days=30)
    sees(visit, cast.team_inspector, "R12-4", "problem", text="集体早读", due_days=7)
    sees(visit, cast.inspector_a, "R04-1")
    confirmed(visit, cast.inspector_a)
    raised = {problem.item.code: problem for problem in Problem.objects.select_related("item")}  # type: ignore[union-attr]
    assert set(raised) == {"R04-2", "R12-4"}
    assert {problem.origin for problem in raised.values()} == {origin}
    assert raised["R12-4"].found_by == cast.team_inspector
    assert (raised["R12-4"].rectifying, raised["R04-2"].rectifying) == ("at_once", "by_date")
    assert RectificationTask.objects.get(problem=raised["R04-2"]).due_on == later(30)
    assert raised["R04-2"].source_finding.visit_id == visit.pk  # type: ignore[union-attr]


def test_a_broken_red_line_is_registered_as_one_and_goes_to_the_leader(cast: Cast) -> None:
    visit = begun(cast)
    sees(
        visit,
        cast.inspector_a,
        "R07-1",
        "problem",
        text="教室门口张贴排名",
        breaks_prohibition=True,
        due_days=7,
        photos=[photo(cast.inspector_a)],
    )
    confirmed(visit, cast.inspector_a)
    problem = Problem.objects.get()
    assert problem.is_red_line
    assert told(cast, "problem.red_line") == {"leader"}
    assert told(cast, "visit.confirmed") == {"clerk_a1", "head_a1"}
    assert FindingPhoto.objects.get().finding.at_once  # what breaks a prohibition must stop at once


def test_a_finding_registered_before_midnight_in_utc_keeps_the_countys_day(cast: Cast) -> None:
    visit = begun(cast)
    # 07:30 in Shanghai is still the day before in UTC.
    Visit.objects.filter(pk=visit.pk).update(started_at=clock.now().replace(hour=7, minute=30))
    sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟")
    confirmed(visit, cast.inspector_a)
    assert Problem.objects.get().found_on == date(2026, 11, 16)


def test_an_open_problem_of_the_item_is_not_doubled_but_gets_the_record(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying", code="R04-2")
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R04-2", "problem", text="仍有两个班")
    confirmed(visit, cast.inspector_a)
    assert Problem.objects.count() == 1
    assert AuditEntry.objects.filter(
        subject_no=task.no, action="inspections.problem.seen_again", after__record_no="现2026-00-0001"
    ).exists()


def test_a_closed_problem_relapses_and_a_lighter_one_does_not_swallow_the_finding(cast: Cast) -> None:
    closed = case_at_a1(cast, "closed", code="R04-2")
    case_at_a1(cast, "rectifying", code="R07-1")
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟")
    sees(
        visit,
        cast.inspector_a,
        "R07-1",
        "problem",
        text="张贴排名",
        breaks_prohibition=True,
        photos=[photo(cast.inspector_a)],
    )
    confirmed(visit, cast.inspector_a)
    assert Problem.objects.count() == 3
    again = RectificationTask.objects.get(ordinal=2)
    assert (again.problem, again.state) == (closed.problem, "planning")


def test_confirming_registers_all_or_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = begun(cast)
    sees(visit, cast.inspector_a, "R04-2", "problem", text="日均75分钟")
    sees(visit, cast.inspector_a, "R12-4", "problem", text="集体早读")
    visits.end(visit_id=visit.pk, actor=cast.inspector_a, version=None, summary="意见")
    register = visits.problems.register

    def fails_second(**fields: Any) -> Problem:
        if fields["item"].code == "R12-4":
            raise RuntimeError("power cut")
        return register(**fields)

    monkeypatch.setattr(visits.problems, "register", fails_second)
    with pytest.raises(RuntimeError):
        visits.confirm(visit_id=visit.pk, actor=cast.inspector_a, version=None, unit_person="黄勇")
    assert Problem.objects.count() == 0
    assert Visit.objects.get(pk=visit.pk).state == "summing_up"


def test_a_scan_is_put_to_the_record_and_the_former_one_stays_in_the_trail(cast: Cast) -> None:
    visit = visit_in(cast, "confirmed")
    scan = photo(cast.inspector_a)
    with_scan = visits.attach_scan(visit_id=visit.pk, actor=cast.inspector_a, version=None, scan=scan)
    assert with_scan.scan == scan
    visits.attach_scan(visit_id=visit.pk, actor=cast.inspector_a, version=None, scan=photo(cast.inspector_a))
    assert AuditEntry.objects.order_by("-seq")[0].before["scan"] == "a" * 64
