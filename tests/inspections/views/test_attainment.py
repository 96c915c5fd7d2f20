"""达标情况: one rule for the conclusion, numbers that are their lists, what a unit lacks, units like it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.conclusions import Case, conclude
from inspections.models import Attainment, AttainmentCount, RectificationTask
from inspections.tasks import count_attainment
from inspections.workflows import attainment, rectification
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.cases import case_in
from tests.inspections.reports import county
from tests.registry import signed_in, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.overview]


@pytest.fixture
def settled(cast: Cast, term: Term) -> Iterator[Cast]:
    county.settle(cast, term)
    attainment.sweep()
    yield cast


def page(cast: Cast, address: str, who: str = "task_force") -> Any:
    answer = signed_in(cast.people[who]).get(address)
    assert answer.status_code == 200, address
    return answer


def found(unit: Organisation) -> Attainment:
    return Attainment.objects.get(organisation=unit, term__code="2026-autumn")


@pytest.mark.parametrize(
    ("marks", "cases", "said"),
    [
        ({1: "ok", 2: "none"}, [], "达标"),
        ({1: "ok", 2: "partial"}, [], "基本达标"),
        ({1: "bad"}, [Case(1, True, False)], "基本达标"),
        ({1: "bad"}, [Case(1, False, False)], "未达标"),
        ({1: "bad"}, [], "未达标"),
        ({1: "ok"}, [Case(9, False, True)], "未达标"),
        ({1: "none"}, [], "没有查清"),
    ],
)
def test_the_conclusion(marks: dict[int, str], cases: list[Case], said: str) -> None:
    assert conclude(marks, cases).label == said


def test_what_is_met_is_told_apart_by_what_proves_it(settled: Cast) -> None:
    row = found(settled.a1)
    assert row.conclusion == "unmet"
    assert (row.marks["9"], row.marks["1"], row.marks["2"]) == ("partial", "bad", "said")
    assert row.proven + row.said + row.short + row.unknown == row.concerned
    assert found(settled.a2).conclusion in ("unknown", "unmet")
    shown = text_of(page(settled, f"/attainment/{settled.a1.code}/", "clerk_a1"))
    assert "方案要求2027年7月31日前全部达标" in shown and "达标：查清的条目全部符合" in shown
    assert "第1条" in shown and "2026-0002" in shown
    assert set(found(settled.a3).marks.values()) >= {"proven"}


@pytest.mark.pages
@pytest.mark.parametrize("who", ["leader", "task_force", "supervision", "inspector_a", "inspector_b"])
def test_every_number_is_the_length_of_its_list(settled: Cast, who: str) -> None:
    tabs = page(settled, "/attainment/", who).context["tabs"].tabs
    units = Organisation.objects.visible_to(settled.people[who]).units()
    assert next(tab.count for tab in tabs if tab.key == "all") == units.count()
    for tab in tabs:
        listed = page(settled, f"/attainment/{tab.url}", who).context["page_obj"]
        assert listed.paginator.count == tab.count
    compared = 0
    for line in page(settled, "/attainment/rules/", who).context["lines"]:
        numbers = [(line.total, line.url), *((count, url) for _, count, url in line.counts)]
        for count, url in numbers[: 1 if compared > 12 else None]:
            if count:
                assert page(settled, url, who).context["page_obj"].paginator.count == count
                compared += 1
    assert compared


def test_only_what_the_trail_names_is_counted_again(settled: Cast) -> None:
    assert attainment.sweep() == 0
    before = found(settled.b1)
    task = case_in("verifying", unit=settled.b1, found_by=settled.inspector_b)
    assert attainment.sweep() == 0  # written past the portal: nothing is recorded
    assert found(settled.b1).open_problems == before.open_problems
    rectification.verify(
        task_id=task.pk, actor=settled.supervision, version=None, method="on_site", words="已改正"
    )
    assert attainment.sweep() == 1
    assert found(settled.b1).open_problems == before.open_problems + 1
    count_attainment()
    assert AttainmentCount.objects.count() == 1


def test_counted_by_parts_it_is_as_counted_whole(settled: Cast, term: Term) -> None:
    case_in("planning", unit=settled.a3, found_by=settled.inspector_a, code="R13-1")
    AttainmentCount.objects.all().delete()
    attainment.sweep()
    kept = list(Attainment.objects.order_by("organisation").values(*attainment._COUNTED))
    Attainment.objects.all().delete()
    AttainmentCount.objects.all().delete()
    attainment.sweep()
    assert list(Attainment.objects.order_by("organisation").values(*attainment._COUNTED)) == kept


def test_a_term_counted_for_good_is_left_alone(settled: Cast, term: Term) -> None:
    with clock.at(county.at(2, 20, year=2027)):
        attainment.count_for_good(term, county.at(2, 1, year=2027))
        kept = found(settled.a1).conclusion
        RectificationTask.objects.update(state="closed", closed_at=clock.now(), closed_by=settled.task_force)
        attainment.count_for_good(term, county.at(2, 1, year=2027))
        assert attainment.count(term) == 0
    assert found(settled.a1).conclusion == kept == "unmet"


# --- Beside units like it -------------------------------------------------------------


def like_a1(cast: Cast, many: int) -> None:
    for number in range(many):
        unit = Organisation.objects.create(
            kind="school", code=f"31520010{number:02}", name=f"文峰第{number}小学", township=cast.town,
            area=cast.area_b, opened_on=date(2020, 1, 1),
        )  # fmt: skip
        School.objects.create(organisation=unit, school_type="primary", grades=[1, 2], pupil_count=700)


def test_a_unit_stands_beside_a_group_that_names_nobody(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    like_a1(cast, 5)
    attainment.sweep()
    answer = page(cast, f"/attainment/{cast.a1.code}/", "clerk_a1")
    beside = answer.context["beside"]
    assert (beside.words, beside.others) == ("城区小学，学生500至1499人", 5)
    met = beside.figures[0]
    assert (met.own, met.median, met.least, met.most) == (found(cast.a1).met, 0, 0, 0)
    assert "文峰" not in text_of(answer)


def test_a_small_group_is_not_shown(cast: Cast, term: Term) -> None:
    county.settle(cast, term)
    like_a1(cast, 4)
    attainment.sweep()
    answer = page(cast, f"/attainment/{cast.a1.code}/")
    assert not answer.context["beside"].is_shown
    assert "不作比较" in text_of(answer)


def test_the_pages_cost_the_same_for_more_units(cast: Cast, term: Term) -> None:
    def cost(address: str) -> int:
        client = signed_in(cast.task_force)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    county.settle(cast, term)
    attainment.sweep()
    addresses = ("/attainment/", "/attainment/rules/", f"/attainment/{cast.a1.code}/")
    few = [cost(address) for address in addresses]
    like_a1(cast, 12)
    AttainmentCount.objects.all().delete()
    attainment.sweep()
    assert [cost(address) for address in addresses] <= few
    assert max(few) <= 25
