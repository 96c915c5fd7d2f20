"""Working days with 调休, the county's own days, and years that nobody has published yet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shuangjian.policy import calendar
from shuangjian.policy.models import DayOverride

pytestmark = pytest.mark.django_db


def day(text: str) -> date:
    return date.fromisoformat(text)


# The State Council's arrangement for 2026 (国办发明电〔2025〕7号), day by day at its edges.
DAYS_OF_2026 = [
    ("2026-01-01", False, "元旦"),
    ("2026-01-02", False, "元旦调休，星期五"),
    ("2026-01-03", False, "元旦，星期六"),
    ("2026-01-04", True, "调休上班的星期日"),
    ("2026-01-05", True, "平常的星期一"),
    ("2026-01-10", False, "平常的星期六"),
    ("2026-02-13", True, "春节前的星期五"),
    ("2026-02-14", True, "调休上班的星期六"),
    ("2026-02-15", False, "春节假期第一天"),
    ("2026-02-17", False, "正月初一"),
    ("2026-02-23", False, "春节假期最后一天，星期一"),
    ("2026-02-24", True, "节后第一个工作日"),
    ("2026-02-28", True, "调休上班的星期六"),
    ("2026-03-01", False, "平常的星期日"),
    ("2026-04-03", True, "清明前的星期五"),
    ("2026-04-04", False, "清明，星期六"),
    ("2026-04-06", False, "清明假期，星期一"),
    ("2026-04-07", True, "清明后的星期二"),
    ("2026-05-01", False, "劳动节"),
    ("2026-05-05", False, "劳动节假期，星期二"),
    ("2026-05-09", True, "调休上班的星期六"),
    ("2026-05-10", False, "平常的星期日"),
    ("2026-06-19", False, "端午，星期五"),
    ("2026-06-22", True, "端午后的星期一"),
    ("2026-09-20", True, "调休上班的星期日"),
    ("2026-09-25", False, "中秋，星期五"),
    ("2026-09-28", True, "中秋和国庆之间的星期一"),
    ("2026-09-30", True, "国庆前的星期三"),
    ("2026-10-01", False, "国庆节"),
    ("2026-10-07", False, "国庆假期最后一天，星期三"),
    ("2026-10-08", True, "国庆后的星期四"),
    ("2026-10-10", True, "调休上班的星期六"),
    ("2026-10-11", False, "平常的星期日"),
    ("2026-12-31", True, "一年的最后一天，星期四"),
]


@pytest.mark.parametrize(("text", "expected", "what"), DAYS_OF_2026, ids=[row[0] for row in DAYS_OF_2026])
def test_a_day_of_2026_works_or_rests_as_the_state_council_said(text: str, expected: bool, what: str) -> None:
    assert calendar.is_working_day(day(text)) is expected, what


UNPUBLISHED = [
    ("2027-01-01", True, "元旦在没有公布的年份按星期五算"),
    ("2027-01-02", False, "星期六"),
    ("2027-02-28", False, "星期日"),
    ("2031-10-01", True, "星期三"),
    ("1999-10-01", True, "早于数据的年份"),
]


@pytest.mark.parametrize(("text", "expected", "what"), UNPUBLISHED, ids=[row[0] for row in UNPUBLISHED])
def test_a_year_without_data_is_counted_by_weekdays(text: str, expected: bool, what: str) -> None:
    assert not calendar.is_published(day(text))
    assert calendar.is_working_day(day(text)) is expected, what


ADDED = [
    ("2026-11-16", 0, "2026-11-16", 0, "零天就是当天"),
    ("2026-11-16", 1, "2026-11-17", 0, "星期一加一天"),
    ("2026-11-20", 1, "2026-11-23", 0, "星期五加一天到下星期一"),
    ("2026-11-21", 1, "2026-11-23", 0, "从星期六数起"),
    ("2026-11-16", 5, "2026-11-23", 0, "一个星期"),
    ("2026-09-30", 1, "2026-10-08", 0, "跨国庆长假"),
    ("2026-09-30", 3, "2026-10-10", 1, "数到调休上班的星期六"),
    ("2026-09-18", 15, "2026-10-15", 2, "两个调休上班日都在内"),
    ("2026-09-19", 1, "2026-09-20", 1, "调休上班的星期日"),
    ("2026-02-13", 2, "2026-02-24", 1, "跨春节"),
    ("2025-12-31", 1, "2026-01-04", 1, "跨元旦"),
    ("2026-12-30", 5, "2027-01-06", 0, "进入没有公布的年份"),
    ("2026-11-16", 20, "2026-12-14", 0, "最长的一级"),
]


@pytest.mark.parametrize(("start", "days", "end", "swapped", "what"), ADDED)
def test_working_days_are_added(start: str, days: int, end: str, swapped: int, what: str) -> None:
    computed = calendar.add_working_days(day(start), days)
    assert (computed.on, computed.swapped) == (day(end), swapped), what


@pytest.mark.parametrize(("start", "days", "end", "swapped", "what"), ADDED)
def test_counting_back_gives_what_was_added(start: str, days: int, end: str, swapped: int, what: str) -> None:
    assert calendar.working_days_between(day(start), day(end)) == days, what


def test_days_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match="added"):
        calendar.add_working_days(day("2026-11-16"), -1)


@pytest.mark.parametrize(("start", "end"), [("2026-11-16", "2026-11-16"), ("2026-11-17", "2026-11-16")])
def test_between_a_day_and_no_later_one_lies_nothing(start: str, end: str) -> None:
    assert calendar.working_days_between(day(start), day(end)) == 0


EXPLAINED = [
    ("2026-11-16", 3, "3个工作日，至11月19日（星期四）"),
    ("2026-09-18", 15, "15个工作日，含调休上班2天，至10月15日（星期四）"),
    ("2026-09-30", 3, "3个工作日，含调休上班1天，至10月10日（星期六）"),
    ("2026-12-30", 5, "5个工作日，至1月6日（星期三）（暂定）"),
]


@pytest.mark.parametrize(("start", "days", "words"), EXPLAINED)
def test_the_count_is_explained_in_words(start: str, days: int, words: str) -> None:
    assert calendar.add_working_days(day(start), days).explain() == words


def test_only_a_count_that_needs_an_unpublished_year_is_provisional() -> None:
    assert not calendar.add_working_days(day("2026-12-30"), 1).is_provisional
    assert calendar.add_working_days(day("2026-12-31"), 1).is_provisional


MOVED = [
    ("2026-10-31", "2026-11-02", "星期六顺延"),
    ("2026-11-15", "2026-11-16", "星期日顺延"),
    ("2026-10-01", "2026-10-08", "国庆顺延"),
    ("2026-10-10", "2026-10-10", "调休上班的星期六不顺延"),
    ("2026-11-16", "2026-11-16", "工作日不顺延"),
]


@pytest.mark.parametrize(("due", "moved", "what"), MOVED)
def test_what_falls_on_a_rest_day_moves_to_the_next_working_day(due: str, moved: str, what: str) -> None:
    assert calendar.next_working_day(day(due)) == day(moved), what


# --- The county's own days ------------------------------------------------------------------------
def test_a_local_closure_is_no_working_day() -> None:
    DayOverride.objects.create(on=day("2026-11-17"), is_working=False, reason="台风停课停工")
    assert not calendar.is_working_day(day("2026-11-17"))
    assert calendar.add_working_days(day("2026-11-16"), 1).on == day("2026-11-18")
    assert calendar.working_days_between(day("2026-11-16"), day("2026-11-18")) == 1
    assert calendar.next_working_day(day("2026-11-17")) == day("2026-11-18")


def test_the_county_may_enter_a_year_before_the_library_knows_it() -> None:
    for offset in range(3):
        DayOverride.objects.create(on=day("2027-01-01") + timedelta(offset), is_working=False, reason="元旦")
    assert calendar.add_working_days(day("2026-12-31"), 1).on == day("2027-01-04")


def test_a_local_working_saturday_counts_as_swapped() -> None:
    DayOverride.objects.create(on=day("2026-11-21"), is_working=True, reason="补台风停工")
    computed = calendar.add_working_days(day("2026-11-20"), 1)
    assert (computed.on, computed.swapped) == (day("2026-11-21"), 1)


def test_many_counts_read_the_countys_days_once(django_assert_num_queries) -> None:
    DayOverride.objects.create(on=day("2026-11-17"), is_working=False, reason="台风停课停工")
    with django_assert_num_queries(1), calendar.loaded():
        for days in range(20):
            calendar.add_working_days(day("2026-11-16"), days)
        assert calendar.working_days_between(day("2026-11-16"), day("2026-11-18")) == 1
    assert calendar._loaded.get() is None
