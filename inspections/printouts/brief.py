"""一页纸: the leader's brief on one sheet of A4, always one.

The same figures as on /board/page/, by the same functions; texts of people are cut so that the sheet holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from inspections import board
from inspections.models import RectificationTask
from inspections.printouts.base import Printable, Subject, cut, moment
from inspections.reports.data import restore
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_short

LONGEST_FACT, LONGEST_NAME, LONGEST_RULE = 36, 20, 18  # characters, so that a row has three lines at most


@dataclass(frozen=True)
class Number:
    label: str
    value: int
    measure: str


@dataclass(frozen=True)
class Urgent:
    no: str
    unit: str
    rule: str
    fact: str
    due_on: date
    days: int
    state: str


@dataclass(frozen=True)
class RuleLine:
    rule: str
    units: int
    count: int
    red_lines: int
    still_open: int


@dataclass(frozen=True)
class Progress:
    what: str
    figure: str
    how: str


@dataclass(frozen=True)
class BriefData:
    county: str
    term: str
    as_of: datetime
    numbers: tuple[Number, ...]
    since: date
    found: int
    closed: int
    became_overdue: int
    urgent: tuple[Urgent, ...]
    rules: tuple[RuleLine, ...]
    progress: tuple[Progress, ...]


class PrintedBrief(Printable):
    key = "brief"
    roles = COUNTY_ROLES
    template = "brief"

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        told = (("内容", "五个数字、逾期最久的问题、问题突出的条目、本学期进展，A4纸一张"),)
        return Subject(f"{the_county().name}“双减”工作一页纸", None, reverse("board-page"), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> BriefData:
        page = board.one_page(user)
        week = page.week
        return BriefData(
            county=the_county().name,
            term=page.term.short_title if page.term else "",
            as_of=clock.now(),
            numbers=tuple(Number(one.label, one.value, one.measure) for one in page.numbers),
            since=week.since,
            found=week.found,
            closed=week.closed,
            became_overdue=week.became_overdue,
            urgent=tuple(_urgent(task) for task in page.urgent),
            rules=tuple(_rule(one) for one in page.rules),
            progress=_progress(page.figures) if page.figures else (),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(BriefData, data)
        return {
            "paper": "brief",
            "page": taken,
            "as_of": moment(data["as_of"]),
            "since": cn_short(taken.since),
        }


def _rule(one: board.RuleCount) -> RuleLine:
    words = cut(f"第{one.number}条 {one.title}", LONGEST_RULE)
    return RuleLine(words, one.units, one.count, one.red_lines, one.still_open)


def _urgent(task: RectificationTask) -> Urgent:
    problem = task.problem
    ban = "红线" if problem.is_red_line else problem.prohibition.kind if problem.prohibition else ""
    return Urgent(
        no=problem.no,
        unit=cut(problem.organisation.name, LONGEST_NAME),
        rule=f"第{problem.rule.number}条\n{ban}".strip(),
        fact=cut(" ".join(problem.fact.split()), LONGEST_FACT),
        due_on=task.due_on,
        days=(clock.today() - task.due_on).days,
        state=task.get_state_display(),
    )


def _progress(figures: board.TermFigures) -> tuple[Progress, ...]:
    done = figures.rectification
    return (
        Progress("自查提交", str(figures.self_checked), "已提交÷应提交的单位"),
        Progress("实地督导", str(figures.coverage), "去过的÷本学期全部学校和机构"),
        Progress(
            "整改完成率",
            str(done.rate),
            f"到期的问题中已销号的；本学期登记{done.found}个，已销号{done.closed}个",
        ),
        Progress("第4至6条有未销号问题的单位", str(figures.basics), "作业、考试，占全部学校和机构"),
    )
