"""Working days with 调休, the county's own days, years that nobody has published yet, vacations that pause a
count: one table to be read.

The expected days were worked out by hand from the notices of the State Council's general office; the notices'
own words stand in ``test_notices.py``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

import pytest

from shuangjian import clock
from shuangjian.policy import calendar
from shuangjian.policy.models import CalendarEdition, Term, TermPeriod
from shuangjian.policy.school_days import Lessons

pytestmark = [pytest.mark.calendar, pytest.mark.usefixtures("standing_policy", "db")]

TABLE = """
# 一行一例：  日期 班/休      日期 +N个工作日 = 到哪天      日期 顺延 = 到哪天      起 .. 止 = 几个工作日
# 含k：其中k天是调休上班的周末；暂定：用到没有公布安排的年份。按国务院办公厅各年通知手工推算，不用程序生成。
# 起止之间不算起的那一天，算止的那一天。
# 在校：只数学生在校的工作日，放假停课停计；停k：其中k个工作日停计。

[2021年，国办发明电〔2020〕27号]
2021-01-01 休                        元旦，星期五
2021-01-04 班                        元旦后的星期一
2021-02-07 班                        春节调休，星期日
2021-02-10 班                        春节前的星期三
2021-02-11 休                        春节第一天
2021-02-17 休                        春节最后一天，星期三
2021-02-20 班                        春节调休，星期六
2021-04-05 休                        清明，星期一
2021-04-25 班                        劳动节调休，星期日
2021-05-08 班                        劳动节调休，星期六
2021-06-14 休                        端午，星期一
2021-09-18 班                        中秋调休，星期六
2021-09-26 班                        国庆调休，星期日
2021-10-09 班                        国庆调休，星期六
2020-12-31 +1 = 2021-01-04           跨元旦
2021-02-05 +1 = 2021-02-07 含1       数到调休的星期日
2021-02-10 +1 = 2021-02-18           跨春节
2021-02-10 +3 = 2021-02-20 含1       春节后数到调休的星期六
2021-09-17 +2 = 2021-09-22 含1       跨中秋
2021-09-24 +1 = 2021-09-26 含1       国庆前的调休
2021-09-30 +1 = 2021-10-08           跨国庆
2021-09-30 +3 = 2021-10-11 含1       国庆后又一个调休
2020-12-31 .. 2021-12-31 = 250       全年：261个星期一至五，放掉18天，补7天

[2022年，国办发明电〔2021〕11号]
2022-01-03 休                        元旦假期，星期一
2022-01-29 班                        春节调休，星期六
2022-01-30 班                        春节调休，星期日
2022-01-31 休                        除夕，星期一
2022-04-02 班                        清明调休，星期六
2022-04-24 班                        劳动节调休，星期日
2022-09-12 休                        中秋假期，星期一
2022-10-08 班                        国庆调休，星期六
2022-10-09 班                        国庆调休，星期日
2021-12-31 +1 = 2022-01-04           跨元旦三天
2022-01-28 +2 = 2022-01-30 含2       连着两个调休
2022-01-28 +3 = 2022-02-07 含2       再跨春节
2022-09-30 +3 = 2022-10-10 含2       国庆后连着两个调休
2021-12-31 .. 2022-12-31 = 249       全年：260，放18，补7

[2023年，国办发明电〔2022〕16号]
2023-01-02 休                        元旦假期，星期一
2023-01-28 班                        春节调休，星期六
2023-04-05 休                        清明，星期三，只放一天
2023-04-04 班                        清明前一天
2023-04-06 班                        清明后一天
2023-04-23 班                        劳动节调休，星期日
2023-06-25 班                        端午调休，星期日
2023-09-29 休                        中秋，星期五
2023-10-06 休                        中秋国庆连放的最后一天
2022-12-30 +1 = 2023-01-03           跨元旦，假期从上年12月31日起
2023-01-20 +3 = 2023-01-30 含2       跨春节
2023-02-28 +1 = 2023-03-01           平年的二月底
2023-09-28 +2 = 2023-10-08 含2       八天长假后两个调休
2022-12-31 .. 2023-12-31 = 249       全年：260，放18，补7

[2024年，国办发明电〔2023〕7号]
2024-01-01 休                        元旦，星期一
2024-02-04 班                        春节调休，星期日
2024-02-09 班                        除夕，没有列入放假
2024-02-10 休                        正月初一，星期六
2024-02-18 班                        春节调休，星期日
2024-02-29 班                        闰日，星期四
2024-04-07 班                        清明调休，星期日
2024-04-28 班                        劳动节调休，星期日
2024-05-11 班                        劳动节调休，星期六
2024-06-10 休                        端午，星期一
2024-09-14 班                        中秋调休，星期六
2024-10-12 班                        国庆调休，星期六
2023-12-29 +1 = 2024-01-02           跨元旦
2024-02-28 +1 = 2024-02-29           数到闰日
2024-02-29 +1 = 2024-03-01           从闰日数起
2024-02-28 +3 = 2024-03-04           跨闰日和周末
2024-02-02 +1 = 2024-02-04 含1       春节前的调休
2024-02-09 +5 = 2024-02-22 含1       跨春节
2024-09-27 +3 = 2024-10-08 含1       国庆前调休，再跨国庆
2024-09-27 +7 = 2024-10-12 含2       国庆前后两个调休
2023-12-31 .. 2024-12-31 = 251       闰年全年：262，放19，补8

[2025年，国办发明电〔2024〕12号]
2025-01-01 休                        元旦，星期三，只放一天
2025-01-02 班                        元旦后一天
2025-01-26 班                        春节调休，星期日
2025-01-28 休                        除夕，列入放假
2025-02-04 休                        春节最后一天，星期二
2025-02-08 班                        春节调休，星期六
2025-04-27 班                        劳动节调休，星期日
2025-06-02 休                        端午假期，星期一
2025-09-28 班                        国庆调休，星期日
2025-10-08 休                        国庆中秋连放的最后一天，星期三
2025-10-11 班                        国庆调休，星期六
2024-12-31 +1 = 2025-01-02           跨元旦
2025-01-24 +1 = 2025-01-26 含1       春节前的调休
2025-01-24 +3 = 2025-02-05 含1       再跨春节
2025-01-24 +6 = 2025-02-08 含2       数到春节后的调休
2025-09-26 +4 = 2025-10-09 含1       跨国庆中秋
2025-09-26 +6 = 2025-10-11 含2       国庆前后两个调休
2024-12-31 .. 2025-12-31 = 248       全年：261，放18，补5

[2026年，国办发明电〔2025〕7号]
2026-01-01 休                        元旦
2026-01-02 休                        元旦调休，星期五
2026-01-03 休                        元旦假期，星期六
2026-01-04 班                        元旦调休，星期日
2026-01-05 班                        平常的星期一
2026-01-10 休                        平常的星期六
2026-02-13 班                        春节前的星期五
2026-02-14 班                        春节调休，星期六
2026-02-15 休                        春节第一天，星期日
2026-02-17 休                        正月初一
2026-02-23 休                        春节最后一天，星期一
2026-02-24 班                        节后第一个工作日
2026-02-28 班                        春节调休，星期六
2026-03-01 休                        平常的星期日
2026-04-03 班                        清明前的星期五
2026-04-04 休                        清明，星期六
2026-04-06 休                        清明假期，星期一
2026-04-07 班                        清明后的星期二
2026-05-01 休                        劳动节
2026-05-05 休                        劳动节假期，星期二
2026-05-09 班                        劳动节调休，星期六
2026-05-10 休                        平常的星期日
2026-06-19 休                        端午，星期五
2026-06-22 班                        端午后的星期一
2026-09-20 班                        国庆调休，星期日
2026-09-25 休                        中秋，星期五
2026-09-28 班                        中秋和国庆之间的星期一
2026-09-30 班                        国庆前的星期三
2026-10-01 休                        国庆节
2026-10-07 休                        国庆假期最后一天，星期三
2026-10-08 班                        国庆后的星期四
2026-10-10 班                        国庆调休，星期六
2026-10-11 休                        平常的星期日
2026-12-31 班                        一年的最后一天，星期四
2025-12-31 +1 = 2026-01-04 含1       跨元旦，数到调休的星期日
2026-01-30 +1 = 2026-02-02           一月底
2026-02-13 +1 = 2026-02-14 含1       春节前的调休
2026-02-13 +2 = 2026-02-24 含1       再跨春节
2026-02-27 +1 = 2026-02-28 含1       二月底的调休
2026-02-28 +1 = 2026-03-02           从调休的星期六数起
2026-03-31 +1 = 2026-04-01           三月底
2026-04-30 +1 = 2026-05-06           跨劳动节
2026-04-30 +4 = 2026-05-09 含1       劳动节后的调休
2026-08-31 +1 = 2026-09-01           八月底
2026-09-18 +15 = 2026-10-15 含2      两个调休都在内
2026-09-19 +1 = 2026-09-20 含1       从星期六数到调休的星期日
2026-09-30 +1 = 2026-10-08           跨国庆
2026-09-30 +3 = 2026-10-10 含1       数到国庆后的调休
2026-10-01 +1 = 2026-10-08           从假期里数起
2026-11-16 +0 = 2026-11-16           零天就是当天
2026-10-03 +0 = 2026-10-03           零天不顺延，假期里也一样
2026-11-16 +1 = 2026-11-17           星期一加一天
2026-11-16 +5 = 2026-11-23           一个星期
2026-11-16 +20 = 2026-12-14          逾期提醒最长的一级
2026-11-20 +1 = 2026-11-23           星期五到下星期一
2026-11-21 +1 = 2026-11-23           从星期六数起
2026-11-22 +1 = 2026-11-23           从星期日数起
2026-11-30 +1 = 2026-12-01           十一月底
2025-12-31 +248 = 2026-12-31 含6     一整年
2020-12-31 +1495 = 2026-12-31 含40   六年，250、249、249、251、248、248相加
2025-12-31 .. 2026-12-31 = 248       全年：261，放19，补6
2026-09-30 .. 2026-10-08 = 1         假期里没有工作日
2026-09-30 .. 2026-10-07 = 0         整个假期
2026-11-16 .. 2026-11-16 = 0         同一天
2026-11-17 .. 2026-11-16 = 0         止在起之前
2026-11-20 .. 2026-11-22 = 0         只有周末
2026-02-13 .. 2026-02-24 = 2         春节前的调休和节后第一天
2026-10-31 顺延 = 2026-11-02         星期六
2026-11-15 顺延 = 2026-11-16         星期日
2026-10-01 顺延 = 2026-10-08         国庆第一天
2026-02-15 顺延 = 2026-02-24         春节第一天
2026-10-10 顺延 = 2026-10-10         调休上班的星期六不动
2026-11-16 顺延 = 2026-11-16         工作日不动

[没有公布安排的年份，按星期数，标暂定]
2027-01-01 班 暂定                   元旦也按星期五算
2027-01-02 休 暂定                   星期六
2027-02-28 休 暂定                   星期日
2028-02-29 班 暂定                   闰日，星期二
2031-10-01 班 暂定                   国庆也按星期三算
1999-10-01 班 暂定                   早于日历的年份
2026-12-30 +1 = 2026-12-31           没有用到2027年
2026-12-31 +1 = 2027-01-01 暂定      第一天就用到
2026-12-30 +5 = 2027-01-06 暂定      跨年
2026-12-31 +0 = 2026-12-31           零天不用数
2027-05-01 +0 = 2027-05-01           零天不用数，没有公布的年份也一样
2027-12-31 +1 = 2028-01-03 暂定      两年都没有公布
2028-02-28 +1 = 2028-02-29 暂定      闰日
2020-12-30 +1 = 2020-12-31 暂定      早于日历的年份
2026-12-31 .. 2027-01-08 = 6         星期五，再一整周
2027-05-01 顺延 = 2027-05-03         星期六到星期一

[本县 2026-11-17休]
2026-11-16 班                        前一天不变
2026-11-17 休                        台风停工的星期二
2026-11-16 +1 = 2026-11-18           跳过停工的一天
2026-11-16 +5 = 2026-11-24           多跳一天
2026-11-16 .. 2026-11-18 = 1         只剩一天
2026-11-17 顺延 = 2026-11-18         顺延一天

[本县 2026-11-21班]
2026-11-21 班                        补班的星期六
2026-11-20 +1 = 2026-11-21 含1       补班算调休上班
2026-11-20 .. 2026-11-23 = 2         星期六和星期一
2026-11-21 顺延 = 2026-11-21         补班的日子不动

[本县 2026-10-01班 2026-10-10休]
2026-10-01 班                        国家放假，本县上班
2026-10-10 休                        国家上班，本县放假
2026-10-02 休                        没有改的日子照国家安排
2026-09-30 +1 = 2026-10-01           上班的国庆
2026-09-30 +3 = 2026-10-09           少放一天
2026-09-30 +4 = 2026-10-12           调休的星期六本县不上班

[本县 2027-01-01休]
2027-01-01 休 暂定                   只登记了一天，全年还没有
2026-12-31 +1 = 2027-01-04 暂定      跳过登记的一天，仍是暂定
2026-12-31 .. 2027-01-08 = 5         少一天

[要有学生在校的，寒暑假停计（2025-09-01起有校历）]
2026-01-22 +1在校 = 2026-01-23       放寒假前一天
2026-01-23 +1在校 = 2026-03-02 停21  跨寒假，春节调休上班的两天也停计
2026-01-16 +10在校 = 2026-03-06 停21 寒假前后各五天
2026-02-10 +3在校 = 2026-03-04 停9   从寒假里数起
2026-02-14 +0在校 = 2026-02-14       零天就是当天，假期里也一样
2026-07-10 +1在校 = 2026-09-01 停36  跨暑假
2026-09-18 +15在校 = 2026-10-15 含2  学期中间与平常一样
2025-08-25 +3在校 = 2025-08-28       第一个学期以前没有校历，不停计
2025-08-29 +1在校 = 2025-09-01       没有校历的星期五到开学
2027-01-22 +1在校 = 2027-03-01 停25 暂定 跨寒假，2027年没有公布
2027-07-09 +1在校 = 2027-07-12 暂定  以后的学期没有录入，不停计
2026-01-16 .. 2026-03-06在校 = 10    寒假前后各五天
2026-01-23 .. 2026-03-01在校 = 0     整个寒假

[停课 2026-11-17至2026-11-20]
2026-11-16 +1在校 = 2026-11-23 停4   停课四天
2026-11-16 +6在校 = 2026-11-30 停4   停课后再数五天
2026-11-16 +1 = 2026-11-17           不要学生在校的照数
2026-11-16 .. 2026-11-23在校 = 1     只剩停课后的星期一

[停课 2026-11-17至2026-11-20，本县 2026-11-18休 2026-11-21班]
2026-11-16 +1在校 = 2026-11-21 含1 停3 停工的一天本来不算，补班的星期六要数
"""

_LINE = re.compile(
    r"(?P<on>\S{10}) (?:(?P<state>[班休])|\+(?P<days>\d+)(?P<taught>在校)? = (?P<end>\S+)"
    r"|顺延 = (?P<moved>\S+)"
    r"|\.\. (?P<to>[\d-]+)(?P<within>在校)? = (?P<between>\d+))"
    r"(?: 含(?P<swapped>\d+))?(?: 停(?P<paused>\d+))?(?P<provisional> 暂定)? +(?P<what>\S.*)"
)
_LOCAL = re.compile(r"([\d-]{10})([班休])")
_CLOSED = re.compile(r"停课 ([\d-]{10})至([\d-]{10})")


class Case(NamedTuple):
    """One line of the table with the county's own days of its section."""

    line: str
    said: dict[str, str | None]
    local: tuple[tuple[str, bool], ...]
    closed: tuple[tuple[str, str], ...]


def cases() -> list[Case]:
    found, local, closed = [], (), ()
    for line in TABLE.splitlines():
        if line.startswith("["):
            local = tuple((on, word == "班") for on, word in _LOCAL.findall(line))
            closed = tuple(_CLOSED.findall(line))
        elif line and not line.startswith("#"):
            match = _LINE.fullmatch(line)
            assert match, f"not a line of the table: {line}"
            found.append(Case(line, match.groupdict(), local, closed))
    return found


def day(text: str | None) -> date:
    return date.fromisoformat(text or "")


CASES = cases()


def close_or_work(local: tuple[tuple[str, bool], ...]) -> None:
    """The county's own days as the next edition of their year."""
    for year in {on[:4] for on, _ in local}:
        before = CalendarEdition.objects.filter(year=year).first()
        days = {on: {"works": works, "name": "本县"} for on, works in local if on.startswith(year)}
        CalendarEdition.objects.create(
            year=year,
            ordinal=before.ordinal + 1 if before else 1,
            national=before.national if before else {},
            local=days,
            is_complete=before is not None,
            source=before.source if before else "",
            reason="台风",
            made_at=clock.now(),
        )


def close_schools(closed: tuple[tuple[str, str], ...]) -> None:
    """Breaks of the autumn term of 2026."""
    for first, last in closed:
        term = Term.objects.get(code="2026-autumn")
        TermPeriod.objects.create(term=term, kind="closure", first_on=day(first), last_on=day(last))


@pytest.mark.parametrize("case", CASES, ids=[case.line.split("   ")[0] for case in CASES])
def test_a_line_of_the_table(case: Case) -> None:
    close_or_work(case.local)
    close_schools(case.closed)
    said, on = case.said, day(case.said["on"])
    lessons = Lessons.known()
    if said["state"]:
        assert calendar.is_working_day(on) is (said["state"] == "班")
        assert calendar.is_published(on) is (said["provisional"] is None)
    elif said["days"]:
        days, add = int(said["days"]), lessons.add if said["taught"] else calendar.add_working_days
        counted = add(on, days)
        expected = (day(said["end"]), int(said["swapped"] or 0), said["provisional"] is not None)
        assert (counted.on, counted.swapped, counted.is_provisional) == expected
        assert counted.paused == int(said["paused"] or 0)
        # Counting back gives what was added.
        away = lessons.away if said["taught"] else ()
        assert calendar.working_days_between(on, counted.on, away=away) == days
    elif said["moved"]:
        assert calendar.next_working_day(on) == day(said["moved"])
    else:
        away = lessons.away if said["within"] else ()
        assert calendar.working_days_between(on, day(said["to"]), away=away) == int(said["between"] or 0)


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 120


def test_days_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match="added"):
        calendar.add_working_days(day("2026-11-16"), -1)


EXPLAINED = [
    ("2026-11-16", 3, "3个工作日，至11月19日（星期四）"),
    ("2026-09-18", 15, "15个工作日，含调休上班2天，至10月15日（星期四）"),
    ("2026-09-30", 3, "3个工作日，含调休上班1天，至10月10日（星期六）"),
    ("2026-12-30", 5, "5个工作日，至1月6日（星期三）（暂定）"),
]


def test_a_count_that_paused_says_so() -> None:
    words = "11个工作日，假期停计21天，至3月9日（星期一）"
    assert Lessons.known().add(day("2026-01-16"), 11).explain() == words


@pytest.mark.parametrize(("start", "days", "words"), EXPLAINED)
def test_the_count_is_explained_in_words(start: str, days: int, words: str) -> None:
    assert calendar.add_working_days(day(start), days).explain() == words


def test_many_counts_read_the_calendar_once(django_assert_num_queries) -> None:
    with django_assert_num_queries(1), calendar.loaded():
        for days in range(20):
            calendar.add_working_days(day("2026-11-16"), days)
        assert calendar.working_days_between(day("2026-11-16"), day("2026-11-18")) == 2
    with django_assert_num_queries(1):
        calendar.add_working_days(day("2026-12-30"), 5)
