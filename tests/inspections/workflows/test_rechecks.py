"""回头看 and the desk check: what is drawn, who looks again, and what a relapse makes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from inspections import lots
from inspections.models import Recheck, RecheckDraw, RectificationTask
from inspections.workflows import rechecks, rectification
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry
from tests.cast import NOVEMBER, Cast
from tests.inspections.cases import case_at_a1, case_in, fresh, later, red_line
from tests.parallel import at_once

pytestmark = [pytest.mark.usefixtures("policy"), pytest.mark.closeout]


def closed_on(cast: Cast, day: datetime, **changed: Any) -> RectificationTask:
    task = case_at_a1(cast, "closed", **changed)
    RectificationTask.objects.filter(pk=task.pk).update(closed_at=day)
    return fresh(task)


def in_october(cast: Cast, count: int, **changed: Any) -> list[RectificationTask]:
    return [
        closed_on(cast, NOVEMBER.replace(month=10, day=1 + at), **({"closed_by": cast.task_force} | changed))
        for at in range(count)
    ]


def test_a_red_line_is_looked_at_again_sixty_days_later_without_a_draw(cast: Cast) -> None:
    task = case_at_a1(cast, "verified", prohibition=red_line())
    rectification.close(task_id=task.pk, actor=cast.leader, version=None)
    row = Recheck.objects.get()
    assert (row.kind, row.due_on, row.draw) == ("look_back", later(60), None)


def test_a_month_that_is_over_is_drawn_once_and_anybody_can_draw_it_again(cast: Cast) -> None:
    tasks = in_october(cast, 7)
    light = in_october(cast, 3, origin="self_check", light=True, verified_by=None, closed_by=cast.head_a1)
    closed_on(cast, NOVEMBER, closed_by=cast.task_force)  # this month is not over
    assert rechecks.sweep() == 2
    assert rechecks.sweep() == 0
    look_back = RecheckDraw.objects.get(kind="look_back")
    assert look_back.pool == sorted(task.close_no for task in tasks)
    assert len(look_back.drawn) == 2  # 20 % of 7, rounded up
    assert lots.draw_share(look_back.pool, look_back.share, look_back.seed) == look_back.drawn
    desk = RecheckDraw.objects.get(kind="desk_check")
    assert (desk.pool, len(desk.drawn)) == (sorted(task.close_no for task in light), 1)
    drawn = Recheck.objects.filter(kind="look_back").select_related("task")
    assert sorted(row.task.close_no for row in drawn) == sorted(look_back.drawn)
    assert {row.due_on - clock.local_day(row.task.closed_at) for row in drawn if row.task.closed_at} == {
        timedelta(days=60)
    }
    assert AuditEntry.objects.filter(action="inspections.recheck.drawn").count() == 2


def test_months_that_a_stopped_machine_missed_are_drawn_each(cast: Cast) -> None:
    for month in (8, 9, 10):
        closed_on(cast, NOVEMBER.replace(month=month), closed_by=cast.task_force)
    assert rechecks.sweep() == 6
    assert [draw.month.month for draw in RecheckDraw.objects.filter(kind="look_back").order_by("month")] == [
        8,
        9,
        10,
    ]


def test_another_seed_gives_another_list(cast: Cast) -> None:
    pool = [f"销2026-{number:04}" for number in range(100)]
    assert lots.draw_share(pool, 20, "a") != lots.draw_share(pool, 20, "b")
    assert len(lots.draw_share(pool, 20, "a")) == 20
    assert lots.draw_share([], 20, "a") == []


def waiting(cast: Cast, **changed: Any) -> Recheck:
    task = in_october(cast, 1, **changed)[0]
    return Recheck.objects.create(task=task, kind="look_back", due_on=later(10), created_at=clock.now())


def result(run: Any, row: Recheck, actor: User, **arguments: Any) -> Any:
    said = {"method": "on_site", "words": "到校看过"} | arguments
    return run(recheck_id=row.pk, actor=actor, version=row.version, **said)


def test_who_closed_verified_or_belongs_to_the_unit_does_not_look_again(cast: Cast) -> None:
    row = waiting(cast)
    may = {name for name, user in cast.people.items() if user.has_perm("inspections.do_recheck", row)}
    assert may == {"supervision"}  # the inspector verified, the task force closed
    with pytest.raises(NotAllowed):
        result(rechecks.keep, row, cast.task_force)
    assert result(rechecks.keep, row, cast.supervision).state == "kept"
    entry = AuditEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.subject_no) == ("inspections.recheck.kept", row.no)


def test_a_relapse_opens_the_next_round_and_leaves_the_close_out_as_it_was(cast: Cast) -> None:
    row = waiting(cast)
    result(rechecks.find_relapsed, row, cast.supervision, words="又到75分钟", due_on=later(20))
    problem = row.task.problem
    assert [(one.ordinal, one.state) for one in problem.tasks.order_by("ordinal")] == [
        (1, "closed"),
        (2, "planning"),
    ]
    assert Recheck.objects.get().state == "relapsed"


def test_what_was_never_put_right_is_named_so(cast: Cast) -> None:
    row = waiting(cast)
    result(
        rechecks.find_relapsed,
        row,
        cast.supervision,
        words="公示牌没有换过",
        due_on=later(20),
        was_fixed=False,
    )
    assert Recheck.objects.get().state == "not_fixed"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"words": " "}, "请写明看到的情况"),
        ({"method": "on_paper"}, "回头看要到现场"),
        ({"method": ""}, "请选择现场核查或材料核查"),
    ],
)
def test_a_result_says_what_was_seen_and_how(cast: Cast, said: dict[str, Any], sentence: str) -> None:
    row = waiting(cast)
    with pytest.raises(Refused, match=sentence):
        result(rechecks.keep, row, cast.supervision, **said)
    assert Recheck.objects.get().state == "pending"


def test_a_relapse_without_a_date_ahead_writes_nothing(cast: Cast) -> None:
    row = waiting(cast)
    with pytest.raises(Refused, match="整改期限要晚于今天"):
        result(rechecks.find_relapsed, row, cast.supervision, due_on=clock.today())
    assert (Recheck.objects.get().state, RectificationTask.objects.count()) == ("pending", 1)


def test_it_is_recorded_once_and_a_stale_page_is_refused(cast: Cast) -> None:
    row = waiting(cast)
    result(rechecks.keep, row, cast.supervision)
    with pytest.raises(StaleRow):
        result(rechecks.keep, row, cast.supervision)
    row.refresh_from_db()
    with pytest.raises(WrongState):
        result(rechecks.keep, row, cast.supervision)


def test_a_unit_reads_results_and_never_what_is_still_to_come(cast: Cast) -> None:
    row = waiting(cast)
    other = Recheck.objects.create(
        task=case_in("closed", unit=cast.b1, found_by=cast.supervision),
        kind="look_back",
        due_on=later(3),
        created_at=clock.now(),
    )
    seen = {
        name: set(Recheck.objects.visible_to(user).values_list("pk", flat=True))
        for name, user in cast.people.items()
    }
    assert seen["task_force"] == seen["leader"] == {row.pk, other.pk}
    assert seen["inspector_a"] == {row.pk}
    assert seen["clerk_a1"] == seen["head_a1"] == seen["clerk_b1"] == set()
    result(rechecks.keep, row, cast.supervision)
    assert set(Recheck.objects.visible_to(cast.clerk_a1).values_list("pk", flat=True)) == {row.pk}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_draw_a_month_once(cast: Cast) -> None:
    in_october(cast, 6)
    with clock.at(NOVEMBER):
        made = at_once(rechecks.sweep, rechecks.sweep)
    assert sum(made) == 2
    assert RecheckDraw.objects.count() == 2
