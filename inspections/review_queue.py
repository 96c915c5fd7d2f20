"""What waits for a person's decision: self-checks, plans, applications, close-outs, requests for time.

One queue for the page 审核, its badge, the desk and 「下一件」, so that they never disagree. Who decides is
said here as conditions of the database, one per kind; ``inspections.permissions`` says the same of one row
and is asked again when a decision is made (a test holds the two together).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import (
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import TruncDate
from django.urls import reverse

from inspections.extension_limits import MOST_BY_STAFF, USUAL_TERM_DAYS
from inspections.models import Decision, Evidence, Extension, Problem, RectificationTask, SelfCheck, Visit
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.roles import INSPECTOR_ROLES, OFFICE_ROLES, Role
from shuangjian.accounts.selectors import county, units_of_late
from shuangjian.policy import calendar
from shuangjian.policy.workflows import counting

DECIDERS = OFFICE_ROLES | {Role.LEADER} | INSPECTOR_ROLES


class Kind(NamedTuple):
    """One kind of decision: what it is called in the tabs, what is to be done, who is ever asked for it."""

    label: str
    what: str
    roles: frozenset[str]


_JUDGES = OFFICE_ROLES | INSPECTOR_ROLES
KINDS: dict[str, Kind] = {
    "check": Kind("自查", "审核自查", frozenset({Role.TASK_FORCE})),
    "plan": Kind("整改计划", "审核整改计划", _JUDGES),
    "verify": Kind("核查", "核查销号申请", _JUDGES),
    "close": Kind("销号", "同意销号", OFFICE_ROLES | {Role.LEADER}),
    "extension": Kind("延期", "批复延期申请", frozenset({Role.TASK_FORCE, Role.LEADER})),
}


@dataclass(frozen=True)
class Waiting:
    """One item of the queue. ``subject`` (task or self-check) is read only for the rows that are shown."""

    kind: str
    pk: int  # of the task or the self-check
    no: str
    due_on: date | None
    counted: str = ""  # how ``due_on`` was counted in working days
    subject: Any = None

    @property
    def what(self) -> str:
        return KINDS[self.kind].what

    @property
    def unit(self) -> Organisation:
        unit: Organisation = self.subject.organisation
        return unit

    @property
    def url(self) -> str:
        return reverse("review", args=[self.kind, self.no])


# --- Who decides what -----------------------------------------------------------------------------------


def _independent(user: User, late: frozenset[int]) -> Q:
    """Neither planned, applied for nor proved the work, nor belongs or lately belonged to the unit."""
    proved = Evidence.objects.filter(task=OuterRef("pk"), added_by=user)
    return (
        ~Q(planned_by=user)
        & ~Q(applied_by=user)
        & ~Exists(proved)
        & ~Q(problem__organisation__in=late)
        & ~Q(problem__organisation__filer__in=late)
    )


def _judged_by(user: User) -> Q:
    """All falls to the task force, his area's and his visits' units to an inspector, its own to 督导室."""
    mine = Q(pk__in=[])
    if user.has_role(Role.TASK_FORCE):
        return Q()
    if user.has_role(Role.SUPERVISION_OFFICE):
        mine |= Q(problem__origin=Problem.Origin.GOVERNMENT_SUPERVISION)
    if user.has_role(*INSPECTOR_ROLES):
        under_way = Visit.objects.filter(
            members__user=user, state__in=[Visit.State.ONGOING, Visit.State.SUMMING_UP]
        )
        mine |= Q(problem__organisation__area__in=user.unit_ids([Role.AREA_INSPECTOR]))
        mine |= Q(problem__organisation__in=under_way.values("organisation"))
    return mine


def _closed_by(user: User) -> Q:
    critical = Q(problem__severity=Problem.Severity.CRITICAL) | Q(ordinal__gt=1)
    government = Q(problem__origin=Problem.Origin.GOVERNMENT_SUPERVISION)
    mine = Q(pk__in=[])
    if user.has_role(Role.LEADER):
        mine |= critical
    if user.has_role(Role.SUPERVISION_OFFICE):
        mine |= ~critical & government
    if user.has_role(Role.TASK_FORCE):
        mine |= ~critical & ~government
    agreed = ~Q(problem__origin=Problem.Origin.SUPERIOR) | Q(last_word=Decision.Kind.SUPERIOR_AGREED)
    return mine & agreed & ~Q(verified_by=user)


def _found_by_himself(user: User) -> Q:
    """Finder, verifier and closer of a 严禁 and of a red line are three people (P7)."""
    three = Q(problem__severity=Problem.Severity.CRITICAL) | Q(problem__prohibition__kind="严禁")
    return three & Q(problem__found_by=user)


def _plans(user: User, late: frozenset[int]) -> QuerySet[Any]:
    tasks = _tasks(user).filter(_judged_by(user), _independent(user, late), state="plan_review")
    return _rows(tasks, "plan", None, F("plan_due_on"))


def _applications(user: User, late: frozenset[int]) -> QuerySet[Any]:
    tasks = _tasks(user).filter(_judged_by(user), _independent(user, late), state="verifying")
    return _rows(tasks.exclude(_found_by_himself(user)), "verify", F("applied_at"))


def _close_outs(user: User, late: frozenset[int]) -> QuerySet[Any]:
    words = Decision.objects.filter(task=OuterRef("pk"), kind__in=Decision.OF_CLOSING_ABOVE)
    verified = (
        _tasks(user)
        .filter(state="verified")
        .annotate(last_word=Subquery(words.order_by("-pk").values("kind")[:1]))
    )
    tasks = verified.filter(_closed_by(user), _independent(user, late))
    return _rows(tasks.exclude(_found_by_himself(user)), "close", F("applied_at"))


def _extensions(user: User, late: frozenset[int]) -> QuerySet[Any]:
    """Requests that wait: two within the usual term are the task force's, the others the leader's."""
    usual_until = ExpressionWrapper(
        TruncDate("created_at") + timedelta(days=USUAL_TERM_DAYS), output_field=DateTimeField()
    )
    granted = (
        Extension.objects.filter(task=OuterRef("pk"), state=Extension.State.GRANTED)
        .order_by()
        .values("task")
        .annotate(times=Count("pk"))
        .filter(times__gte=MOST_BY_STAFF)
    )
    is_leaders = Q(asked_for__gt=F("usual_until")) | Exists(granted)
    mine: Any = Q(pk__in=[])
    if user.has_role(Role.LEADER):
        mine |= is_leaders
    if user.has_role(Role.TASK_FORCE):
        mine |= ~is_leaders
    asked = _tasks(user).filter(_independent(user, late), extensions__state=Extension.State.ASKED)
    tasks = asked.annotate(asked_for=F("extensions__to_on"), usual_until=usual_until).filter(mine)
    return _rows(tasks, "extension", F("extensions__asked_at"))


def _checks(user: User, late: frozenset[int]) -> QuerySet[Any]:
    checks = SelfCheck.objects.visible_to(user).filter(state=SelfCheck.State.SUBMITTED)
    return _rows(checks, "check", F("submitted_at"), number="no")


def _tasks(user: User) -> QuerySet[Any]:
    return RectificationTask.objects.visible_to(user)


def _rows(
    queryset: QuerySet[Any], kind: str, handed_in: Any, due_on: Any = None, number: str = "problem__no"
) -> QuerySet[Any]:
    """(kind, pk, number, handed in at, due on) of each, for the union of all kinds."""
    return (
        queryset.order_by()
        .annotate(
            queue_kind=Value(kind, output_field=CharField()),
            queue_no=F(number),
            queue_at=handed_in if handed_in is not None else Value(None, output_field=DateTimeField()),
            queue_due=due_on if due_on is not None else Value(None, output_field=DateField()),
        )
        .values_list("queue_kind", "pk", "queue_no", "queue_at", "queue_due")
    )


_SOURCES: dict[str, Callable[[User, frozenset[int]], QuerySet[Any]]] = {
    "check": _checks,
    "plan": _plans,
    "verify": _applications,
    "close": _close_outs,
    "extension": _extensions,
}


def _union(user: User) -> QuerySet[Any] | None:
    sources = [source for kind, source in _SOURCES.items() if user.has_role(*KINDS[kind].roles)]
    if not sources:
        return None
    late = units_of_late(user)
    first, *others = [source(user, late) for source in sources]
    return first.union(*others, all=True) if others else first


# --- Reading ----------------------------------------------------------------------------------------------


def count_for(user: User) -> int:
    """How many items wait for the person: the badge of 审核."""
    found = _union(user)
    return found.count() if found is not None else 0


def waiting_for(user: User, settings_row: County | None = None) -> list[Waiting]:
    """The whole queue, earliest date first, without what the items are about (``with_subjects``)."""
    found = _union(user)
    if found is None:
        return []
    days = _days(settings_row or county() or County())
    with calendar.loaded():
        rows = [
            Waiting(kind, pk, no, *((due_on,) if due_on is not None else _due(handed_in, days[kind])))
            for kind, pk, no, handed_in, due_on in found
        ]
    order = list(KINDS)
    return sorted(rows, key=lambda row: (row.due_on or date.max, order.index(row.kind), row.no))


def _days(settings_row: County) -> dict[str, int]:
    """Working days from handing in to the decision, the county's own."""
    return {
        "check": settings_row.check_review_days,
        "plan": settings_row.plan_review_days,
        "verify": settings_row.verify_days,
        "close": settings_row.verify_days,
        "extension": settings_row.plan_review_days,
    }


def _due(handed_in: datetime | None, days: int) -> tuple[date | None, str]:
    """The day by which it is decided, and how it was counted."""
    if handed_in is None:
        return None, ""
    counted = calendar.add_working_days(clock.local_day(handed_in), days)
    return counted.on, counted.explain()


def with_subjects(rows: Sequence[Waiting], *prefetch: str) -> list[Waiting]:
    """The rows with their tasks (and what a page asks of these besides) and self-checks: three queries."""
    tasks = (
        RectificationTask.objects.filter(pk__in=[row.pk for row in rows if row.kind != "check"])
        .select_related("problem__organisation", "problem__rule", "problem__prohibition")
        .prefetch_related(*prefetch)
        .in_bulk()
    )
    checks = (
        SelfCheck.objects.filter(pk__in=[row.pk for row in rows if row.kind == "check"])
        .select_related("organisation", "round")
        .in_bulk()
    )
    plans = [(row.pk, row.due_on) for row in rows if row.kind == "plan"]
    counted = counting.words_for(RectificationTask, "plan_due_on", plans) if plans else {}
    found = [
        replace(
            row,
            subject=(checks if row.kind == "check" else tasks).get(row.pk),
            counted=row.counted or counted.get(row.pk, ""),
        )
        for row in rows
    ]
    return [row for row in found if row.subject is not None]


@dataclass(frozen=True)
class Place:
    """Where an item stands in the queue that the person works through. ``number`` 0: no longer in it."""

    number: int
    total: int
    previous: Waiting | None
    following: Waiting | None


def place_of(rows: Iterable[Waiting], kind: str, no: str) -> Place:
    """The place of one item among ``rows``; of one that is gone, only who is first."""
    queue = list(rows)
    at = next((at for at, row in enumerate(queue) if (row.kind, row.no) == (kind, no)), None)
    if at is None:
        return Place(0, len(queue), None, queue[0] if queue else None)
    others = queue[at + 1 :] or queue[:at]  # after the last one those that were passed over
    return Place(at + 1, len(queue), queue[at - 1] if at else None, others[0] if others else None)
