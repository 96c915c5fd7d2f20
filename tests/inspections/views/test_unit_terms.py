"""A unit's page over its terms: the thirty rules with their marks, a line for each term, its papers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.check_sheet import ItemAnswer
from inspections.models import Extension, Problem, RectificationTask, SelfCheck, Visit, VisitFinding
from inspections.unit_terms import Strip
from inspections.workflows import self_check
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy.models import Rulebook, Term
from tests.cast import Cast
from tests.inspections.cases import case_at_a1, item, later, stored_pdf
from tests.inspections.checking import check_of, fill, publish
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")


def strip_at(cast: Cast, who: str = "task_force", query: str = "") -> Strip:
    answer = signed_in(cast.people[who]).get(f"/units/{cast.a1.code}/{query}")
    assert answer.status_code == 200
    strip: Strip = answer.context["strip"]
    return strip


def submitted(cast: Cast, term: Term, **answers: Any) -> SelfCheck:
    publish(cast, term)
    check = check_of(cast.a1)
    fill(check, cast.clerk_a1, **answers)
    return self_check.confirm(check_id=check.pk, actor=cast.head_a1)


def visit_at(cast: Cast, policy: Rulebook, *, state: str = "confirmed", **findings: str) -> Visit:
    """A visit with what was seen of some items; R02_1="problem" stands for R02-1."""
    done = state == "confirmed"
    visit = Visit.objects.create(
        no=f"2026-V{Visit.objects.count() + 1:04}",
        organisation=cast.a1,
        rulebook=policy,
        planned_on=clock.today(),
        created_by=cast.supervision,
        state=state,
        started_at=clock.now(),
        record_no=f"现2026-00-{Visit.objects.count() + 1:04}" if done else "",
        inspector_confirmed_by=cast.inspector_a if done else None,
        confirmed_at=clock.now() if done else None,
        unit_person="黄勇" if done else "",
    )
    for code, value in findings.items():
        VisitFinding.objects.create(
            visit=visit,
            item=item(code.replace("_", "-")),
            value=value,
            text="看到" if value == "problem" else "",
        )
    return visit


def marks(strip: Strip) -> dict[int, str]:
    return {rule.number: rule.mark for rule in strip.rules}


def test_the_strip_holds_thirty_rules_and_asks_a_school_twelve(cast: Cast, term: Term) -> None:
    submitted(cast, term)
    strip = strip_at(cast)
    assert len(strip.rules) == 30
    assert [rule.number for rule in strip.concerned] == list(range(1, 13))
    assert strip.counts == [("符合", 12)]
    assert {rule.basis for rule in strip.concerned} == {"自查"}


def test_what_the_unit_reports_itself_shows_in_its_rule(cast: Cast, term: Term) -> None:
    short = ItemAnswer(
        value="partly", problem_text="个别班级超时", measure_text="统筹", person="李静", fix_on=later(20)
    )
    submitted(cast, term, R02_1=short)
    strip = strip_at(cast)
    rule = next(rule for rule in strip.rules if rule.number == 2)
    assert (rule.mark, [problem.no for problem in rule.problems]) == ("partial", [Problem.objects.get().no])
    page = text_of(signed_in(cast.clerk_a1).get(f"/units/{cast.a1.code}/"))
    assert "部分符合1条" in page


def test_what_was_seen_on_site_outweighs_the_answer_and_is_marked(
    cast: Cast, term: Term, policy: Rulebook
) -> None:
    submitted(cast, term)
    visit_at(cast, policy, R02_1="problem", R05_1="meets")
    strip = strip_at(cast)
    seen = {rule.number: (rule.mark, rule.basis) for rule in strip.concerned if rule.on_site}
    assert seen == {2: ("bad", "现场查看"), 5: ("ok", "现场查看")}
    assert strip.on_site_count == 2


def test_a_visit_under_way_says_nothing_yet(cast: Cast, term: Term, policy: Rulebook) -> None:
    submitted(cast, term)
    visit_at(cast, policy, state="ongoing", R02_1="problem")
    assert strip_at(cast).on_site_count == 0


def test_the_term_of_the_latest_submitted_check_is_shown_and_another_on_request(
    cast: Cast, term: Term
) -> None:
    spring = Term.objects.get(code="2027-spring")
    submitted(cast, term)
    task = case_at_a1(cast, "rectifying")
    Problem.objects.filter(pk=task.problem_id).update(term=spring)
    assert strip_at(cast).term == term
    other = strip_at(cast, query="?term=2027-spring")
    assert other.term == spring
    assert marks(other)[4] == "bad"  # the problem of that term alone
    for nonsense in ("?term=x", "?term=%00", "?term=2031-autumn"):
        assert strip_at(cast, query=nonsense).term == term


def test_each_term_has_a_line_of_what_happened_in_it(cast: Cast, term: Term, policy: Rulebook) -> None:
    spring = Term.objects.get(code="2027-spring")
    check = submitted(cast, term)
    visit_at(cast, policy)
    case_at_a1(cast, "closed")
    case_at_a1(cast, "rectifying")
    late = case_at_a1(cast, "rectifying")
    Problem.objects.filter(pk=late.problem_id).update(term=spring)
    lines = signed_in(cast.task_force).get(f"/units/{cast.a1.code}/").context["lines"]
    assert [
        (line.term.code, [one.no for one in line.checks], line.found, line.closed, line.visits)
        for line in lines
    ] == [("2027-spring", [], 1, 0, 0), ("2026-autumn", [check.no], 2, 1, 1)]


def test_a_problem_of_the_vacation_belongs_to_the_term_after_it(cast: Cast, term: Term) -> None:
    task = case_at_a1(cast, "rectifying")
    Problem.objects.filter(pk=task.problem_id).update(found_on=term.last_on + timedelta(days=3))
    lines = signed_in(cast.task_force).get(f"/units/{cast.a1.code}/").context["lines"]
    assert [line.term.code for line in lines] == ["2027-spring"]


def test_the_papers_of_a_unit_stand_latest_first(cast: Cast, term: Term, policy: Rulebook) -> None:
    check = submitted(cast, term)
    SelfCheck.objects.filter(pk=check.pk).update(scan=stored_pdf("盖章自查表.pdf"), confirmation="paper")
    visit = visit_at(cast, policy)
    Visit.objects.filter(pk=visit.pk).update(planned_on=date(2026, 10, 8), scan=stored_pdf("签字记录.pdf"))
    task = case_at_a1(cast, "rectifying")
    Extension.objects.create(
        task=task,
        from_on=task.due_on,
        to_on=later(30),
        ground="funds",
        words="采购公示",
        sealed_page=stored_pdf("延期申请.pdf"),
        asked_by=cast.clerk_a1,
        asked_at=clock.now() - timedelta(days=1),
    )
    for who in ("task_force", "clerk_a1", "inspector_a"):
        browser = signed_in(cast.people[who])
        papers = browser.get(f"/units/{cast.a1.code}/").context["papers"].rows
        assert [(paper.what, paper.no) for paper in papers] == [
            ("自查盖章扫描件", check.no),
            ("延期申请盖章页", task.no),
            ("现场检查记录", visit.record_no),
            ("现场检查记录扫描件", visit.record_no),
        ]
        for paper in papers:  # what is listed can be opened
            assert browser.get(paper.url).status_code == 200, (who, paper)


def test_the_old_date_of_an_extended_problem_stands_beside_the_new_one(cast: Cast) -> None:
    task = case_at_a1(cast, "rectifying")
    Extension.objects.create(
        task=task,
        state="granted",
        from_on=later(10),
        to_on=task.due_on,
        ground="works",
        words="工程",
        asked_by=cast.head_a1,
        asked_at=clock.now(),
        decided_by=cast.task_force,
        decided_at=clock.now(),
    )
    page = signed_in(cast.clerk_a1).get(f"/units/{cast.a1.code}/").content.decode()
    assert "原期限<del>11月26日</del>" in page


def test_a_unit_sees_its_own_story_and_nobody_elses(cast: Cast, term: Term) -> None:
    submitted(cast, term)
    assert strip_at(cast, "clerk_a1").counts == strip_at(cast, "head_a1").counts == [("符合", 12)]
    assert signed_in(cast.clerk_b1).get(f"/units/{cast.a1.code}/").status_code == 404


def _queries(user: User, unit: Organisation) -> int:
    browser = signed_in(user)
    browser.get(f"/units/{unit.code}/")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/units/{unit.code}/").status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["task_force", "inspector_a", "clerk_a1"])
def test_the_story_costs_the_same_however_long_it_is(
    cast: Cast, term: Term, policy: Rulebook, who: str
) -> None:
    submitted(cast, term)
    visit_at(cast, policy, R02_1="meets")
    case_at_a1(cast, "rectifying")
    few = _queries(cast.people[who], cast.a1)
    for _ in range(12):
        visit_at(cast, policy, R02_1="problem", R05_1="meets")
        for state in RectificationTask.State.values:
            case_at_a1(cast, state)
    assert _queries(cast.people[who], cast.a1) == few
    assert few <= 25
