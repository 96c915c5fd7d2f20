"""各学期指标: what is counted, frozen once at a term's end, corrected beside it, shown with its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from inspections.goals.measures import MEASURES, find, in_words
from inspections.models import Attainment, GoalFigure, GoalSnapshot
from inspections.tasks import count_goals
from inspections.workflows import goals
from shuangjian import clock
from shuangjian.journal.errors import Refused, WrongState
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from tests.cast import Cast
from tests.inspections.reports import county
from tests.registers.filling import state as state_register
from tests.registry import signed_in, submit, text_of

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.overview]


@pytest.fixture
def settled(cast: Cast, term: Term) -> Iterator[Cast]:
    """The small county of the reports in autumn, and one problem of spring that was closed in summer."""
    county.settle(cast, term)
    spring = Term.objects.get(code="2026-spring")
    county.problem(
        cast, spring, cast.b1, "2026-0007", 5, found=date(2026, 5, 6), due=date(2026, 6, 30),
        closed=date(2026, 8, 20),
    )  # fmt: skip
    county.visited(cast, spring, cast.a1, "2026-V0009", on=county.at(5, 12), R04_1="meets", R04_2="problem")
    yield cast


def page(cast: Cast, address: str, who: str = "leader") -> Any:
    answer = signed_in(cast.people[who]).get(address)
    assert answer.status_code == 200, address
    return answer


def frozen(measure: str, code: str = "2026-spring") -> tuple[int | None, int | None]:
    one = GoalSnapshot.objects.filter(term__code=code, measure=measure).latest("version")
    return one.count, one.base


@pytest.mark.parametrize(
    ("count", "base", "words"),
    [
        (26, 30, "86.7%（26/30所）"),
        (3, 8, "3/8所"),
        (4, None, "4所"),
        (None, None, "—"),
    ],
)
def test_a_rate_carries_its_base_and_a_small_one_no_percentage(
    count: int | None, base: int | None, words: str
) -> None:
    assert in_words(count, base, "所") == words


def test_a_term_that_is_over_is_frozen_once_as_at_its_end(settled: Cast) -> None:
    count_goals()
    count_goals()
    entries = AuditEntry.objects.filter(action="inspections.goals.frozen")
    assert entries.count() == 1 and entries.get().after["troubled"] == [1, 3]
    assert frozen("troubled") == (1, 3)  # closed in August, after the term
    assert frozen("homework_seen") == (2, 6)  # grades 1, 2 of 1–6
    assert frozen("homework_stated") == (None, None)
    assert Attainment.objects.filter(term__code="2026-spring").count() == 4
    assert GoalSnapshot.objects.count() == len([one for one in MEASURES if one.take])
    with pytest.raises(WrongState):
        goals.freeze(Term.objects.get(code="2026-autumn"))


def test_the_past_does_not_change(settled: Cast) -> None:
    goals.sweep()
    before = list(GoalSnapshot.objects.values_list("measure", "count", "base", "rows"))
    spring = Term.objects.get(code="2026-spring")
    county.problem(settled, spring, settled.a1, "2026-0008", 4, found=date(2026, 5, 20))
    goals.sweep()
    assert list(GoalSnapshot.objects.values_list("measure", "count", "base", "rows")) == before
    for change in ({"count": 0}, None):
        rows = GoalSnapshot.objects.filter(measure="troubled")
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            rows.update(**change) if change else rows.delete()


def test_a_correction_stands_beside_what_it_corrects(settled: Cast) -> None:
    goals.sweep()
    address = "/goals/2026-spring/troubled/"
    office = signed_in(settled.task_force)
    same = submit(office, f"{address}correct/", {"reason": "复核"})
    assert "没有变化，不用更正" in text_of(same)
    spring = Term.objects.get(code="2026-spring")
    county.problem(settled, spring, settled.a1, "2026-0008", 4, found=date(2026, 5, 20))
    assert "请写明更正的理由" in text_of(submit(office, f"{address}correct/", {"reason": " "}))
    assert submit(office, f"{address}correct/", {"reason": "城关小学漏登1个"}).status_code == 302
    assert frozen("troubled") == (2, 3)
    shown = text_of(page(settled, address))
    assert "第2版" in shown and "城关小学漏登1个" in shown and "2/3所" in shown
    assert page(settled, f"{address}?v=1").context["page_obj"].paginator.count == 1
    first = GoalSnapshot.objects.get(measure="troubled", version=1)
    with pytest.raises(Refused, match="更新的版本"):
        goals.correct(snapshot_id=first.pk, actor=settled.task_force, reason="再来一次")
    entry = AuditEntry.objects.get(action="inspections.goalsnapshot.corrected")
    assert (entry.before["count"], entry.after["count"]) == (1, 2)
    assert "更正后第2版" in text_of(page(settled, "/goals/"))


def test_grades_are_judged_by_the_limit_of_each(settled: Cast, term: Term) -> None:
    said = {str(grade): {"minutes": "0" if grade < 3 else "55"} for grade in range(1, 7)}
    state_register(settled.a1, "homework", settled.clerk_a1, said | {"5": {"minutes": "70"}}, "练习周")
    goals.count(term)
    figure = GoalFigure.objects.get(measure="homework_stated")
    assert (figure.count, figure.base) == (5, 6)
    assert [row[1] for row in figure.rows if not row[3]] == ["五年级每天70分钟，超出限值"]


@pytest.mark.pages
def test_every_figure_opens_the_rows_it_was_counted_from(settled: Cast) -> None:
    goals.sweep()
    shown = page(settled, "/goals/")
    compared = 0
    for goal in shown.context["goals"]:
        for line in goal.lines:
            for one in [*line.figures, *([line.live] if line.live else [])]:
                if one.count is None:
                    continue
                listed = page(settled, one.url)
                assert listed.context["page_obj"].paginator.count == one.count
                if one.base is not None:
                    whole = page(settled, f"{one.url}?tab=all").context["page_obj"]
                    assert whole.paginator.count == one.base
                for row in listed.context["page_obj"]:
                    assert signed_in(settled.leader).get(row.url).status_code == 200, row.url
                compared += 1
    assert compared > 8
    text = text_of(shown)
    assert "没有并入本表" in text and "基线" in text and "不排名" in text
    with clock.at(county.at(3, 2, year=2027)):
        goals.sweep()
        drawn = page(settled, "/goals/").content.decode()
    assert frozen("troubled", "2026-autumn") == (0, 3)
    assert not re.search(r"<polyline[^>]*points=\"\"", drawn)
    attained = find("attained")
    assert attained is not None and attained.how in drawn
