"""What is counted of a half month, a month or a term: circulars, briefs and the tables that go up ask here.

Records as they stood at the period's end, or now while it runs.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from inspections.models import Complaint, Problem, RectificationTask, Sanction
from inspections.reports import counting
from inspections.reports.data import Share
from inspections.reports.records import Book, Records, problems_at, units_of, visit_day, visits_held
from schools.models import School
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import term_on
from tutoring.models import Institution, Lead

HALF_MONTH, MONTH, TERM = "half_month", "month", "term"
HOMEWORK, AFTER_SCHOOL = 4, 10  # rules
_ONE = timedelta(days=1)


# --- The period ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Period:
    """``span`` is one of the three above, ``words`` how people call it: 2026年11月1日至15日."""

    span: str
    words: str
    first: date
    last: date
    term: Term | None = None

    def before(self) -> Period | None:
        """The one before it; None where there is no earlier term."""
        if self.term is None:
            return period_of(self.span, self.first - _ONE)
        earlier = Term.objects.filter(last_on__lt=self.term.first_on).order_by("-last_on").first()
        return _term_period(earlier) if earlier is not None else None


def period_of(span: str, on: date) -> Period:
    """The half month (to the 15th, to the month's end), the month or the term that holds a day.

    Raises Refused for a day outside all terms.
    """
    if span == TERM:
        term = term_on(on)
        if term is None or on < term.first_on or on > term.last_on:
            raise Refused("这一天不在学期内，请改选日期")
        return _term_period(term)
    end = months.monthrange(on.year, on.month)[1]
    if span == MONTH:
        return Period(span, f"{on.year}年{on.month}月", on.replace(day=1), on.replace(day=end))
    last = 15 if on.day <= 15 else end
    first = on.replace(day=1 if on.day <= 15 else 16)
    return Period(span, f"{cn_date(first)}至{last}日", first, on.replace(day=last))


def _term_period(term: Term) -> Period:
    return Period(TERM, term.short_title, term.first_on, term.last_on, term)


def ended_periods(span: str, since: date, today: date) -> Iterator[Period]:
    """The periods that ended before today, the first of them the one that holds ``since``."""
    if span == TERM:
        terms = Term.objects.filter(last_on__gte=since, last_on__lt=today).order_by("last_on")
        yield from map(_term_period, terms)
        return
    period = period_of(span, since)
    while period.last < today:
        yield period
        period = period_of(span, period.last + _ONE)


# --- What was counted ---------------------------------------------------------------------------------------
@dataclass
class PeriodFigures:
    """The records of one period, as they stood at its end or now."""

    first: date
    until: date
    as_of: datetime
    term: Term | None
    units: list[Organisation]
    marks: dict[int, dict[int, str]]  # unit -> rule -> mark, of the term so far
    visited: set[int]
    problems: list[Problem]  # found or due in the period, or open at its end
    leads: list[str] = field(default_factory=list)  # states of those found in the period
    complaints: list[str] = field(default_factory=list)  # states of those received in the period
    sanctions: int = 0

    @classmethod
    def of(cls, period: Period) -> PeriodFigures:
        until = min(period.last, clock.today())
        end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
        as_of = min(end, clock.now())
        term = period.term or term_on(until)
        units = list(units_of(term)) if term is not None else []
        records = Records.of(term, units, as_of, Book.of(term)) if term is not None else None
        schools = [unit for unit in units if unit.kind == Organisation.Kind.SCHOOL]
        held = visits_held(term, as_of) if term is not None else []
        found = Lead.objects.filter(found_on__range=(period.first, until))
        reported = Complaint.objects.counted().filter(received_on__range=(period.first, until))
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
            leads=list(found.values_list("state", flat=True)),
            complaints=list(reported.values_list("state", flat=True)),
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
    def lines(self) -> list[Line]:
        return [Line.of(one, self.until) for one in self.problems if one.rounds]  # type: ignore[attr-defined]

    @property
    def rectified(self) -> counting.Rectification:
        """Of what fell due in the period."""
        return counting.rectification(self.due, self.until)

    @property
    def in_time(self) -> Share:
        done = self.rectified
        return Share(done.closed_in_time, done.due)

    @property
    def overdue(self) -> int:
        """Open past its date at the period's end, whenever it fell due."""
        return counting.rectification(self.lines, self.until).overdue

    @property
    def handled(self) -> Share:
        """线索点 of the period that were closed or ruled out."""
        ended = (Lead.State.CLOSED, Lead.State.RULED_OUT)
        return Share(sum(state in ended for state in self.leads), len(self.leads))

    @property
    def answered(self) -> Share:
        """Matters received in the period, each once, to which an answer was given or that went elsewhere."""
        ended = (Complaint.State.ANSWERED, Complaint.State.CLOSED, Complaint.State.REFERRED)
        return Share(sum(state in ended for state in self.complaints), len(self.complaints))

    @property
    def academic(self) -> int:
        return institutions_on(self.until).filter(category=Institution.Category.ACADEMIC).count()

    def share_of_schools(self, rule: int) -> Share:
        """Schools that meet a rule, of those of which it is known."""
        known = [marks[rule] for marks in self.marks.values() if marks.get(rule) in ("ok", "partial", "bad")]
        return Share(known.count("ok"), len(known))


@dataclass(frozen=True)
class Line:
    """What ``counting.rectification`` looks at, and whose it is."""

    unit: str
    due_on: date
    closed_on: date | None
    resting: str

    @classmethod
    def of(cls, problem: Problem, until: date) -> Line:
        last = problem.rounds[-1]  # type: ignore[attr-defined]
        resting = last.state if last.state in counting.RESTING else ""
        return cls(problem.organisation.name, last.due_on, closed_on(problem, until), resting)


def _problems(first: date, until: date, end: datetime, as_of: datetime) -> list[Problem]:
    """What the period is about: a county's closed cases of earlier years stay where they are."""
    still_open = Q(closed_at__isnull=True) | Q(closed_at__gte=end)
    concerned = RectificationTask.objects.filter(Q(due_on__range=(first, until)) | still_open)
    found = Q(found_on__range=(first, until))
    return list(problems_at(as_of).filter(found | Q(pk__in=concerned.values("problem"))))


def closed_on(problem: Any, until: date) -> date | None:
    closed_at = problem.rounds[-1].closed_at if problem.rounds else None
    on = clock.local_day(closed_at) if closed_at else None
    return on if on is not None and on <= until else None


def _open_on(day: date) -> Q:
    """Of what a unit is: that the unit existed on a day."""
    begun = Q(organisation__opened_on=None) | Q(organisation__opened_on__lte=day)
    return begun & (Q(organisation__closed_on=None) | Q(organisation__closed_on__gt=day))


def institutions_on(day: date) -> QuerySet[Institution]:
    """Those that were open on a day."""
    return Institution.objects.filter(_open_on(day))


def schools_on(day: date) -> QuerySet[School]:
    """The same of schools."""
    return School.objects.filter(_open_on(day))
