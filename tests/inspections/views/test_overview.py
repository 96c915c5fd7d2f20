"""The county on one screen: every number of the board is its list's, for every reader and every filter.

Beside it the voices of 条目情况表, the panel of a cell, the table on paper, and the strips of a unit's terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pypdf import PdfReader

from inspections.models import BulkRow, BulkRun, Problem, RectificationTask, Submission
from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.journal import jobs
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.cases import item, later
from tests.inspections.printing import content_of, ordered, words_of
from tests.inspections.reports import county
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.overview, pytest.mark.usefixtures("standing_policy", "policy")]
READERS = ("leader", "task_force", "supervision")
FILTERS = (
    "",
    "kind=institution",
    "kind=school",
    "stage=primary",
    "stage=junior",
    "township=YX-T01",
    "area=YX-Q01",
    "area=YX-Q02",
    "term=2026-spring",
    "kind=school&stage=junior&area=YX-Q01&term=2026-autumn",
    "area=nowhere",
)
RULES_BY = ("area=YX-Q01", "term=2026-spring")  # without any filter: test_board.py


@pytest.fixture
def settled(cast: Cast, term: Term) -> Iterator[Cast]:
    """The small county of the reports, a problem due soon and one of last term, in two towns."""
    county.settle(cast, term)
    county.problem(cast, term, cast.a2, "2026-0006", 4, due=date(2026, 11, 20))
    spring = Term.objects.get(code="2026-spring")
    county.problem(cast, spring, cast.b1, "2026-0007", 12, found=date(2026, 5, 6), due=date(2026, 6, 30))
    town = Organisation.objects.create(kind="township", code="YX-T02", name="河口镇")
    Organisation.objects.filter(pk=cast.b1.pk).update(township=town)
    yield cast


def page(cast: Cast, address: str, who: str = "task_force", **headers: str) -> Any:
    answer = signed_in(cast.people[who]).get(address, headers=headers or None)
    assert answer.status_code == 200, address
    return answer


# --- Numbers and their lists ----------------------------------------------------------
@pytest.mark.parametrize("who", READERS)
def test_each_number_is_its_list_under_every_filter(settled: Cast, who: str) -> None:
    client, told = signed_in(settled.people[who]), set()
    for query in FILTERS:
        board = client.get(f"/board/?{query}").context
        asked = dict(parse_qsl(query)) if query != "area=nowhere" else {}
        for number in board["numbers"]:
            listed = client.get(number.url).context["page_obj"].paginator.count
            assert listed == number.value, (query, number.label)
            behind = dict(parse_qsl(urlsplit(number.url).query))
            assert asked.items() <= behind.items(), (query, number.label)
            told.add((number.label, number.value))
        for rule, links in board["rules"] if query in RULES_BY else ():
            for url, count in ((links.problems, rule.count), (links.still_open, rule.still_open)):
                assert client.get(url).context["page_obj"].paginator.count == count, (query, url)
            assert client.get(links.units).context["matrix"].page.paginator.count == rule.units, query
        nos = [task.problem.no for task in board["urgent"]]
        late = client.get(f"{board['numbers'][0].url}&sort=due").context["page_obj"]
        assert nos == [task.problem.no for task in late], query
    # The filters did tell apart: overdue of all, of one area, of none.
    assert {value for label, value in told if label == "逾期未销号"} == {3, 2, 1, 0}


def test_a_scoped_person_has_no_board_and_only_his_numbers_elsewhere(settled: Cast) -> None:
    for who in ("inspector_a", "clerk_a1", "manager_a3", "partner", "system_admin"):
        assert signed_in(settled.people[who]).get("/board/").status_code == 403
    tabs = page(settled, "/problems/?tab=all", "clerk_b1").context["tabs"].tabs
    assert {tab.key: tab.count for tab in tabs if tab.key in ("all", "overdue")} == {"all": 3, "overdue": 2}


# --- Three voices ---------------------------------------------------------------------
def cells(cast: Cast, query: str) -> dict[str, dict[int, Any]]:
    matrix = page(cast, f"/board/table/?{query}").context["matrix"]
    return {row.unit.name: {cell.number: cell for cell in row.cells if cell.number} for row in matrix.rows}


def test_each_voice_speaks_for_itself_and_the_gap_is_between_them(settled: Cast) -> None:
    own, site, gap = (cells(settled, f"voice={voice}")["城关小学"] for voice in ("unit", "site", "gap"))
    # The unit said 符合 of rule 1 and 不符合 of one item of rule 4; on site it was the other way round.
    assert (own[1].words, own[4].words, own[9].words) == (
        "符合，单位自报",
        "不符合，单位自报",
        "部分符合，单位自报",
    )
    assert (site[1].words, site[4].words, site[2].words) == (
        "不符合，到校查过",
        "符合，到校查过",
        "未填未查",
    )
    assert (gap[1].mark, gap[1].glyph, gap[1].words) == ("bad", "✓✕", "单位自报符合，到校看到不符合")
    assert (gap[4].mark, gap[4].words) == ("partial", "单位自报不符合，到校看到符合")
    assert gap[2].mark == "none"
    assert not any(cell.is_overdue for cell in (*own.values(), *site.values(), *gap.values()))
    words = text_of(page(settled, "/board/table/?voice=gap"))
    assert "只比两边都说到的检查项" in words and "一致/可比" in words


def test_what_agrees_is_no_gap(settled: Cast) -> None:
    seen = Submission.objects.get(self_check__no="2026-C0001")
    seen.values["R01-1"] = "partly"  # on site an item is met or a problem
    seen.save()
    cell = cells(settled, "voice=gap")["城关小学"][1]
    assert (cell.mark, cell.words) == ("ok", "说法一致")


def test_nonsense_for_a_voice_is_no_voice(settled: Cast) -> None:
    assert cells(settled, "voice=x")["城关小学"][1].words == "不符合，到校查过，有逾期问题"


# --- A cell ---------------------------------------------------------------------------
def test_a_cell_opens_beside_the_table_with_an_address_of_its_own(settled: Cast) -> None:
    here = "http://testserver/board/table/?area=YX-Q01&cell=old.1"
    own = f"/board/{settled.a1.code}/1/"
    panel = page(settled, own, **{"hx-request": "true", "hx-current-url": here})
    assert panel.headers["HX-Push-Url"] == f"/board/table/?area=YX-Q01&cell={settled.a1.code}.1"
    assert b"<html" not in panel.content
    assert 'href="/board/table/?area=YX-Q01" data-close' in panel.content.decode()
    for answer in (panel, page(settled, own), page(settled, panel.headers["HX-Push-Url"])):
        words = text_of(answer)
        steps = r"自查 10月20日提交 督导 11月3日到校 问题 1个 销号 0/1个"
        assert re.search(steps, words), words
        assert words.index("自查和督导逐项") < words.index("2026-0002")
    assert "单位自报 符合 到校督导 不符合" in words


@pytest.mark.parametrize("cell", ["NOSUCH.4", "3152000001.99", "3152000001", ".", "3152000001.x", "\x00.4"])
def test_a_cell_that_is_none_opens_nothing(settled: Cast, cell: str) -> None:
    answer = signed_in(settled.task_force).get("/board/table/", {"cell": cell})
    assert answer.status_code == 200 and answer.context["opened"] is None


# --- On paper -------------------------------------------------------------------------
def test_the_table_is_printed_as_it_is_filtered(settled: Cast) -> None:
    client = signed_in(settled.leader)
    told = text_of(client.get("/printouts/new/table/?area=YX-Q01"))
    assert "3个单位" in told and "督学责任区：第一督学责任区" in told
    printout = ordered(client, "table/?area=YX-Q01", paper="a4")
    words = words_of(content_of(printout))
    assert "城关小学" in words and "启明教育培训中心" in words and "第二中学" not in words
    assert "●·逾" in words and "到校查过" in words
    gap = words_of(content_of(ordered(client, "table/?voice=gap&kind=school", paper="a4")))
    assert "○●" in gap and "说法一致" in gap
    nothing = submit(client, "/printouts/new/table/?q=nobody", {"paper": "a4"})
    assert "没有符合条件的单位" in text_of(nothing)


def test_a_hundred_units_stand_on_one_sheet_of_a3(cast: Cast, term: Term) -> None:
    for number in range(96):
        unit = Organisation.objects.create(
            kind="school",
            code=f"31530{number:05}",
            name=f"河口镇第{number}九年一贯制学校",
            area=cast.area_a,
            township=cast.town,
        )
        School.objects.create(
            organisation=unit, school_type="nine_year", grades=list(range(1, 10)), pupil_count=100
        )
    printout = ordered(signed_in(cast.leader), "table/?", paper="a3")
    sheets = PdfReader(BytesIO(content_of(printout))).pages
    assert len(sheets) == 1
    assert round(float(sheets[0].mediabox.width) / 72 * 25.4) == 420


# --- Many rows ------------------------------------------------------------------
@pytest.mark.parametrize("count", [210, pytest.param(1000, marks=pytest.mark.long)])
def test_many_selected_rows_act_as_a_job_and_twice_does_no_harm(cast: Cast, term: Term, count: int) -> None:
    rule = item("R04-2")
    made = Problem.objects.bulk_create(
        Problem(
            no=f"2026-{number:04}",
            organisation=cast.a1 if number % 2 else cast.b1,
            rule=rule.rule,
            item=rule,
            fact="作业偏多",
            origin="county_inspection",
            found_on=date(2026, 10, 12),
            found_by=cast.supervision,
            registered_at=county.at(10, 12),
        )
        for number in range(1, count + 1)
    )
    RectificationTask.objects.bulk_create(
        RectificationTask(
            problem=problem,
            state="rectifying",
            due_on=later(10),
            plan_version=1,
            created_at=problem.registered_at,
        )
        for problem in made
    )
    client = signed_in(cast.task_force)
    ledger = client.get("/ledger/?select=all")
    assert f"已选中全部{count}条" in text_of(ledger)
    picked = client.get("/ledger/", {"no": [problem.no for problem in made[:205]]})
    assert "有5条没有选上" in text_of(picked)  # never dropped without a word
    act = "/ledger/reassign/?select=all"
    answer = submit(client, act, {"count": str(count), "overseer": cast.supervision.pk})
    run = BulkRun.objects.get()
    assert answer.url == f"/ledger/runs/{run.pk}/"
    assert run.job.state == "queued"  # not in the request: the page shows how far the worker is
    assert f"改督办人{count}个问题" in text_of(client.get(answer.url))
    # What a first attempt did before it was lost is not done again.
    BulkRow.objects.filter(run=run, task__in=RectificationTask.objects.order_by("pk")[:10]).update(
        outcome="done"
    )
    assert jobs.run_now(run.job_id)
    assert not jobs.run_now(run.job_id)
    assert set(run.rows.values_list("outcome", flat=True)) == {"done"}
    assert RectificationTask.objects.filter(overseer=cast.supervision).count() == count - 10
    shown = client.get(answer.url)
    assert f"改督办人：成功{count}条" in text_of(shown)
    assert shown.context["page_obj"].paginator.num_pages == (count + 49) // 50


# --- A unit over its terms ------------------------------------------------------------
def test_a_unit_shows_its_rules_term_by_term_and_its_registers(settled: Cast) -> None:
    answer = page(settled, f"/units/{settled.b1.code}/")
    strips = answer.context["strips"]
    assert [strip.term.code for strip in strips] == ["2026-autumn", "2026-spring"]
    marks = [{rule.number: rule.mark for rule in strip.rules} for strip in strips]
    assert (marks[0][7], marks[0][9], marks[0][12]) == ("bad", "bad", "ok")
    assert (marks[1][12], marks[1][7]) == ("bad", "none")
    one = page(settled, f"/board/{settled.b1.code}/7/").context["chain"]
    assert one.cell.mark == marks[0][7]  # the board's own mark
    kept = answer.context["registers"]
    assert kept.total == len(kept.missing) > 5
    assert f"{kept.total}/{kept.total}项" in text_of(answer)
