"""Double random draws: hashed before the seed is known, drawn again by anybody, changed by nobody."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inspections import lots
from inspections.models import DeclaredRelative, InspectorCard, Visit, VisitDraw
from inspections.workflows import draws, inspectors, visit_planning, visits
from shuangjian import clock
from shuangjian.accounts.models import County, Membership, User
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.journal.models import AuditEntry
from tests.cast import NOVEMBER, Cast
from tests.inspections.drawing import PLAN, announced

pytestmark = [pytest.mark.usefixtures("standing_policy", "policy"), pytest.mark.onsite]
SEED = "03 11 19 24 26 31 07"


def drawn(cast: Cast, row: VisitDraw | None = None, **changed: Any) -> VisitDraw:
    row = row or announced(cast)
    fields: dict[str, Any] = {"actor": cast.supervision, "version": None, "seed": SEED, "witness": "程公证"}
    with clock.at(NOVEMBER + timedelta(hours=2)):
        return draws.draw(draw_id=row.pk, **(fields | changed))


def test_what_is_announced_is_frozen_hashed_and_in_the_trail(cast: Cast) -> None:
    row = announced(cast)
    assert (row.no, row.state, row.drawn) == ("2026-D0001", "announced", [])
    assert [unit["name"] for unit in row.frozen["units"]] == [
        "城关小学", "实验学校", "第二中学", "启明教育培训中心",
    ]  # fmt: skip
    assert row.list_hash == lots.hash_of(row.frozen)
    entry = AuditEntry.objects.get(action="inspections.draw.announced")
    assert (entry.subject_no, entry.after["list_hash"]) == (row.no, row.list_hash)
    assert draws.replay(row).agrees
    # The salt hides the list: the same one published again has another hash.
    assert announced(cast).list_hash != row.list_hash


def test_a_second_person_draws_the_same_list(cast: Cast) -> None:
    row = drawn(cast)
    assert (row.state, len(row.drawn)) == ("drawn", 2)
    assert all(len(set(one["team"])) == 2 for one in row.drawn)
    again = draws.replay(VisitDraw.objects.get())
    assert again.agrees
    assert again.drawn == row.drawn == lots.draw_double(row.frozen, SEED)
    assert any(lots.draw_double(row.frozen, f"{n}") != row.drawn for n in range(9))


def test_the_seed_waits_for_its_time_and_its_witness(cast: Cast) -> None:
    row = announced(cast)
    with pytest.raises(Refused, match="还没有到公布的抽取时间"):
        draws.draw(draw_id=row.pk, actor=cast.supervision, version=None, seed=SEED, witness="程公证")
    with pytest.raises(Refused, match="监督人"):
        drawn(cast, row, witness=cast.supervision.name)
    with pytest.raises(NotAllowed):
        drawn(cast, row, actor=cast.leader)
    drawn(cast, row)
    with pytest.raises(WrongState):
        drawn(cast, row, seed="1 2 3")


@pytest.mark.parametrize("with_hash", [False, True])
def test_a_manipulated_list_is_not_drawn_from_and_is_named(cast: Cast, with_hash: bool) -> None:
    """A unit is taken out: the hash tells; with the hash changed too the trail does."""
    row = announced(cast)
    frozen = row.frozen | {"units": row.frozen["units"][1:]}
    changed = {"frozen": frozen} | ({"list_hash": lots.hash_of(frozen)} if with_hash else {})
    VisitDraw.objects.filter(pk=row.pk).update(**changed)
    words = "与公布时留痕的不符" if with_hash else "名单与公布的校验码不符"
    with pytest.raises(Refused, match=words):
        drawn(cast, row)
    faults = draws.replay(VisitDraw.objects.get()).faults
    assert len(faults) == 1
    assert words in faults[0]
    assert row.list_hash in faults[0]


def test_a_manipulated_result_is_named(cast: Cast) -> None:
    row = drawn(cast)
    VisitDraw.objects.update(drawn=row.drawn[::-1])
    assert draws.replay(VisitDraw.objects.get()).faults == ["用公布的名单和种子重抽，结果与登记的不同"]


def test_nobody_is_drawn_where_he_keeps_away(cast: Cast) -> None:
    """Own or former unit within twelve months, a relative's unit; longer ago does not bind."""
    a1, a2, a3, b1 = (cast.units[key] for key in ("a1", "a2", "a3", "b1"))
    Membership.objects.create(
        user=cast.inspector_a, organisation=a1, role="head", from_on=date(2020, 1, 1), to_on=date(2026, 3, 1)
    )
    Membership.objects.create(
        user=cast.inspector_a,
        organisation=a3,
        role="manager",
        from_on=date(2020, 1, 1),
        to_on=date(2025, 3, 1),
    )
    inspectors.declare_relative(actor=cast.inspector_b, organisation=a2, relation="spouse")
    gone = inspectors.declare_relative(actor=cast.inspector_b, organisation=b1, relation="child")
    inspectors.end_relative(relative_id=gone.pk, actor=cast.inspector_b, version=None)
    row = announced(cast, unit_count=4)
    barred = {one["name"]: one["barred"] for one in row.frozen["inspectors"]}
    assert barred == {"周明": [a1.code], "吴芳": [a2.code], "孙涛": []}
    assert "spouse" not in json.dumps(row.frozen)
    for number in range(30):
        for one in lots.draw_double(row.frozen, str(number)):
            names = {person["name"] for person in row.frozen["inspectors"] if person["key"] in one["team"]}
            assert not any(one["unit"] in barred[name] for name in names)


def test_nobody_is_drawn_more_often_than_said_and_a_unit_without_a_team_stays_without(cast: Cast) -> None:
    row = drawn(cast, announced(cast, unit_count=4, most_per_inspector=1))
    sizes = [len(one["team"]) for one in row.drawn]
    assert sizes == [2, 0, 0, 0]


def test_a_full_unit_is_left_out_and_said_so(cast: Cast) -> None:
    County.objects.update(visits_per_term=1)
    _plan(cast, cast.a1, kind="regular", inspectors=[cast.inspector_a])
    row = announced(cast)
    assert [(one["name"], one["why"]) for one in row.frozen["left_out"]] == [
        ("城关小学", "本学期已安排1次入校，达到上限1次")
    ]
    assert cast.a1.code not in {unit["code"] for unit in row.frozen["units"]}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"unit_count": 5}, "抽取个数应在1和4之间"),
        ({"team_size": 1}, "至少要2名督学"),
        ({"draws_at": NOVEMBER - timedelta(minutes=1)}, "抽取时间要在公布之后"),
        ({"until_on": date(2026, 11, 16)}, "最晚到校日期不能早于最早到校日期"),
        ({"draws_at": NOVEMBER + timedelta(days=3)}, "不能早于抽取当天"),
        ({"kind": "enforcement"}, "没有登记有效的行政执法证"),
    ],
)
def test_what_could_not_be_drawn_is_not_announced(cast: Cast, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        announced(cast, **changed)
    assert not VisitDraw.objects.exists()


def test_an_enforcement_check_draws_those_with_the_card(cast: Cast) -> None:
    for user in (cast.inspector_a, cast.inspector_b):
        inspectors.save_card(actor=user, kind="enforcement", number=f"云执{user.pk}", valid_until=None)
    people = [cast.inspector_a, cast.inspector_b]
    assert announced(cast, kind="enforcement", inspectors=people).kind == "enforcement"
    InspectorCard.objects.filter(user=cast.inspector_b).update(valid_until=date(2026, 11, 1))
    with pytest.raises(Refused, match="吴芳没有登记有效的行政执法证"):
        announced(cast, kind="enforcement", inspectors=people)


def test_the_drawn_units_are_planned_once_with_their_teams(cast: Cast) -> None:
    row = drawn(cast)
    order = visit_planning.order_of(row)
    batch = visit_planning.plan_many(order, actor=cast.supervision)
    assert batch.done == 2
    for one in row.drawn:
        visit = Visit.objects.get(draw=row, organisation__code=one["unit"])
        assert (visit.kind, visit.approval_no) == ("random", PLAN["approval_no"])
        assert sorted(visit.members.values_list("user", flat=True)) == sorted(one["team"])
    again = visit_planning.plan_many(order, actor=cast.supervision)
    assert again.done == 0
    assert "本次抽取已安排督导" in again.rows[0]["words"]


def test_the_command_draws_again_and_fails_loudly(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = drawn(cast)
    call_command("replay_draw", row.no)
    said = capsys.readouterr().out
    assert "与登记的一致" in said
    assert row.list_hash in said
    published = {"frozen": row.frozen, "list_hash": row.list_hash, "seed": row.seed, "drawn": row.drawn}
    file = tmp_path / "inputs.json"
    file.write_text(json.dumps(published, ensure_ascii=False), encoding="utf-8")
    call_command("replay_draw", inputs=str(file))
    published["frozen"]["units"][0]["name"] = "换成别的学校"
    file.write_text(json.dumps(published, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(CommandError, match="名单与公布的校验码不符"):
        call_command("replay_draw", inputs=str(file))
    with pytest.raises(CommandError, match="没有在本平台抽取的"):
        call_command("replay_draw", "2026-D0099")


def test_a_declaration_is_made_once_and_ended_by_its_maker(cast: Cast) -> None:
    row = inspectors.declare_relative(actor=cast.inspector_a, organisation=cast.a1, relation="parent")
    with pytest.raises(Refused, match="已经申报过"):
        inspectors.declare_relative(actor=cast.inspector_a, organisation=cast.a1, relation="parent")
    with pytest.raises(NotAllowed):
        inspectors.end_relative(relative_id=row.pk, actor=cast.supervision, version=None)
    assert not DeclaredRelative.objects.visible_to(cast.supervision).exists()  # type: ignore[attr-defined]
    # The trail says that he declared something, not what.
    entry = AuditEntry.objects.get(action="inspections.relative.declared")
    assert entry.organisation_id is None
    assert entry.after == {"row": row.pk}


def _plan(cast: Cast, unit: Any, *, kind: str, inspectors: list[User]) -> Visit:
    return visits.plan(
        organisation=unit,
        kind=kind,
        planned_on=clock.today(),
        inspectors=inspectors,
        actor=cast.supervision,
        **PLAN,
    )
