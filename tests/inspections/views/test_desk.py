"""待办: the first row of every role, what is left out for whom, and what the page costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.desk import DeskRow
from inspections.models import (
    Objection,
    Recheck,
    RectificationTask,
    Round,
    SelfCheck,
    Suggestion,
    SupervisionReport,
)
from inspections.workflows import rectification, visits
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Rulebook, Term
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, case_in, fresh, later, red_line
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


ALL_TERM = "填写登记档案"  # on a clerk's desk until all of his registers are filled in


def rows_of(cast: Cast, who: str) -> list[DeskRow]:
    answer = signed_in(cast.people[who]).get("/desk/")
    assert answer.status_code == 200
    rows = [row for group in answer.context["desk"].groups for row in group.rows]
    return [row for row in rows if row.what != ALL_TERM]


def first(cast: Cast, who: str) -> tuple[str, str] | None:
    rows = rows_of(cast, who)
    return (rows[0].what, rows[0].url) if rows else None


@pytest.fixture
def round_(cast: Cast, term: Term, policy: Rulebook) -> Round:
    return Round.objects.create(
        title="2026年秋季学期自查",
        term=term,
        rulebook=policy,
        unit_kinds=["school"],
        due_on=later(10),
        state="published",
        published_at=clock.now(),
        created_by=cast.task_force,
    )


def check(round_: Round, unit: Organisation, state: str, **more: Any) -> SelfCheck:
    submitted = clock.now() if state in ("submitted", "accepted") else None
    return SelfCheck.objects.create(
        no=f"2026-C{SelfCheck.objects.count() + 1:04}",
        round=round_,
        organisation=unit,
        due_on=later(10),
        state=state,
        submitted_at=submitted,
        **more,
    )


# Each state of a case → who finds it first on his desk, under which words; nobody else finds it at all.
DESKS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("planning", {}, {"clerk_a1": "提交整改计划", "head_a1": "提交整改计划"}),
    ("plan_review", {}, {"task_force": "审核整改计划", "inspector_a": "审核整改计划"}),
    (
        "plan_review",
        {"origin": "government_supervision"},
        {"task_force": "审核整改计划", "inspector_a": "审核整改计划", "supervision": "审核整改计划"},
    ),
    ("rectifying", {}, {"clerk_a1": "整改并申请销号", "head_a1": "整改并申请销号"}),
    (
        "rectifying",
        {"origin": "self_check", "light": True},
        {"clerk_a1": "改正并补充佐证", "head_a1": "改正后确认销号"},
    ),
    ("verifying", {}, {"task_force": "核查销号申请", "inspector_a": "核查销号申请"}),
    # who found a red line does not verify it
    ("verifying", {"prohibition": "red", "found_by": "task_force"}, {"inspector_a": "核查销号申请"}),
    ("verified", {}, {"task_force": "同意销号"}),
    ("verified", {"verified_by": "task_force"}, {}),
    ("verified", {"origin": "government_supervision"}, {"supervision": "同意销号"}),
    ("verified", {"prohibition": "red"}, {"leader": "同意销号"}),
    ("closed", {}, {}),
]


@pytest.mark.parametrize(("state", "case", "expected"), DESKS)
def test_a_case_lies_on_the_desk_of_who_must_act(
    cast: Cast, state: str, case: dict[str, Any], expected: dict[str, str]
) -> None:
    said = {**case, "prohibition": red_line()} if "prohibition" in case else dict(case)
    for name in ("found_by", "verified_by"):
        if name in said:
            said[name] = cast.people[said[name]]
    task = case_at_a1(cast, state, **said)
    found = {name: first(cast, name) for name in cast.people if cast.people[name].roles}
    assert {name: row for name, row in found.items() if row} == {
        name: (what, f"/problems/{task.no}/") for name, what in expected.items()
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("not_started", {"clerk_a1": "填写自查", "head_a1": "填写自查"}),
        ("filling", {"clerk_a1": "继续填写自查", "head_a1": "继续填写自查"}),
        ("confirming", {"clerk_a1": "待负责人确认自查", "head_a1": "确认自查"}),
        ("returned", {"clerk_a1": "按退回意见修改自查", "head_a1": "按退回意见修改自查"}),
        ("submitted", {"task_force": "审核自查"}),
        ("ended", {}),
    ],
)
def test_a_self_check_lies_on_the_desk_of_who_must_act(
    cast: Cast, round_: Round, state: str, expected: dict[str, str]
) -> None:
    row = check(round_, cast.a1, state)
    found = {name: first(cast, name) for name in ("clerk_a1", "head_a1", "clerk_b1", "task_force", "leader")}
    assert {name: one for name, one in found.items() if one} == {
        name: (what, f"/checks/{row.no}/") for name, what in expected.items()
    }


def test_visits_and_reports_lie_on_the_desks_of_their_people(cast: Cast, term: Term) -> None:
    visit = visits.plan(
        organisation=cast.a1,
        kind="county_check",
        planned_on=clock.today(),
        inspectors=[cast.inspector_a, cast.team_inspector],
        actor=cast.supervision,
        plan_name="计划",
        approval_no="云教督〔2026〕3号",
    )
    for state, words in (
        ("planned", "到现场督导"),
        ("ongoing", "继续督导"),
        ("summing_up", "双方确认现场检查记录"),
    ):
        type(visit).objects.filter(pk=visit.pk).update(state=state)
        for who in ("inspector_a", "team_inspector"):
            assert first(cast, who) == (words, f"/visits/{visit.no}/")
        assert first(cast, "inspector_b") is None
    report = SupervisionReport.objects.create(
        no="2026-R0001",
        kind="county",
        organisation=cast.county,
        term=term,
        title="督导报告",
        as_of=clock.now(),
        data={},
        created_by=cast.supervision,
    )
    assert first(cast, "supervision") == ("写完并送签报告", "/reports/2026-R0001/")
    SupervisionReport.objects.filter(pk=report.pk).update(state="review", submitted_by=cast.supervision)
    assert first(cast, "leader") == ("签发报告", "/reports/2026-R0001/")
    assert first(cast, "supervision") is None


def test_rows_are_grouped_by_urgency_earliest_first(cast: Cast) -> None:
    for days in (30, 0, 5, -2, -9):
        case_at_a1(cast, "rectifying", due_in=days)
    groups = signed_in(cast.head_a1).get("/desk/").context["desk"].groups
    assert [(group.title, [(row.due_on - clock.today()).days for row in group.rows]) for group in groups] == [
        ("已逾期", [-9, -2]),
        ("今天", [0]),
        ("7天内", [5]),
        ("其他", [30]),
    ]


def test_the_unit_that_files_for_another_has_its_work_too(cast: Cast) -> None:
    cast.b1.filer = cast.a1
    cast.b1.save()
    task = case_in("planning", unit=cast.b1, found_by=cast.supervision)
    assert first(cast, "clerk_a1") == ("提交整改计划", f"/problems/{task.no}/")


def test_verification_is_due_ten_working_days_after_the_application(cast: Cast) -> None:
    task = case_at_a1(cast, "verifying")
    RectificationTask.objects.filter(pk=task.pk).update(applied_at=clock.now() - timedelta(days=4))
    assert rows_of(cast, "task_force")[0].due_on == later(10)  # Thursday 12 November → Thursday 26


def test_an_empty_desk_names_the_next_date_of_the_plan(cast: Cast) -> None:
    text = text_of(signed_in(cast.head_a1).get("/desk/"))
    assert "没有待办。下一个节点：2026年" in text


@pytest.mark.parametrize(
    ("who", "onward"),
    [("system_admin", "角色申请"), ("security_admin", "用户与权限"), ("auditor", "审计日志")],
)
def test_an_administrator_who_comes_to_the_desk_is_shown_on(cast: Cast, who: str, onward: str) -> None:
    """Errors lead 「回到待办」, and their own menus have no desk; the plan is no business of theirs."""
    answer = signed_in(cast.people[who]).get("/desk/")
    assert onward in [item.label for item in answer.context["onward"]]
    assert "下一个节点" not in text_of(answer)
    assert signed_in(cast.clerk_a1).get("/desk/").context["onward"] == []


def test_what_was_done_today_is_told_folded(cast: Cast) -> None:
    task = fresh(case_at_a1(cast, "verified"))
    rectification.close(task_id=task.pk, actor=cast.task_force, version=None)
    answer = signed_in(cast.task_force).get("/desk/")
    assert [(line.what, line.no) for line in answer.context["desk"].done] == [("同意销号", task.no)]
    assert "今天已办1项" in text_of(answer)
    assert signed_in(cast.leader).get("/desk/").context["desk"].done == []


@pytest.mark.parametrize("who", ["system_admin", "security_admin", "auditor", "office_staff", "partner"])
def test_who_has_no_case_to_act_on_has_an_empty_desk(cast: Cast, who: str) -> None:
    for state in set(RectificationTask.State.values) - {"transferred"}:
        case_at_a1(cast, state)
    assert rows_of(cast, who) == []


def test_each_noun_is_cut_for_itself_the_latest_first(cast: Cast) -> None:
    for number in range(55):
        Suggestion.objects.create(
            no=f"2026-S{number + 1:04}",
            text="请加大字号",
            author=cast.clerk_a1,
            made_at=clock.now(),
            due_on=later(10 - number % 10),
        )
    closed = case_at_a1(cast, "closed", closed_by=cast.supervision)
    Recheck.objects.create(task=closed, kind="look_back", due_on=later(20), created_at=clock.now())
    found = rows_of(cast, "task_force")
    answers = [row.due_on for row in found if row.what == "答复意见建议"]
    assert len(answers) == 50 and max(answers) == later(10) and answers.count(later(1)) == 5  # type: ignore[type-var]
    assert [row.due_on for row in found if row.what == "回头看"] == [later(20)]
    assert "每类只列出期限最早的50项" in text_of(signed_in(cast.task_force).get("/desk/"))


def test_what_is_contested_parked_or_handed_over_waits_on_the_right_desk(cast: Cast) -> None:
    parked, handed = fresh(case_at_a1(cast, "parked")), fresh(case_at_a1(cast, "transferred"))
    above = fresh(case_at_a1(cast, "superior", origin="superior"))
    asked = fresh(case_at_a1(cast, "verified", origin="superior"))
    objected = fresh(case_at_a1(cast, "planning"))
    Objection.objects.create(task=objected, words="不属实", asked_by=cast.head_a1, asked_at=clock.now())
    found = {
        name: {(row.what, row.about.split()[0]) for row in rows_of(cast, name)}
        for name in ("task_force", "leader", "supervision", "partner")
    }
    answer = ("答复异议", objected.no)
    assert found["task_force"] == {
        answer,
        ("复核挂账", parked.no),
        ("登记上级答复", above.no),
        ("报请上级同意销号", asked.no),
    }
    assert found["leader"] == {answer}
    assert found["supervision"] == set()  # it found the problem itself
    assert found["partner"] == {("接收移交", handed.no)}


@pytest.mark.pages
@pytest.mark.parametrize("who", ["task_force", "supervision", "leader", "inspector_a", "clerk_a1", "head_a1"])
def test_the_desk_costs_the_same_for_ten_and_two_hundred_cases(cast: Cast, round_: Round, who: str) -> None:
    client = signed_in(cast.people[who])
    check(round_, cast.a1, "filling")
    check(round_, cast.a2, "submitted")

    def pile(count: int) -> None:
        for _ in range(count):
            for state in ("planning", "plan_review", "rectifying", "verifying", "verified"):
                case_at_a1(cast, state, proven=False)

    def queries() -> int:
        client.get("/desk/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/desk/").status_code == 200
        return len(captured)

    pile(2)
    few = queries()
    pile(38)
    assert queries() == few <= 15
    if who in ("task_force", "clerk_a1"):
        assert "每类只列出期限最早的50项" in text_of(client.get("/desk/"))
