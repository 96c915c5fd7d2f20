"""半月通报 and 学期简报: fixed indicators of a period, each with both its counts, on two pages.

Sources: workflow.md §8 (the national circular's indicators and the usual table), documents.md §7. What the
portal does not keep prints 「—」 with the reason, never a nought. Issued by the bureau (P11).
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from inspections.forms.printouts import PeriodForm
from inspections.models import Problem, RectificationTask, Sanction
from inspections.printouts.base import TEXT_SHEETS, Printable, Subject, composed, cut, moment
from inspections.reports import counting
from inspections.reports.blocks import NOTHING, Column, Table, Text
from inspections.reports.data import Share, restore
from inspections.reports.records import Book, Records, problems_at, units_of, visit_day, visits_held
from inspections.reports.rendering import title_size
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date, cn_short
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on
from tutoring.models import Institution, Lead

MOST_RULES = MOST_UNITS = 5  # rows of one line each, so that the paper keeps its two pages
LONGEST_NAME = 18  # characters
HOMEWORK, AFTER_SCHOOL = 4, 10  # rules


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
        return Subject(f"{name}“双减”工作{period.name}（{period.words}）", None, reverse("board"), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> PeriodData:
        names = the_county()
        period = period_of(parameters["span"], date.fromisoformat(parameters["on"]))
        if period.first > clock.today():
            raise Refused("这一期还没有开始，请改选日期")
        now, earlier = _Figures.of(period), period.before()
        before = _Figures.of(earlier) if earlier is not None else None
        overdue = _late_units(now)
        return PeriodData(
            name=period.name,
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
            closed=sum(_closed_on(problem, now.until) is not None for problem in now.found),
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


# --- The period ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Period:
    name: str
    words: str
    first: date
    last: date
    term: Term | None = None

    def before(self) -> Period | None:
        """The half month, or the term, before this one; None where there is no earlier term."""
        if self.term is None:
            return period_of("half_month", self.first - timedelta(days=1))
        earlier = Term.objects.filter(last_on__lt=self.term.first_on).order_by("-last_on").first()
        return _term_period(earlier) if earlier is not None else None


def period_of(span: str, on: date) -> Period:
    """The half month (to the 15th, to the month's end) or the term that holds a day."""
    if span == "term":
        term = term_on(on)
        if term is None or on < term.first_on or on > term.last_on:
            raise Refused("这一天不在学期内，请改选日期")
        return _term_period(term)
    last = 15 if on.day <= 15 else months.monthrange(on.year, on.month)[1]
    first = on.replace(day=1 if on.day <= 15 else 16)
    return Period("半月通报", f"{cn_date(first)}至{last}日", first, on.replace(day=last))


def _term_period(term: Term) -> Period:
    return Period("学期简报", term.short_title, term.first_on, term.last_on, term)


# --- What was counted ---------------------------------------------------------------------------------------
@dataclass
class _Figures:
    """The records of one period, as they stood at its end or now."""

    first: date
    until: date
    as_of: datetime
    term: Term | None
    units: list[Organisation]
    marks: dict[int, dict[int, str]]  # unit -> rule -> mark, of the term so far
    visited: set[int]
    problems: list[Problem]  # found or due in the period, or open at its end
    academic: int
    leads: list[str] = field(default_factory=list)  # states of those found in the period
    sanctions: int = 0

    @classmethod
    def of(cls, period: Period) -> _Figures:
        until = min(period.last, clock.today())
        end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
        as_of = min(end, clock.now())
        term = period.term or term_on(until)
        units = list(units_of(term)) if term is not None else []
        records = Records.of(term, units, as_of, Book.of(term)) if term is not None else None
        schools = [unit for unit in units if unit.kind == Organisation.Kind.SCHOOL]
        held = visits_held(term, as_of) if term is not None else []
        found = Lead.objects.filter(found_on__range=(period.first, until))
        issued = Sanction.objects.filter(issued_on__range=(period.first, until)).exclude(
            state=Sanction.State.REVOKED
        )
        return cls(
            first=period.first,
            until=until,
            as_of=as_of,
            term=term,
            units=units,
            marks={unit.pk: records.marks_by_rule(unit) for unit in schools} if records is not None else {},
            visited={visit.organisation_id for visit in held if period.first <= visit_day(visit) <= until},
            problems=_problems(period.first, until, end, as_of),
            academic=_academic(until),
            leads=list(found.values_list("state", flat=True)),
            sanctions=issued.count(),
        )

    @property
    def found(self) -> list[Problem]:
        return [one for one in self.problems if self.first <= one.found_on <= self.until]

    @property
    def due(self) -> list[counting.HasDates]:
        """The last rounds whose date fell into the period, as they stood at its end."""
        return [line for line in self.lines if self.first <= line.due_on <= self.until]

    @property
    def lines(self) -> list[_Line]:
        return [_Line.of(one, self.until) for one in self.problems if one.rounds]  # type: ignore[attr-defined]

    def share_of_schools(self, rule: int) -> Share:
        known = [marks[rule] for marks in self.marks.values() if marks.get(rule) in ("ok", "partial", "bad")]
        return Share(known.count("ok"), len(known))


@dataclass(frozen=True)
class _Line:
    """What ``counting.rectification`` looks at, and whose it is."""

    unit: str
    due_on: date
    closed_on: date | None
    resting: str

    @classmethod
    def of(cls, problem: Problem, until: date) -> _Line:
        last = problem.rounds[-1]  # type: ignore[attr-defined]
        resting = last.state if last.state in counting.RESTING else ""
        return cls(problem.organisation.name, last.due_on, _closed_on(problem, until), resting)


def _problems(first: date, until: date, end: datetime, as_of: datetime) -> list[Problem]:
    """What the period is about: a county's closed cases of earlier years stay where they are."""
    still_open = Q(closed_at__isnull=True) | Q(closed_at__gte=end)
    concerned = RectificationTask.objects.filter(Q(due_on__range=(first, until)) | still_open)
    found = Q(found_on__range=(first, until))
    return list(problems_at(as_of).filter(found | Q(pk__in=concerned.values("problem"))))


def _closed_on(problem: Any, until: date) -> date | None:
    closed_at = problem.rounds[-1].closed_at if problem.rounds else None
    on = clock.local_day(closed_at) if closed_at else None
    return on if on is not None and on <= until else None


def _academic(on: date) -> int:
    """Institutions of 学科类 that were open on a day."""
    return Institution.objects.filter(
        Q(organisation__opened_on=None) | Q(organisation__opened_on__lte=on),
        Q(organisation__closed_on=None) | Q(organisation__closed_on__gt=on),
        category=Institution.Category.ACADEMIC,
    ).count()


def _indicators(now: _Figures, before: _Figures | None) -> Iterable[Indicator]:
    for label, count in _COUNTED:
        yield Indicator(label, count(now), count(before) if before is not None else NOTHING)
    yield Indicator("校外培训违规广告处理", NOTHING, NOTHING)
    yield Indicator("举报办结", NOTHING, NOTHING)


def _rectified(figures: _Figures) -> counting.Rectification:
    return counting.rectification(figures.due, figures.until)


def _in_time(figures: _Figures) -> Share:
    done = _rectified(figures)
    return Share(done.closed_in_time, done.due)


def _overdue(figures: _Figures) -> int:
    return counting.rectification(figures.lines, figures.until).overdue


def _handled(figures: _Figures) -> Share:
    ended = (Lead.State.CLOSED, Lead.State.RULED_OUT)
    return Share(sum(state in ended for state in figures.leads), len(figures.leads))


# In the order of the paper: the national circular's first, then the county's table.
_COUNTED: tuple[tuple[str, Any], ...] = (
    ("书面作业总量符合要求的学校", lambda one: str(one.share_of_schools(HOMEWORK))),
    ("课后服务符合要求的学校", lambda one: str(one.share_of_schools(AFTER_SCHOOL))),
    ("学科类培训机构（家）", lambda one: str(one.academic)),
    ("实地督导的学校和机构", lambda one: str(Share(len(one.visited), len(one.units)))),
    ("发现问题（个）", lambda one: str(len(one.found))),
    ("其中红线（个）", lambda one: str(sum(problem.is_red_line for problem in one.found))),
    ("本期到期的问题已销号", lambda one: str(_rectified(one).rate)),
    ("其中按期销号", lambda one: str(_in_time(one))),
    ("期末逾期未销号（个）", lambda one: str(_overdue(one))),
    ("发现的线索点已办结或排除", lambda one: str(_handled(one))),
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


def _late_units(figures: _Figures) -> list[LateUnit]:
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
