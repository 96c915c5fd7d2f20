"""What the loader takes from the records: every mark, line and gap, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.models import Extension, RectificationTask, SelfCheck, Submission
from inspections.models.self_check import values_of
from inspections.reports import counting, loading, supervision
from inspections.reports.data import SupervisionData, UnitLine, UnitReportData, restore
from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.reports import county

AS_OF = county.at(11, 16)


@pytest.fixture
def figures(cast: Cast, term: Term) -> Iterator[SupervisionData]:
    county.settle(cast, term)
    yield take(cast, term)


def take(cast: Cast, term: Term) -> SupervisionData:
    value = loading.take_figures(kind="county", term=term, organisation=cast.county, as_of=AS_OF)
    return restore(SupervisionData, value)


def take_unit(cast: Cast, term: Term, unit: Organisation) -> UnitReportData:
    value = loading.take_figures(kind="unit", term=term, organisation=unit, as_of=AS_OF)
    return restore(UnitReportData, value)


def unit(figures: SupervisionData, name: str) -> UnitLine:
    return next(line for line in figures.units if line.name == name)


def mark(figures: SupervisionData, name: str, rule: int) -> str:
    return unit(figures, name).marks[rule - 1]


def test_every_unit_is_listed_schools_first_visited_or_not(figures: SupervisionData) -> None:
    assert [line.name for line in figures.units] == ["城关小学", "第二中学", "实验学校", "启明教育培训中心"]
    assert str(supervision.coverage(figures)) == "2/4，50.0%"
    assert [visit.kind for visit in unit(figures, "启明教育培训中心").visits] == ["县级检查"]
    assert unit(figures, "实验学校").visits == ()


def test_what_was_seen_on_site_outweighs_the_unit_s_answer(figures: SupervisionData) -> None:
    assert mark(figures, "城关小学", 1) == "bad"  # it answered 符合, the inspector found a problem


def test_a_registered_problem_keeps_its_rule_from_being_met(figures: SupervisionData) -> None:
    # R04-1: answered 不符合, seen 符合 on site later; the registered problem still stands.
    assert mark(figures, "城关小学", 4) == "bad"
    assert mark(figures, "第二中学", 7) == "bad"


def test_partly_met_shows_as_such(figures: SupervisionData) -> None:
    assert mark(figures, "城关小学", 9) == "partial"


def test_nothing_unknown_becomes_met(figures: SupervisionData) -> None:
    line = unit(figures, "实验学校")
    assert line.self_check == "missing"
    assert set(line.marks[:12]) == {"none"}
    assert set(line.marks[12:]) == {"out"}


def test_rules_that_do_not_concern_a_unit_are_out(figures: SupervisionData) -> None:
    assert set(unit(figures, "启明教育培训中心").marks[:12]) == {"out"}
    assert set(unit(figures, "启明教育培训中心").marks[17:]) == {"out"}


def test_missing_units_and_unasked_groups_are_listed(figures: SupervisionData) -> None:
    assert [line.what for line in figures.missing] == [
        "实验学校自查",
        "家庭教育监护（第18至21条）",
        "政府管理监督（第22至30条）",
        "校外培训预收费资金监管",
    ]
    assert figures.missing[0].why == "应于10月31日前提交，截至取数时未开始"


def test_problems_stand_as_they_are_at_the_cut_off(figures: SupervisionData) -> None:
    lines = {line.no: line for line in figures.problems}
    assert len(lines) == 5
    assert lines["2026-0001"].closed_on == date(2026, 10, 28)
    assert lines["2026-0002"].state == "整改中"
    assert lines["2026-0003"].red_line
    assert lines["2026-0003"].prohibition == "严禁"
    assert lines["2026-0004"].rounds == 2
    assert lines["2026-0004"].prohibition == "不得"
    assert not lines["2026-0004"].red_line
    done = counting.rectification(figures.problems, figures.until_on)
    assert (done.due, done.closed_in_time, done.closed_late, done.overdue, done.running) == (4, 1, 1, 2, 1)


def test_a_later_change_is_not_in_earlier_figures(cast: Cast, term: Term) -> None:
    round_ = county.open_round(cast, term)
    county.submitted(round_, cast.a1, "2026-C0001", cast, on=county.at(11, 20), R01_1="fails")
    county.problem(cast, term, cast.a1, "2026-0001", 4, found=date(2026, 11, 20))
    county.visited(cast, term, cast.a1, "2026-V0001", on=county.at(11, 21))
    figures = take(cast, term)
    assert figures.problems == ()
    assert unit(figures, "城关小学").visits == ()
    assert "bad" not in unit(figures, "城关小学").marks


def test_granted_extensions_are_counted_and_said_beside_the_rate(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    assert all(problem.extended == 0 for problem in take(cast, term).problems)
    task = RectificationTask.objects.order_by("pk")[0]
    for state, day in (("granted", 12), ("refused", 13), ("granted", 17)):  # the last one after the cut-off
        Extension.objects.create(
            task=task,
            state=state,
            from_on=task.due_on,
            to_on=date(2027, 1, 31),
            ground="works",
            words="工程未验收",
            asked_by=cast.head_a1,
            asked_at=county.at(11, 11),
            answer="答复",
            decided_by=cast.task_force,
            decided_at=county.at(11, day),
        )
    found = take(cast, term)
    assert {problem.no: problem.extended for problem in found.problems if problem.extended} == {task.no: 1}
    assert counting.extended_count(found.problems) == 1
    words = "".join(
        span.text for block in supervision.text_of(found, {}).blocks for span in getattr(block, "spans", ())
    )
    assert "经批准延期1个，反弹" in words


def test_a_returned_check_counts_by_what_was_submitted(cast: Cast, term: Term) -> None:
    round_ = county.open_round(cast, term)
    row = county.submitted(round_, cast.a1, "2026-C0001", cast, R04_1="fails")
    SelfCheck.objects.filter(pk=row.pk).update(state=SelfCheck.State.RETURNED)
    figures = take(cast, term)
    assert mark(figures, "城关小学", 4) == "bad"
    assert unit(figures, "城关小学").self_check == "missing"


def test_a_second_submission_replaces_the_first(cast: Cast, term: Term) -> None:
    round_ = county.open_round(cast, term)
    row = county.submitted(round_, cast.a1, "2026-C0001", cast, R04_1="fails")
    first = row.submissions.get()
    answers = {**first.answers, "R04-1": {"value": "meets"}}
    Submission.objects.create(
        self_check=row,
        ordinal=2,
        submitted_at=county.at(11, 1),
        submitted_by=cast.task_force,
        answers=answers,
        values=values_of(answers),
    )
    assert mark(take(cast, term), "城关小学", 4) == "ok"


def test_last_term_s_shares_and_open_problems_come_along(cast: Cast, term: Term) -> None:
    spring = Term.objects.get(code="2026-spring")
    round_ = county.open_round(cast, spring)
    county.submitted(round_, cast.a1, "2026-C0001", cast, on=county.at(5, 8), R04_1="fails")
    county.problem(cast, spring, cast.b1, "2026-0001", 9, found=date(2026, 6, 1), due=date(2026, 7, 1))
    county.problem(
        cast, spring, cast.a1, "2026-0002", 4, found=date(2026, 5, 1), due=date(2026, 6, 1),
        closed=date(2026, 9, 20),
    )  # fmt: skip
    county.problem(
        cast, spring, cast.a1, "2026-0003", 5, found=date(2026, 5, 1), due=date(2026, 6, 1),
        closed=date(2026, 6, 2),
    )  # fmt: skip
    figures = take(cast, term)
    # A1's twelve rules (two broken) and the problem at B1.
    assert figures.before["school"].counts == "10/13"
    assert [line.no for line in figures.carried] == ["2026-0001", "2026-0002"]
    assert figures.problems == ()


def test_a_problem_found_in_the_vacation_belongs_to_the_term_after_it(cast: Cast, term: Term) -> None:
    county.problem(cast, None, cast.a1, "2026-0001", 4, found=date(2026, 8, 3), due=date(2026, 9, 3))
    figures = take(cast, term)
    assert [line.no for line in figures.problems] == ["2026-0001"]
    assert figures.carried == ()


def test_an_office_with_a_problem_has_a_line_of_its_own(cast: Cast, term: Term) -> None:
    county.problem(cast, term, cast.office, "2026-0001", 28, fact="举报电话记录缺3条")
    figures = take(cast, term)
    line = unit(figures, "基础教育股")
    assert (line.group, line.marks[27], line.marks[28], line.marks[0]) == ("government", "bad", "none", "out")
    assert len(supervision.supervised(figures)) == 4


def test_units_ended_before_the_term_are_no_longer_listed(cast: Cast, term: Term) -> None:
    Organisation.objects.filter(pk=cast.a2.pk).update(status="closed", closed_on=date(2026, 7, 1))
    Organisation.objects.filter(pk=cast.b1.pk).update(status="closed", closed_on=date(2026, 10, 9))
    figures = take(cast, term)
    assert "实验学校" not in [line.name for line in figures.units]
    assert unit(figures, "第二中学").remark == "10月9日已停办"


def test_a_unit_s_report_holds_its_own_rows_only(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    figures = take_unit(cast, term, cast.a1)
    assert [line.no for line in figures.problems] == ["2026-0001", "2026-0002"]
    assert [visit.no for visit in figures.visits] == ["2026-V0001"]
    assert (figures.self_check, figures.self_check_no) == ("submitted", "2026-C0001")
    assert figures.marks == unit(take(cast, term), "城关小学").marks


def test_the_number_of_queries_does_not_grow_with_the_county(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    take(cast, term)  # the items of a rulebook are read once a process
    with CaptureQueriesContext(connection) as few:
        take(cast, term)
    round_ = SelfCheck.objects.first().round
    for place in range(12):
        school = Organisation.objects.create(
            kind="school", code=f"31520001{place:02d}", name=f"第{place}小学", area=cast.area_a
        )
        School.objects.create(organisation=school, school_type="primary", grades=[1, 2, 3], pupil_count=90)
        county.submitted(round_, school, f"2026-C1{place:03d}", cast)
        county.visited(cast, term, school, f"2026-V1{place:03d}", R01_1="meets", R02_1="problem")
        county.problem(cast, term, school, f"2026-1{place:03d}", 2)
    with CaptureQueriesContext(connection) as many:
        take(cast, term)
    assert len(many) == len(few)
    assert len(few) <= 25
