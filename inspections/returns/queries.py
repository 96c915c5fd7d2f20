"""What the portal counts for the tables that go up: one function a figure, over the figures of a period.

A statistic names its function here; what the portal keeps no records of has none and is keyed in by hand.
Counted as the circular and the brief count (reports.periods), never in a second way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from inspections.models import Problem
from inspections.reports.data import Share
from inspections.reports.periods import AFTER_SCHOOL, HOMEWORK, PeriodFigures, institutions_on, schools_on
from shuangjian.accounts.models import Organisation
from tutoring.models import Institution

Status = Institution.Status


@dataclass(frozen=True)
class Query:
    """``words`` is how a form offers it; ``take`` gives the figure, None where nothing was counted."""

    key: str
    words: str
    take: Callable[[PeriodFigures], Decimal | int | None]


def _percent(share: Share) -> Decimal | None:
    """As the reports print it: one decimal, never 100 for nearly all."""
    return Decimal(share.percent_text.removesuffix("%")) if share.of else None


def _meeting(rule: int) -> Callable[[PeriodFigures], Decimal | None]:
    return lambda figures: _percent(figures.share_of_schools(rule))


def _with_status(status: Institution.Status) -> Callable[[PeriodFigures], int]:
    return lambda figures: institutions_on(figures.until).filter(operating_status=status).count()


def _closed(*categories: Institution.Category) -> Callable[[PeriodFigures], int]:
    def count(figures: PeriodFigures) -> int:
        ended = Institution.objects.filter(organisation__closed_on__range=(figures.first, figures.until))
        return ended.filter(category__in=categories).count()

    return count


def _visited(figures: PeriodFigures, *kinds: str) -> int:
    return sum(unit.pk in figures.visited and unit.kind in kinds for unit in figures.units)


def _from_complaints(figures: PeriodFigures) -> int:
    return sum(problem.origin == Problem.Origin.COMPLAINT for problem in figures.found)


Kind, Category = Organisation.Kind, Institution.Category
_ALL = (
    Query("homework", "书面作业总量符合要求的学校占比", _meeting(HOMEWORK)),
    Query("after_school", "课后服务符合要求的学校占比", _meeting(AFTER_SCHOOL)),
    Query("schools", "在册学校", lambda one: schools_on(one.until).count()),
    Query(
        "pupils",
        "在校学生",
        lambda one: schools_on(one.until).aggregate(sum=Sum("pupil_count"))["sum"] or 0,
    ),
    Query("academic", "学科类机构", lambda one: one.academic),
    Query(
        "non_academic",
        "非学科类机构",
        lambda one: institutions_on(one.until).filter(category=Category.NON_ACADEMIC).count(),
    ),
    Query("normal", "正常办学的机构", _with_status(Status.NORMAL)),
    Query("suspended", "暂停办学的机构", _with_status(Status.SUSPENDED)),
    Query("converting", "营转非办理中的机构", _with_status(Status.CONVERTING)),
    Query("converted", "已转型的机构", _with_status(Status.CONVERTED)),
    Query("academic_closed", "本期终止办学的学科类机构", _closed(Category.ACADEMIC)),
    Query("closed", "本期终止办学的机构", _closed(Category.ACADEMIC, Category.NON_ACADEMIC)),
    Query("schools_visited", "本期实地督导的学校", lambda one: _visited(one, Kind.SCHOOL)),
    Query("institutions_visited", "本期实地督导的机构", lambda one: _visited(one, Kind.INSTITUTION)),
    Query("leads", "本期发现的线索点", lambda one: len(one.leads)),
    Query("complaints_verified", "本期举报核查属实的问题", _from_complaints),
    Query("complaints_received", "本期收到的举报和反映", lambda one: len(one.complaints)),
    Query("complaints_answered", "其中已答复或转办", lambda one: one.answered.count),
    Query("found", "本期发现问题", lambda one: len(one.found)),
    Query("red_lines", "本期发现的红线", lambda one: sum(problem.is_red_line for problem in one.found)),
    Query("due", "本期到期的问题", lambda one: one.rectified.due),
    Query(
        "closed_of_due",
        "本期到期的已销号",
        lambda one: one.rectified.closed_in_time + one.rectified.closed_late,
    ),
    Query("overdue", "期末逾期未销号", lambda one: one.overdue),
    Query("sanctions", "本期约谈、通报", lambda one: one.sanctions),
)
QUERIES: dict[str, Query] = {query.key: query for query in _ALL}
