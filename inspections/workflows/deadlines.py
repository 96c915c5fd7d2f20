"""Chasing dates: reminders before a date, on the day and after it, and the day a task becomes overdue.

A sweep asks which rungs each open case has reached; the outbox's unique key makes sure that each is sent
once, whatever is run twice, in parallel or missed for days. Nothing here relies on being run on a certain
day. The rungs after a missed date are the plan's data (``policy.Rung``), with the ceiling of the step that a
self-check serves.

Source: plan.yaml ``escalation_default`` and ``when_missed``; prohibitions.yaml ``severity_levels``;
decisions.md, "Ladder" (7, 3, 1 working days before); practice.md P8 (the light track), P20 (working days,
8:30–17:30).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from inspections.models import Problem, RectificationTask, SelfCheck, Visit
from inspections.notices import cn
from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.accounts.roles import ANSWERING_ROLES, COUNTY_ROLES, SIGNING_ROLES, Role
from shuangjian.journal import audit, outbox
from shuangjian.policy import calendar
from shuangjian.policy.models import Rung
from shuangjian.policy.selectors import rungs

REMIND_BEFORE = (7, 3, 1)  # working days
WORKING_HOURS = (time(8, 30), time(17, 30))
_HORIZON = timedelta(days=20)  # calendar days that surely hold the longest reminder's working days

Audience = Rung.Audience
_ROLES = {
    Audience.UNIT: ANSWERING_ROLES,
    Audience.HEADS: SIGNING_ROLES,
    Audience.TASK_FORCE: frozenset({Role.TASK_FORCE}),
    Audience.LEADER: frozenset({Role.LEADER}),
    Audience.SUPERVISION: frozenset({Role.SUPERVISION_OFFICE}),
}
# Whom a missed date of a breach reaches on the next day already, whatever the working days say.
_TOLD_AT_ONCE = {
    Problem.Severity.CRITICAL: (Audience.UNIT, Audience.HEADS, Audience.TASK_FORCE, Audience.LEADER),
    Problem.Severity.MAJOR: (Audience.UNIT, Audience.HEADS, Audience.TASK_FORCE),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something with a date that somebody must keep, whatever noun it is."""

    key: str  # unique over nouns: "check:12"
    subject: SelfCheck | RectificationTask | Visit
    unit: Organisation
    what: str
    since: date  # from this day on they know of the date
    due_on: date
    url: str
    ceiling: int | None = None  # working days; None climbs the whole ladder
    severity: str = ""
    members: frozenset[int] | None = None  # of a visit: they answer for it; the unit may not know of it

    @property
    def verb(self) -> str:
        return "截止" if self.members is None else "进行"


def sweep() -> int:
    """Send every reminder whose time has come, mark what became overdue; returns how many notices were new.

    People are told on working days between 8:30 and 17:30 only; what falls outside waits for the next sweep
    inside.
    """
    now = clock.now()
    sent = 0
    with calendar.loaded():
        if is_time_to_tell(now):
            cases = list(_cases(now.date()))
            sent = outbox.send(_notices(cases, now.date()))
        _note_overdue(now.date())
    return sent


def is_time_to_tell(now: datetime) -> bool:
    """Is it an hour at which people may be reminded? (P20)"""
    begin, end = WORKING_HOURS
    return calendar.is_working_day(now.date()) and begin <= now.time() <= end


# --- What is open -----------------------------------------------------------------------------------------
def _cases(today: date) -> Iterator[Case]:
    horizon = today + _HORIZON
    checks = SelfCheck.objects.open().filter(due_on__lte=horizon)
    for check in checks.select_related("organisation", "round__obligation__phase").order_by("pk"):
        duty = check.round.obligation
        yield Case(
            key=f"check:{check.pk}",
            subject=check,
            unit=check.organisation,
            what=f"{check.round.title}（{check.organisation.name}）",
            since=_day(check.round.published_at),
            due_on=check.due_on,
            url=reverse("check", args=[check.no]),
            ceiling=duty.phase.ladder_ceiling if duty is not None else None,
        )
    tasks = RectificationTask.objects.select_related("problem__organisation").order_by("pk")
    for task in tasks.filter(state="planning", plan_due_on__lte=horizon):
        yield _task_case(task, "plan", "提交整改计划", task.plan_due_on or task.due_on)
    for task in tasks.filter(state="rectifying", due_on__lte=horizon):
        yield _task_case(task, "task", "完成整改", task.due_on)
    visits = Visit.objects.filter(state="planned", planned_on__lte=horizon).select_related("organisation")
    for visit in visits.prefetch_related("members").order_by("pk"):
        yield Case(
            key=f"visit:{visit.pk}",
            subject=visit,
            unit=visit.organisation,
            what=f"督导{visit.no}（{visit.organisation.name}）",
            since=_day(visit.created_at),
            due_on=visit.planned_on,
            url=reverse("visit", args=[visit.no]),
            members=frozenset(member.user_id for member in visit.members.all()),
        )


def _task_case(task: RectificationTask, noun: str, what: str, due_on: date) -> Case:
    problem = task.problem
    return Case(
        key=f"{noun}:{task.pk}",
        subject=task,
        unit=problem.organisation,
        what=f"问题{problem.no}{what}",
        since=_day(task.created_at),
        due_on=due_on,
        url=reverse("problem", args=[problem.no]),
        severity=problem.severity,
    )


def _day(moment: datetime | None) -> date:
    return timezone.localtime(moment).date() if moment is not None else date.min


# --- Who is told ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class People:
    """Active people by unit and role, read once for all cases."""

    of_unit: Mapping[int, Mapping[str, frozenset[int]]]
    of_county: Mapping[str, frozenset[int]]

    @classmethod
    def concerned(cls, cases: Iterable[Case], today: date) -> People:
        posts = Membership.objects.in_force(today).filter(user__is_active=True)
        units = {case.unit.responsible_unit_id for case in cases}
        found: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        own = posts.filter(organisation__in=units, role__in=ANSWERING_ROLES)
        for unit, role, person in own.values_list("organisation_id", "role", "user_id"):
            found[unit][role].add(person)
        county: dict[str, set[int]] = defaultdict(set)
        for role, person in posts.filter(role__in=COUNTY_ROLES).values_list("role", "user_id"):
            county[role].add(person)
        return cls(
            {unit: {role: frozenset(ids) for role, ids in roles.items()} for unit, roles in found.items()},
            {role: frozenset(ids) for role, ids in county.items()},
        )

    def audience(self, audience: Audience, unit: Organisation) -> frozenset[int]:
        roles = _ROLES[audience]
        source = self.of_county if roles <= COUNTY_ROLES else self.of_unit.get(unit.responsible_unit_id, {})
        return frozenset().union(*(source.get(role, frozenset()) for role in roles))


def _notices(cases: list[Case], today: date) -> list[outbox.Notice]:
    """What the cases' reached rungs call for, whether it was sent before or not."""
    people, ladder = People.concerned(cases, today), rungs()
    return [notice for case in cases for notice in _of_case(case, today, people, ladder)]


def _of_case(case: Case, today: date, people: People, ladder: list[Rung]) -> Iterator[outbox.Notice]:
    if today < case.due_on:
        yield from _before(case, today, people)
    else:
        yield from _after(case, today, people, ladder)


def _before(case: Case, today: date, people: People) -> Iterator[outbox.Notice]:
    left = calendar.working_days_between(today, case.due_on)
    known = calendar.working_days_between(case.since, case.due_on)
    # Only the nearest, a late one would say the same again; none that had passed when the date was set.
    nearest = min((days for days in REMIND_BEFORE if left <= days < known), default=None)
    if nearest is None:
        return
    words = f"{cn(case.due_on)}{case.verb}，还剩{(case.due_on - today).days}天"
    answerable = people.audience(Audience.UNIT, case.unit) if case.members is None else case.members
    for person in answerable:
        yield _notice(case, person, f"before-{nearest}", words)


def _after(case: Case, today: date, people: People, ladder: list[Rung]) -> Iterator[outbox.Notice]:
    missed = (today - case.due_on).days
    if case.members is not None:
        words = f"原定{cn(case.due_on)}，请开始或取消" if missed else "今天进行"
        for person in case.members:
            yield _notice(case, person, "after-0", words)
        return
    words = f"逾期{missed}天（应于{cn(case.due_on)}完成）" if missed else "今天截止"
    # One notice a person: after days of silence the last rung that concerns him stands for those below it.
    last: dict[int, Rung] = {}
    for rung in _reached(case, today, ladder):
        last |= dict.fromkeys(people.audience(Audience(rung.audience), case.unit), rung)
    for person, rung in last.items():
        yield _notice(case, person, f"after-{rung.after}", words, rung.how if rung.after else "")


def _reached(case: Case, today: date, ladder: list[Rung]) -> Iterator[Rung]:
    """The rungs that a case has reached, lowest first.

    A light self-reported problem climbs like any other: who misses its date has left the light track (P8).
    """
    late = calendar.working_days_between(case.due_on, today)
    at_once = _TOLD_AT_ONCE.get(Problem.Severity(case.severity), ()) if case.severity else ()
    for rung in ladder:
        if case.ceiling is not None and rung.after > case.ceiling:
            return
        if rung.after <= late or (today > case.due_on and rung.audience in at_once):
            yield rung


def _notice(case: Case, person: int, rung: str, words: str, body: str = "") -> outbox.Notice:
    return outbox.Notice(
        recipient_id=person,
        kind="deadline",
        title=f"{case.what}：{words}",
        body=body,
        url=case.url,
        # The date is part of the key: a postponed date has rungs of its own.
        dedupe_key=f"deadline:{case.key}:{case.due_on}:{rung}",
        subject=case.subject,
    )


# --- Overdue ----------------------------------------------------------------------------------------------
def _note_overdue(today: date) -> None:
    """Journal once that a unit let its task's date pass; being overdue itself is computed, never a state.

    What waits for the county's people (待核查, 待销号) was handed in: no lateness of the unit's.
    """
    late = RectificationTask.objects.overdue().filter(
        state__in=["planning", "plan_review", "rectifying"], overdue_noted_on__isnull=True
    )
    for task in late.select_related("problem__organisation").order_by("pk"):
        with transaction.atomic():
            still_late = late.filter(pk=task.pk, due_on=task.due_on)
            if not still_late.update(overdue_noted_on=today):
                continue  # a sweep beside this one was first, or it moved meanwhile
            audit.record(
                action="inspections.task.overdue",
                subject=task,
                actor=None,
                organisation=task.problem.organisation,
                after={"due_on": str(task.due_on)},
            )
