"""What is in force on a day: rulebook, prohibitions, term, plan, proofs."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from shuangjian import clock
from shuangjian.policy import selectors
from shuangjian.policy.models import CheckItem, Plan, Prohibition, ProhibitionList, Rule, Rulebook

pytestmark = pytest.mark.usefixtures("standing_policy")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_later_version_is_in_force_from_its_day(book: Rulebook) -> None:
    later = Rulebook.objects.create(version="2026.1", title="x", in_force_from=date(2026, 12, 1), digest="")
    assert selectors.current_rulebook() == book
    with clock.at(at("2026-12-01T00:00")):
        assert selectors.current_rulebook() == later


def test_rules_are_given_by_group_in_order(book: Rulebook) -> None:
    assert [rule.number for rule in selectors.rules_for("institution")] == [13, 14, 15, 16, 17]


def test_a_new_version_of_a_list_takes_the_place_of_the_old_one(book: Rulebook) -> None:
    assert selectors.prohibitions_in_force().count() == 38
    newer = ProhibitionList.objects.create(
        code="county-plan", version="2026.1", title="x", in_force_from=date(2026, 11, 1), digest=""
    )
    Prohibition.objects.create(
        list=newer,
        code="S01",
        kind="不得",
        rule_code="R05",
        phrase="x",
        applies_to=["school"],
        severity="major",
    )
    assert selectors.prohibitions_in_force().count() == 31
    assert list(selectors.prohibitions_in_force("R05").values_list("code", flat=True)) == [
        "B02",
        "B03",
        "B04",
        "S01",
    ]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-09-01", "2026-autumn"),
        ("2027-01-22", "2026-autumn"),
        ("2027-02-10", "2027-spring"),
        ("2026-08-15", "2026-autumn"),
        ("2025-01-01", "2025-autumn"),
        ("2030-01-01", "2027-spring"),
    ],
)
def test_every_day_has_a_term_a_vacation_the_next(book: Rulebook, day: str, code: str) -> None:
    term = selectors.term_on(date.fromisoformat(day))
    assert term is not None
    assert term.code == code


def test_a_term_has_a_short_and_a_long_name(book: Rulebook) -> None:
    term = selectors.current_term()
    assert term is not None
    assert (term.title, term.short_title) == ("2026—2027学年第一学期（秋季）", "2026年秋季学期")
    assert str(term.school_year) == "2026—2027学年"


def test_the_plan_to_show_is_the_one_that_runs(book: Rulebook) -> None:
    old = Plan.objects.create(version="x", start_year=2030, title="还没开始", digest="")
    assert selectors.current_plan() == Plan.objects.get(start_year=2026)
    with clock.at(at("2031-01-01T00:00")):
        assert selectors.current_plan() == old


def test_the_next_date_of_the_plan_is_the_nearest(book: Rulebook) -> None:
    assert selectors.next_phase_date(date(2026, 8, 20)) == (
        date(2026, 8, 31),
        "学习记录（时间、形式、人数、内容）和家长会记录截止",
    )
    assert selectors.next_phase_date(date(2026, 12, 31)) == (date(2027, 1, 1), "“县级检查”开始")


def needs(severity: str, rule: int, light_track: bool = False) -> list[str]:
    problem = SimpleNamespace(severity=severity, rule=Rule.objects.get(number=rule), light_track=light_track)
    return [proof.code for proof in selectors.proof_requirements_for(problem)]


def test_proof_grows_with_severity_and_the_light_track_asks_for_none(book: Rulebook) -> None:
    assert needs("ordinary", 4) == ["corrected"]
    assert needs("major", 5) == ["corrected", "applied"]
    assert needs("critical", 7) == ["corrected", "applied", "stopped"]
    assert needs("ordinary", 13) == ["corrected", "refund"]
    assert needs("ordinary", 4, light_track=True) == []


def test_what_units_are_asked_excludes_parents_and_government(book: Rulebook) -> None:
    assert CheckItem.objects.askable().count() == 66
