"""Registering problems: number, class, track, first task, notices, and what is not registered."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.models import Problem, RectificationTask
from inspections.workflows import problems
from inspections.workflows.problems import PlannedMeasure
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry, Notification
from tests.cast import Cast
from tests.inspections.cases import item, later, major, red_line

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def measure() -> PlannedMeasure:
    return PlannedMeasure(text="取消早读", person="黄勇", due_on=later(5))


def registered(cast: Cast, *, due_in: int = 15, **changed: Any) -> Problem:
    """A problem of A1 as the task force registers it after a county check."""
    one = item("R04-2")
    fields: dict[str, Any] = {
        "organisation": cast.a1,
        "rule": one.rule,
        "item": one,
        "fact": "三年级数学日均75分钟",
        "origin": "county_inspection",
        "found_by": cast.task_force,
        "due_on": later(due_in),
    }
    return problems.register(**(fields | changed))


def told(cast: Cast, **filters: Any) -> set[str]:
    names = {user.pk: name for name, user in cast.people.items()}
    return {names[pk] for pk in Notification.objects.filter(**filters).values_list("recipient_id", flat=True)}


def test_a_problem_gets_number_task_and_one_entry(cast: Cast) -> None:
    first, second = registered(cast), registered(cast)
    assert [first.no, second.no] == ["2026-0001", "2026-0002"]
    task = RectificationTask.objects.get(problem=first)
    assert (task.state, task.ordinal, task.due_on) == ("planning", 1, later(15))
    assert task.plan_due_on is not None
    assert task.plan_due_on.isoformat() == "2026-11-23"  # 5 working days after 16 November
    entry = AuditEntry.objects.get(subject_no=first.no)
    assert entry.action == "inspections.problem.registered"
    assert entry.after["severity"] == "ordinary"


def test_the_plan_is_never_due_after_the_problem_itself(cast: Cast) -> None:
    task = RectificationTask.objects.get(problem=registered(cast, due_in=2))
    assert task.plan_due_on == later(2)


def test_the_unit_is_told_what_it_owes_by_when(cast: Cast) -> None:
    problem = registered(cast)
    assert told(cast) == {"clerk_a1", "head_a1"}
    assert Notification.objects.first().title == f"问题{problem.no}：请于11月23日前提交整改计划"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("prohibition", "severity", "told_above"),
    [(None, "ordinary", set()), ("不得", "major", {"task_force"}), ("red", "critical", {"leader"})],
)
def test_severity_follows_the_prohibition_and_decides_who_above_is_told(
    cast: Cast, prohibition: str | None, severity: str, told_above: set[str]
) -> None:
    broken = None
    if prohibition is not None:
        broken = red_line() if prohibition == "red" else major(prohibition)
    problem = registered(cast, prohibition=broken, found_by=cast.inspector_a)
    assert problem.severity == severity
    assert told(cast) - {"clerk_a1", "head_a1"} == told_above


@pytest.mark.parametrize(
    ("changed", "is_light"),
    [
        ({}, True),
        ({"due_in": 31}, False),
        ({"measure": None}, False),
        ({"origin": "county_inspection"}, False),
        ({"prohibition": "不得"}, False),
    ],
)
def test_the_light_track_takes_ordinary_self_reported_ones_of_thirty_days_with_a_measure(
    cast: Cast, changed: dict[str, Any], is_light: bool
) -> None:
    light = {"origin": "self_check", "measure": measure(), "due_in": 30, "found_by": cast.clerk_a1}
    fields = light | changed
    if "prohibition" in fields:
        fields["prohibition"] = major(fields["prohibition"])
    problem = registered(cast, **fields)
    task = RectificationTask.objects.get(problem=problem)
    assert problem.light_track is is_light
    assert task.state == ("rectifying" if is_light else "planning")
    assert [row.text for row in task.plan] == (["取消早读"] if is_light else [])


def test_a_light_track_lasts_until_its_date(cast: Cast) -> None:
    problem = registered(cast, origin="self_check", measure=measure(), due_in=0, found_by=cast.clerk_a1)
    task = RectificationTask.objects.get(problem=problem)
    assert task.is_light
    task.due_on = later(-1)
    assert not task.is_light
    task.state = "closed"
    assert task.is_light  # closed late or not, it was a light one


def test_a_date_before_today_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="完成时限不能早于今天"):
        registered(cast, due_in=-1)
    assert Problem.objects.count() == 0


def test_what_an_office_above_handed_down_names_its_document(cast: Cast) -> None:
    with pytest.raises(Refused, match="上级交办的问题请填写交办文号"):
        registered(cast, origin="superior", superior_no="  ")
    assert Problem.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_meeting_an_open_problem_again_adds_to_its_course(cast: Cast) -> None:
    problem = registered(cast)
    problems.see_again(
        problem=problem, found_by=cast.inspector_a, record_no="现2026-00-0003", fact="仍有两个班"
    )
    entry = AuditEntry.objects.filter(subject_no=problem.no).order_by("-seq")[0]
    assert (entry.action, entry.after) == (
        "inspections.problem.seen_again",
        {"record_no": "现2026-00-0003"},
    )
    assert entry.text.text == "仍有两个班（记录现2026-00-0003）"
