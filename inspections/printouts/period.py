"""半月通报 and 学期简报: fixed indicators of a period, each with both its counts, on two pages.

Sources: workflow.md §8 (the national circular's indicators and the usual table), documents.md §7. What the
portal does not keep prints 「—」 with the reason, never a nought. Issued by the bureau (P11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from inspections.forms.printouts import PeriodForm
from inspections.models import Problem
from inspections.printouts.base import TEXT_SHEETS, Printable, Subject, composed, cut, moment
from inspections.reports import counting, periods
from inspections.reports.blocks import NOTHING, Column, Table, Text
from inspections.reports.data import Share, restore
from inspections.reports.periods import PeriodFigures, closed_on, period_of
from inspections.reports.rendering import title_size
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date, cn_short
from shuangjian.journal.errors import Refused

MOST_RULES = MOST_UNITS = 5  # rows of one line each, so that the paper keeps its two pages
LONGEST_NAME = 18  # characters
NAMES = {periods.HALF_MONTH: "半月通报", periods.TERM: "学期简报"}  # of the paper


@dataclass(frozen=True)
class Indicator:
    """One figure of the period and of the one before: a share, a count, or nothing (None)."""

    label: str
    now: str
    before: str


@dataclass(frozen=True)
class RuleRow:
    number: int
    title: str
    count: int
    units: int
    forbidden: int
    closed: int


@dataclass(frozen=True)
class LateUnit:
    name: str
    count: int
    days: int


@dataclass(frozen=True)
class PeriodData:
    name: str  # 半月通报 or 学期简报
    county: str
    bureau: str
    words_of_period: str
    from_on: date
    until_on: date
    as_of: datetime
    indicators: tuple[Indicator, ...]
    rules: tuple[RuleRow, ...]
    late: tuple[LateUnit, ...]
    late_units: int
    found: int
    red: int
    closed: int
    said: tuple[str, ...] = ()


class PrintedPeriod(Printable):
    key = "period"
    roles = COUNTY_ROLES
    template = "text"
    form = PeriodForm
    sheets = TEXT_SHEETS

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        told = (("内容", "固定指标和上期对比、问题按条目、逾期未销号的单位，A4纸两页"),)
        name = the_county().name
        if not parameters.get("on"):
            return Subject("半月通报、学期简报", None, reverse("board"), told)
        period = period_of(parameters["span"], date.fromisoformat(parameters["on"]))
        title = f"{name}“双减”工作{NAMES[period.span]}（{period.words}）"
        return Subject(title, None, reverse("board"), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> PeriodData:
        names = the_county()
        period = period_of(parameters["span"], date.fromisoformat(parameters["on"]))
        if period.first > clock.today():
            raise Refused("这一期还没有开始，请改选日期")
        now, earlier = PeriodFigures.of(period), period.before()
        before = PeriodFigures.of(earlier) if earlier is not None else None
        overdue = _late_units(now)
        return PeriodData(
            name=NAMES[period.span],
            county=names.name,
            bureau=names.bureau_name,
            words_of_period=period.words,
            from_on=period.first,
            until_on=now.until,
            as_of=clock.now(),
            indicators=tuple(_indicators(now, before)),
            rules=tuple(_rules(now.found)[:MOST_RULES]),
            late=tuple(overdue[:MOST_UNITS]),
            late_units=len(overdue),
            found=len(now.found),
            red=sum(problem.is_red_line for problem in now.found),
            closed=sum(closed_on(problem, now.until) is not None for problem in now.found),
            said=tuple(parameters.get("words", "").splitlines()),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(PeriodData, data)
        title_lines = (f"{taken.county}“双减”工作{taken.name}", f"（{taken.words_of_period}）")
        return {
            "title_lines": title_lines,
            "title_size": title_size(title_lines),
            "office": taken.bureau,
            "blocks": composed(_text(taken).blocks),
            "signature": [taken.bureau],
            "date_words": cn_date(taken.as_of),
            "as_of": moment(data["as_of"]),
        }


# --- What was counted ---------------------------------------------------------------------------------------
def _indicators(now: PeriodFigures, before: PeriodFigures | None) -> Iterable[Indicator]:
    for label, count in _COUNTED:
        yield Indicator(label, count(now), count(before) if before is not None else NOTHING)
    yield Indicator("校外培训违规广告处理", NOTHING, NOTHING)
    yield Indicator("举报办结", _answered(now), _answered(before))


def _answered(figures: PeriodFigures | None) -> str:
    """The share answered; nothing where nothing was reported."""
    return str(figures.answered) if figures is not None and figures.complaints else NOTHING


# In the order of the paper: the national circular's first, then the county's table.
_COUNTED: tuple[tuple[str, Any], ...] = (
    ("书面作业总量符合要求的学校", lambda one: str(one.share_of_schools(periods.HOMEWORK))),
    ("课后服务符合要求的学校", lambda one: str(one.share_of_schools(periods.AFTER_SCHOOL))),
    ("学科类培训机构（家）", lambda one: str(one.academic)),
    ("实地督导的学校和机构", lambda one: str(Share(len(one.visited), len(one.units)))),
    ("发现问题（个）", lambda one: str(len(one.found))),
    ("其中红线（个）", lambda one: str(sum(problem.is_red_line for problem in one.found))),
    ("本期到期的问题已销号", lambda one: str(one.rectified.rate)),
    ("其中按期销号", lambda one: str(one.in_time)),
    ("期末逾期未销号（个）", lambda one: str(one.overdue)),
    ("发现的线索点已办结或排除", lambda one: str(one.handled)),
    ("约谈、通报（次）", lambda one: str(one.sanctions)),
)


def _rules(found: Sequence[Problem]) -> list[RuleRow]:
    grouped: dict[int, list[Any]] = {}
    for problem in found:
        grouped.setdefault(problem.rule.number, []).append(problem)

    def weight(number: int) -> tuple[int, ...]:
        rows = grouped[number]
        return counting.weight(
            red_lines=sum(one.is_red_line for one in rows),
            forbidden=sum(one.prohibition is not None for one in rows),
            count=len(rows),
            units=len({one.organisation_id for one in rows}),
            number=number,
        )

    return [
        RuleRow(
            number,
            grouped[number][0].rule.title,
            len(grouped[number]),
            len({one.organisation_id for one in grouped[number]}),
            sum(one.prohibition is not None for one in grouped[number]),
            sum(bool(one.rounds) and one.rounds[-1].closed_at is not None for one in grouped[number]),
        )
        for number in sorted(grouped, key=weight)
    ]


def _late_units(figures: PeriodFigures) -> list[LateUnit]:
    """Whose date has passed, the longest first."""
    days: dict[str, list[int]] = {}
    for line in figures.lines:
        if line.closed_on is None and not line.resting and line.due_on < figures.until:
            days.setdefault(line.unit, []).append((figures.until - line.due_on).days)
    rows = [LateUnit(unit, len(late), max(late)) for unit, late in days.items()]
    return sorted(rows, key=lambda row: (-row.days, -row.count, row.name))


# --- The paper ----------------------------------------------------------------------------------------------
def _text(data: PeriodData) -> Text:
    text = Text()
    text.plain(
        f"{cn_date(data.from_on)}至{cn_date(data.until_on)}，全县发现问题{data.found}个，其中红线{data.red}个；"
        f"已销号{data.closed}个。现将有关情况通报如下。"
    )
    text.heading("主要指标")
    text.put(
        Table(
            title="",
            columns=(
                Column("序号", 8),
                Column("指标", 44, is_text=True),
                Column("本期", 24),
                Column("上期", 24),
            ),
            rows=tuple(
                (str(place), one.label, one.now, one.before) for place, one in enumerate(data.indicators, 1)
            ),
            note="前两项为本学期累计，按查清的学校计算。百分比都附两个数；“—”为平台没有登记或没有数据，不等于零。",
        )
    )
    text.heading("问题按条目")
    if data.rules:
        text.put(_rules_table(data.rules))
    else:
        text.plain("本期没有登记问题。")
    text.heading("逾期未销号的单位")
    if data.late:
        text.put(_late_table(data))
    else:
        text.plain("没有逾期未销号的问题。")
    if data.said:
        text.heading("工作要求")
        for line in data.said:
            text.plain(line)
    return text


def _rules_table(rows: Sequence[RuleRow]) -> Table:
    return Table(
        title="",
        columns=(
            Column("条目", 40, is_text=True),
            Column("问题（个）", 15),
            Column("单位（个）", 15),
            Column("严禁和不得", 15),
            Column("已销号", 15),
        ),
        rows=tuple(
            (
                cut(f"第{row.number}条 {row.title}", LONGEST_NAME),
                str(row.count),
                str(row.units),
                str(row.forbidden),
                f"{row.closed}/{row.count}",
            )
            for row in rows
        ),
        is_dense=True,
    )


def _late_table(data: PeriodData) -> Table:
    more = (
        f"共{data.late_units}家，列逾期最久的{len(data.late)}家。" if data.late_units > len(data.late) else ""
    )
    return Table(
        title="",
        columns=(
            Column("序号", 10),
            Column("单位", 46, is_text=True),
            Column("逾期未销号（个）", 22),
            Column("最长逾期（天）", 22),
        ),
        rows=tuple(
            (str(place), cut(row.name, LONGEST_NAME), str(row.count), str(row.days))
            for place, row in enumerate(data.late, 1)
        ),
        note=f"{more}截至{cn_short(data.until_on)}。",
        is_dense=True,
    )
