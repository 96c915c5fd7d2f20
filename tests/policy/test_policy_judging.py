"""Figures against limits, limits by date, a rule's conclusion from its items."""

from __future__ import annotations

from datetime import date

import pytest

from shuangjian.policy.judging import BadFigure, conclusion, judge, limit_at, limit_for, parse
from shuangjian.policy.models import Indicator, Limit, Rulebook
from shuangjian.policy.scope import UnitFacts, limits_for

pytestmark = pytest.mark.usefixtures("standing_policy")

PRIMARY = UnitFacts(kind="school", grades=frozenset(range(1, 7)))
NINE_YEAR = UnitFacts(kind="school", grades=frozenset(range(1, 10)))
FIVE_FOUR = UnitFacts(kind="school", grades=frozenset(range(1, 10)), system="54")


def limit(op: str, value: str, unit: str = "分钟/天") -> Limit:
    kind = "clock" if ":" in value else "number"
    return Limit(indicator=Indicator(name="书面家庭作业", unit=unit, value_kind=kind), op=op, value=value)


@pytest.mark.parametrize(
    ("op", "bound", "unit", "value", "is_within", "words"),
    [
        ("<=", "60", "分钟/天", "60", True, "未超出"),
        ("<=", "60", "分钟/天", "66", False, "超出6分钟"),
        ("<=", "60", "分钟/天", "60.5", False, "超出0.5分钟"),
        ("<=", "90", "分钟/天", "0", True, "未超出"),
        (">=", "5", "天/周", "5", True, "达到"),
        (">=", "5", "天/周", "4", False, "少1天"),
        (">=", "2", "小时/天", "1.5", False, "少0.5小时"),
        ("=", "0", "次/学期", "0", True, "符合"),
        ("=", "0", "次/学期", "2", False, "超出2次"),
        ("<=", "30", "%", "35", False, "高5个百分点"),
        (">=", "50", "%", "47.5", False, "低2.5个百分点"),
        ("<=", "5000", "元", "6000", False, "超出1000元"),
        ("<=", "20:30", "时刻", "20:30", True, "符合"),
        ("<=", "20:30", "时刻", "20:50", False, "晚20分钟"),
        ("<=", "21:00", "时刻", "22:15", False, "晚75分钟"),
        (">=", "08:20", "时刻", "08:20", True, "符合"),
        (">=", "08:20", "时刻", "07:50", False, "早30分钟"),
    ],
)
def test_a_figure_is_judged_with_its_difference(
    op: str, bound: str, unit: str, value: str, is_within: bool, words: str
) -> None:
    verdict = judge(limit(op, bound, unit), value)
    assert (verdict.is_within, verdict.words) == (is_within, words)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("number", "66", "66"),
        ("number", " 66 ", "66"),
        ("number", "60.50", "60.5"),
        ("number", "６６．５", "66.5"),
        ("number", "0", "0"),
        ("number", "100000", "100000"),
        ("clock", "8:20", "08:20"),
        ("clock", "20：30", "20:30"),
        ("clock", "００：００", "00:00"),
    ],
)
def test_a_figure_is_kept_in_one_form(kind: str, typed: str, kept: str) -> None:
    assert parse(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", ""),
        ("number", "约60"),
        ("number", "-1"),
        ("number", "60.555"),
        ("number", "100001"),
        ("number", "1e9"),
        ("number", "1_0"),
        ("number", "NaN"),
        ("number", "٦٠"),
        ("number", "9" * 400),
        ("clock", "24:00"),
        ("clock", "20:60"),
        ("clock", "20.30"),
        ("clock", "晚上八点半"),
        ("clock", "8:5"),
    ],
)
def test_what_is_no_figure_is_refused_with_the_way_to_write_it(kind: str, typed: str) -> None:
    with pytest.raises(BadFigure, match="请"):
        parse(kind, typed)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["meets", "meets"], "meets"),
        (["meets", "partly"], "partly"),
        (["partly", "fails", "meets"], "fails"),
        (["meets", ""], ""),
        (["partly", ""], "partly"),
        (["fails", ""], "fails"),
        (["na", "meets"], "meets"),
        (["na", "na"], "na"),
        (["na", ""], ""),
        (["na", "fails"], "fails"),
        ([], ""),
    ],
)
def test_a_rules_conclusion_follows_from_its_items(answers: list[str], expected: str) -> None:
    assert conclusion(answers) == expected


# --- By date and unit -----------------------------------------------------------------------------
def indicator(book: Rulebook, item: str, name: str) -> Indicator:
    return Indicator.objects.get(item__rule__rulebook=book, item__code=item, name=name)


def test_a_finding_is_judged_by_the_limit_of_its_date(book: Rulebook) -> None:
    """2018 allowed two unified examinations a term in grades 3 to 6, 2021 one examination in all."""
    old = indicator(book, "R06-2", "统一考试").limits.all()
    assert [one.value for one in limit_at(old, date(2021, 8, 29))] == ["2"]
    assert limit_at(old, date(2021, 8, 30)) == []
    assert limit_at(old, date(2018, 12, 27)) == []
    new = indicator(book, "R06-2", "学校组织的考试").limits.all()
    assert limit_at(new, date(2021, 8, 29)) == []
    assert [one.value for one in limit_at(new, date(2021, 8, 30))] == ["1"]


def test_a_document_dated_by_month_holds_from_the_next_month(book: Rulebook) -> None:
    most = indicator(book, "R13-2", "一次收费金额").limits.get()
    assert most.source.dated == "2022-12"
    assert most.in_force_from == date(2023, 1, 1)


@pytest.mark.parametrize(
    ("facts", "grade", "expected"),
    [
        (PRIMARY, 1, "26"),
        (PRIMARY, 6, "30"),
        (NINE_YEAR, 6, "30"),
        (NINE_YEAR, 7, "34"),
        (FIVE_FOUR, 5, "30"),
        (FIVE_FOUR, 6, "34"),
        (PRIMARY, 7, None),
    ],
)
def test_the_limit_is_that_of_the_grade(
    book: Rulebook, facts: UnitFacts, grade: int, expected: str | None
) -> None:
    lessons = indicator(book, "R02-1", "周总课时")
    found = limit_for(lessons, on=date(2026, 11, 16), facts=facts, grade=grade)
    assert (found.value if found else None) == expected


def test_no_figure_has_two_limits_on_one_day(book: Rulebook) -> None:
    units = [
        UnitFacts(kind="school", grades=frozenset({grade}), system=system)
        for system in ("63", "54")
        for grade in range(1, 13)
    ]
    for one in Indicator.objects.filter(item__rule__group="school").prefetch_related("limits"):
        for on in (date(2019, 9, 1), date(2021, 8, 29), date(2021, 8, 30), date(2026, 11, 16)):
            for facts in units:
                (grade,) = facts.grades
                assert len(limits_for(limit_at(one.limits.all(), on), facts, grade)) <= 1, (one, on, facts)
