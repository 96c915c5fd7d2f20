"""工作看板: every number is its list's, every mark the report's; scope, filters, cells, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections import board, board_matrix
from inspections.models import Problem
from inspections.reports import counting, loading, supervision
from inspections.reports.data import SupervisionData, restore
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.hostile import HOSTILE
from tests.inspections.reports import county
from tests.registry import signed_in, text_of

pytestmark = pytest.mark.usefixtures("standing_policy", "policy")
READERS = ("leader", "task_force", "supervision")


@pytest.fixture
def settled(cast: Cast, term: Term) -> Iterator[Cast]:
    """The small county of the reports, with one problem due soon and one of last term that is overdue."""
    county.settle(cast, term)
    county.problem(cast, term, cast.a2, "2026-0006", 4, due=date(2026, 11, 20))
    spring = Term.objects.get(code="2026-spring")
    county.problem(cast, spring, cast.b1, "2026-0007", 12, found=date(2026, 5, 6), due=date(2026, 6, 30))
    yield cast


def report_of(cast: Cast, term: Term) -> SupervisionData:
    taken = loading.take_figures(kind="county", term=term, organisation=cast.county, as_of=clock.now())
    return restore(SupervisionData, taken)


def page(cast: Cast, address: str, who: str = "task_force") -> Any:
    answer = signed_in(cast.people[who]).get(address)
    assert answer.status_code == 200, address
    return answer


def table(cast: Cast, query: str = "") -> dict[str, dict[int, board_matrix.Cell]]:
    """Unit -> rule -> cell; what is out of scope is left out."""
    matrix = page(cast, f"/board/table/{query}").context["matrix"]
    return {row.unit.name: {cell.number: cell for cell in row.cells if cell.number} for row in matrix.rows}


# --- The numbers ----------------------------------------------------------------------


@pytest.mark.pages
@pytest.mark.parametrize("who", READERS)
def test_each_number_is_the_length_of_the_list_it_opens(settled: Cast, who: str) -> None:
    numbers = page(settled, "/board/", who).context["numbers"]
    assert [(number.label, number.value) for number in numbers] == [
        ("逾期未销号", 3),
        ("7天内到期", 1),
        ("红线未销号", 1),
        ("待我审核", 2 if who == "task_force" else 0),  # the self-checks
        ("自查未提交", 1),
    ]
    on_paper = page(settled, "/board/page/", who).context["page"].numbers
    assert [number.value for number in on_paper] == [3, 1, 1, 2, 1]
    for number in [*numbers, *on_paper]:
        assert page(settled, number.url, who).context["page_obj"].paginator.count == number.value


@pytest.mark.pages
@pytest.mark.parametrize("who", READERS)
def test_each_count_of_a_rule_is_the_length_of_its_list(settled: Cast, who: str) -> None:
    rules = page(settled, "/board/", who).context["rules"]
    assert rules
    for rule, links in rules:
        assert page(settled, links.problems, who).context["page_obj"].paginator.count == rule.count
        assert page(settled, links.still_open, who).context["page_obj"].paginator.count == rule.still_open
        assert page(settled, links.units, who).context["matrix"].page.paginator.count == rule.units
    for bar in page(settled, "/board/", who).context["bars"]:
        assert page(settled, bar["url"], who).context["matrix"].page.paginator.count == bar["value"]


def test_the_longest_overdue_come_first(settled: Cast) -> None:
    urgent = page(settled, "/board/").context["urgent"]
    assert [task.problem.no for task in urgent] == ["2026-0007", "2026-0002", "2026-0003"]
    for task in urgent:
        assert f"/problems/{task.problem.no}/" in page(settled, "/board/").content.decode()


def test_what_a_report_counts_too_is_the_same(settled: Cast, term: Term) -> None:
    report = report_of(settled, term)
    rules = board.problems_by_rule(settled.task_force, term)
    expected = counting.by_rule(report.problems)
    assert [(row.number, row.title, row.count, row.units, row.forbidden) for row in rules] == [
        (row.number, row.title, row.count, row.units, row.forbidden) for row in expected
    ]
    assert [row.count - row.still_open for row in rules] == [row.closed for row in expected]
    figures = board.term_figures(settled.task_force, term)
    assert figures.rectification == counting.rectification(report.problems, clock.today())
    assert figures.coverage == supervision.coverage(report)
    assert figures.self_checked == supervision.self_checked(report)
    assert (figures.basics.count, figures.basics.of) == (1, 4)


def test_a_problem_that_names_no_term_is_counted_by_its_day_everywhere(settled: Cast, term: Term) -> None:
    Problem.objects.filter(no="2026-0005").update(term=None)
    rule, links = next(one for one in page(settled, "/board/").context["rules"] if one[0].number == 9)
    assert rule.count == 1
    assert page(settled, links.problems).context["page_obj"].paginator.count == 1
    assert page(settled, links.units).context["matrix"].page.paginator.count == 1


def test_without_anything_overdue_the_board_says_so(cast: Cast) -> None:
    words = text_of(page(cast, "/board/"))
    assert "没有逾期的问题" in words
    assert "本学期还没有登记问题" in words


# --- 条目情况表 ---------------------------------------------------------------------


def test_every_mark_is_the_report_s(settled: Cast, term: Term) -> None:
    shown = table(settled)
    report = report_of(settled, term)
    assert len(shown) == len(report.units) == 4
    for unit in report.units:
        marks = {rule.number: mark for rule, mark in zip(report.rules, unit.marks, strict=True)}
        assert {number: cell.mark for number, cell in shown[unit.name].items()} == {
            number: mark for number, mark in marks.items() if mark != "out"
        }


def test_a_cell_says_who_looked_and_what_is_overdue(settled: Cast) -> None:
    cells = table(settled)
    assert cells["城关小学"][1].words == "不符合，到校查过，有逾期问题"
    assert cells["城关小学"][4].words == "不符合，到校查过"
    assert cells["城关小学"][9].words == "部分符合，单位自报"
    assert cells["城关小学"][2].words == "符合，单位自报"
    assert cells["启明教育培训中心"][13].words == "符合，到校查过"
    assert cells["实验学校"][1].words == "未填未查"
    assert not cells["实验学校"][1].is_known
    assert cells["第二中学"][12].words == "符合，单位自报，有逾期问题"  # the problem of last term


def test_rules_of_others_are_one_hatched_cell(settled: Cast) -> None:
    matrix = page(settled, "/board/table/").context["matrix"]
    runs = {row.unit.name: [cell.span for cell in row.cells if cell.mark == "out"] for row in matrix.rows}
    assert runs == {"城关小学": [5], "第二中学": [5], "实验学校": [5], "启明教育培训中心": [12]}
    assert all(sum(cell.span for cell in row.cells) == 17 for row in matrix.rows)
    markup = page(settled, "/board/table/").content.decode()
    assert 'class="hatch" colspan="12"><span class="vh">不由该单位负责' in markup


def test_a_school_without_pupils_of_a_rule_is_out_of_its_scope(settled: Cast) -> None:
    School.objects.filter(organisation=settled.b1).update(school_type="senior", grades=[10, 11, 12])
    cells = table(settled)["第二中学"]
    assert 10 not in cells
    assert 4 not in cells
    assert 7 in cells


def test_the_counts_beside_a_unit(settled: Cast) -> None:
    rows = {row.unit.name: row for row in page(settled, "/board/table/").context["matrix"].rows}
    assert (rows["城关小学"].met.counts, rows["城关小学"].open_problems) == ("9/12", 1)
    assert (rows["实验学校"].met.counts, rows["实验学校"].open_problems) == ("0/1", 1)
    assert rows["实验学校"].unknown == 11


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["城关小学", "第二中学", "实验学校", "启明教育培训中心"]),
        ("?kind=institution", ["启明教育培训中心"]),
        ("?kind=school", ["城关小学", "第二中学", "实验学校"]),
        ("?stage=primary", ["城关小学", "实验学校"]),
        ("?stage=junior", ["第二中学", "实验学校"]),
        ("?stage=senior", []),
        ("?area=YX-Q02", ["第二中学"]),
        ("?rule=4", ["城关小学", "实验学校"]),
        ("?rule=4&term=2026-spring", []),
        ("?rule=12&term=2026-spring", ["第二中学"]),
        ("?q=cgxx", ["城关小学"]),
        ("?order=open&kind=school", ["第二中学", "城关小学", "实验学校"]),
    ],
)
def test_the_address_says_which_units(settled: Cast, query: str, names: list[str]) -> None:
    assert list(table(settled, query)) == names


def test_grade_six_is_junior_under_the_five_four_system(settled: Cast) -> None:
    School.objects.filter(organisation=settled.b1).update(system="54", grades=[6])
    assert "第二中学" in table(settled, "?stage=junior")
    assert "第二中学" not in table(settled, "?stage=primary")


def test_another_term_shows_its_own_marks(settled: Cast) -> None:
    cells = table(settled, "?term=2026-spring")
    assert cells["第二中学"][12].mark == "bad"
    assert cells["第二中学"][7].mark == "none"
    assert not cells["第二中学"][7].is_overdue  # found after that term


def test_columns_are_those_of_the_units_shown(settled: Cast) -> None:
    numbers = [rule.number for rule in page(settled, "/board/table/?kind=school").context["matrix"].rules]
    assert numbers == list(range(1, 13))


def test_nonsense_in_the_address_is_no_error(settled: Cast) -> None:
    client = signed_in(settled.task_force)
    names = ("q", "kind", "stage", "area", "rule", "term", "order", "page")
    for text in [*HOSTILE, "\x00", "9" * 400]:
        assert client.get("/board/table/", dict.fromkeys(names, text)).status_code == 200, text


def test_fifty_units_stand_on_a_page_and_filters_stay_in_its_address(cast: Cast) -> None:
    more_schools(cast, 60)
    first = page(cast, "/board/table/?kind=school")
    assert len(first.context["matrix"].rows) == 50
    assert "?kind=school&amp;page=2" in first.content.decode()
    assert len(page(cast, "/board/table/?kind=school&page=2").context["matrix"].rows) == 13


# --- One cell -------------------------------------------------------------------------


def test_a_cell_opens_what_it_rests_on(settled: Cast) -> None:
    words = text_of(page(settled, f"/board/{settled.a1.code}/1/"))
    for part in ("2026-0002", "没有公开办学承诺", "2026-C0001", "2026-V0001", "查到的情况", "有逾期问题"):
        assert part in words
    assert "以现场为准" in words
    carried = text_of(page(settled, f"/board/{settled.b1.code}/12/"))
    assert "2026-0007" in carried
    assert "单位自报，没有到校查" in carried


def test_a_cell_of_which_nothing_is_known_says_so(settled: Cast) -> None:
    words = text_of(page(settled, f"/board/{settled.a2.code}/3/"))
    assert "没有自查和督导记录" in words
    assert "这一条没有登记过问题" in words


@pytest.mark.parametrize("address", ["/board/3152000001/99/", "/board/NOSUCH/4/", "/board/3152000001/0/"])
def test_what_is_no_cell_is_not_found(settled: Cast, address: str) -> None:
    assert signed_in(settled.task_force).get(address).status_code == 404


def test_every_known_cell_leads_to_its_page(settled: Cast) -> None:
    matrix = page(settled, "/board/table/").context["matrix"]
    links = page(settled, "/board/table/").content.decode()
    for row in matrix.rows:
        for cell in row.cells:
            assert (f'"/board/{row.unit.code}/{cell.number}/?term=' in links) == cell.is_known


# --- 一页纸 ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", READERS)
def test_the_page_for_the_leader_says_what_the_board_says(settled: Cast, who: str) -> None:
    words = text_of(page(settled, "/board/page/", who))
    for part in ("2026-0007", "第7条", "自查提交 2/3，66.7%", "实地督导 2/4，50.0%", "整改完成率 2/4，50.0%"):
        assert part in words


def test_the_last_seven_days_are_counted_by_what_happened_in_them(settled: Cast, term: Term) -> None:
    county.problem(settled, term, settled.a1, "2026-0008", 2, found=date(2026, 11, 12))
    week = board.last_week(settled.task_force)
    # 0008 was registered; 0004 was closed on the 14th; 0002 and 0003 fell due on the 10th and the 12th.
    assert (week.since, week.found, week.closed, week.became_overdue) == (date(2026, 11, 9), 1, 1, 2)


# --- What they cost -------------------------------------------------------------------


def more_schools(cast: Cast, count: int) -> list[Organisation]:
    made = []
    start = Organisation.objects.count()
    for number in range(start, start + count):
        unit = Organisation.objects.create(
            kind="school",
            code=f"31530{number:05}",
            name=f"第{number}小学",
            area=cast.area_a,
            township=cast.town,
        )
        School.objects.create(
            organisation=unit, school_type="primary", grades=[1, 2, 3, 4, 5, 6], pupil_count=100
        )
        made.append(unit)
    return made


def busy_schools(cast: Cast, term: Term, count: int) -> None:
    """So many schools more, each with a check, a visit and a problem."""
    from inspections.models import Round

    round_ = Round.objects.first() or county.open_round(cast, term)
    for unit in more_schools(cast, count):
        serial = unit.code[-5:]
        county.submitted(round_, unit, f"2026-C9{serial}", cast)
        county.visited(cast, term, unit, f"2026-V9{serial}", R01_1="problem")
        county.problem(cast, term, unit, f"2026-9{serial}", 1)


@pytest.mark.pages
@pytest.mark.parametrize(
    ("address", "most"),
    [("/board/", 15), ("/board/table/", 25), ("/board/page/", 20), ("/board/3152000001/1/", 25)],
)
def test_the_queries_do_not_grow_with_the_county(settled: Cast, term: Term, address: str, most: int) -> None:
    client = signed_in(settled.task_force)

    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            assert client.get(address).status_code == 200
        return len(spent)

    cost()
    busy_schools(settled, term, 10)
    few = cost()
    busy_schools(settled, term, 60)
    assert cost() == few
    assert few <= most, few
