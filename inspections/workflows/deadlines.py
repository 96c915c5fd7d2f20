"""Chasing dates: reminders before a date, on the day and after it, and the day a task becomes overdue.

A sweep asks which rungs of its ladder each open case has passed that the ledger of fired rungs lacks
(``journal.ladder``); those fire, in order, each once, whatever is run twice, in parallel or missed for days.
Nothing here relies on being run on a certain day. The rungs after a missed date are the plan's data
(``policy.Rung``), with the ceiling of the step that a self-check serves.

Source: plan.yaml ``escalation_default`` and ``when_missed``; prohibitions.yaml ``severity_levels``;
decisions.md, "Ladder" (7, 3, 1 working days before); practice.md P1 (suggestions), P8 (the light track),
P20 (working days, 8:30–17:30), P23 (tables that go up).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from inspections import pause_limits
from inspections.models import (
    Measure,
    Problem,
    Recheck,
    RectificationTask,
    Sanction,
    SelfCheck,
    Suggestion,
    Transfer,
    UpwardReturn,
    Visit,
)
from inspections.notices import reminded_today
from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.accounts.roles import ANSWERING_ROLES, COUNTY_ROLES, SIGNING_ROLES, Role
from shuangjian.dates import cn_short
from shuangjian.journal import audit, ladder, outbox
from shuangjian.policy import calendar
from shuangjian.policy.models import Duty, Rung
from shuangjian.policy.school_days import Lessons
from shuangjian.policy.selectors import rungs

REMIND_BEFORE = (7, 3, 1)  # working days
LIGHT_CEILING = 5  # working days: what a unit reported itself is never taken to the leader for its date (P8)
_BATCH = 200  # cases of one transaction
_HORIZON = timedelta(days=20)  # calendar days that surely hold the longest reminder's working days
_VACATION = timedelta(days=75)  # calendar days that no vacation of pupils is longer than

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


def _own_ladder(verb: str) -> tuple[Rung, ...]:
    """Of what the county itself must do: it reminds itself, then its leader."""
    return (
        Rung(after=0, audience=Audience.TASK_FORCE, how=""),
        Rung(after=3, audience=Audience.TASK_FORCE, how=f"请尽快{verb}"),
        Rung(after=5, audience=Audience.LEADER, how=f"请督促{verb}"),
    )


_ANSWERING = _own_ladder("答复")  # suggestions (P1)
_HANDLING = _own_ladder("办理")
_SENDING = _own_ladder("上报")  # what goes up (P23)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something with a date that somebody must keep, whatever noun it is."""

    key: str  # unique over nouns: "check:12"
    subject: SelfCheck | RectificationTask | Visit | Suggestion | Duty | Sanction | UpwardReturn
    what: str
    since: date  # from this day on they know of the date
    due_on: date
    url: str
    unit: Organisation | None = None  # None: the county itself
    ceiling: int | None = None  # working days; None climbs the whole ladder
    severity: str = ""
    members: frozenset[int] | None = None  # of a visit: they answer for it; the unit may not know of it
    rungs: tuple[Rung, ...] | None = None  # a ladder of its own instead of the plan's
    matter: str = ""  # which of its subject's dates it is, where that has several
    keeper: Audience = Audience.TASK_FORCE  # who keeps the date where no unit does
    pauses: bool = False  # what it needs is at school only in lessons: no day of a vacation counts (P20)

    @property
    def verb(self) -> str:
        return "截止" if self.members is None else "进行"


class Step(NamedTuple):
    """A rung that a case has passed: its name in the ledger, what it is in words, whom it concerns."""

    rung: str
    what: str
    concerns: frozenset[int]
    body: str = ""
    is_urgent: bool = False  # leaves the portal at once


def sweep() -> int:
    """Fire every rung whose time has come, mark what became overdue; returns how many notices were new.

    People are told on working days between 8:30 and 17:30 only; what falls outside waits for the next sweep
    inside.
    """
    now = clock.now()
    sent = 0
    with calendar.loaded():
        if calendar.is_office_hour(now):
            sent = _catch_up(list(_cases(now.date())), now.date())
        _note_overdue(now.date())
    return sent


def _catch_up(cases: list[Case], today: date) -> int:
    people, plan = People.concerned(cases, today), rungs()
    away = Lessons.known().away if any(case.pauses for case in cases) else ()
    sent = 0
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        with ladder.firing([case.key for case in batch]) as fired:
            told = reminded_today([case.url for case in batch])
            notices: list[outbox.Notice] = []
            entries: list[ladder.Fired] = []
            for case in batch:
                passed = _passed(case, today, people, plan, away if case.pauses else ())
                lacking = [one for one in passed if (case.key, case.due_on, one.rung) not in fired]
                new = _notices(case, lacking, today, told)
                notices += new.values()
                entries += _entries(case, lacking, Counter(rung for _, rung in new))
            ladder.enter(entries)
            sent += outbox.give(notices)
    return sent


def _notices(
    case: Case, lacking: list[Step], today: date, told: set[tuple[int, str]]
) -> dict[tuple[int, str], outbox.Notice]:
    """By person and rung: one notice a person, which names the highest rung that concerns him.

    After days of silence it stands for those below it. Whoever was reminded of the matter today already,
    by the ladder or by hand, is not told again.
    """
    highest: dict[int, Step] = {}
    for step in lacking:
        highest |= dict.fromkeys(step.concerns, step)
    found = {}
    for person, step in highest.items():
        if (person, case.url) not in told:
            told.add((person, case.url))
            found[person, step.rung] = _notice(case, person, step, today)
    return found


def _entries(case: Case, lacking: list[Step], told: Mapping[str, int]) -> Iterator[ladder.Fired]:
    for step in lacking:
        what = f"{case.matter}：{step.what}" if case.matter else step.what
        yield ladder.Fired(case.key, case.due_on, step.rung, what, told.get(step.rung, 0), case.subject)


# --- What is open -----------------------------------------------------------------------------------------
def _cases(today: date) -> Iterator[Case]:
    from inspections.workflows import duty_cases, sanction_cases  # they make Cases of this module

    horizon = today + _HORIZON
    yield from duty_cases.cases(horizon)
    yield from sanction_cases.cases(horizon)
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
    needing_pupils = Measure.objects.filter(needs_pupils=True, done_on=None).values("task")
    soon = Q(due_on__lte=horizon) | Q(pk__in=needing_pupils, due_on__lte=horizon + _VACATION)
    for task in tasks.filter(soon, state="rectifying").prefetch_related("measures", "extensions"):
        yield _task_case(task, "task", "完成整改", task.due_on, pauses=pause_limits.pauses(task))
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
    yield from _county_cases(horizon)


def _county_cases(horizon: date) -> Iterator[Case]:
    """What the county's own people must keep: answers, tables that go up, reviews of what is parked,
    rechecks, transfers."""
    for row in Suggestion.objects.waiting().filter(due_on__lte=horizon).order_by("pk"):
        yield Case(
            key=f"suggestion:{row.pk}",
            subject=row,
            what=f"意见建议{row.no}答复",
            since=_day(row.made_at),
            due_on=row.due_on,
            url=reverse("suggestion", args=[row.no]),
            rungs=_ANSWERING,
        )
    going_up = UpwardReturn.objects.filter(state__in=UpwardReturn.OPEN, due_on__lte=horizon)
    for table in going_up.select_related("template").order_by("pk"):
        yield Case(
            key=f"return:{table.pk}",
            subject=table,
            what=f"上报表{table.no}{table.title}",
            since=_day(table.created_at),
            due_on=table.due_on,
            url=table.get_absolute_url(),
            rungs=_SENDING,
        )
    parked = RectificationTask.objects.filter(state="parked", review_on__lte=horizon)
    for task in parked.select_related("problem").prefetch_related("decisions").order_by("pk"):
        since = max((one.decided_at for one in task.decisions.all()), default=task.created_at)
        yield _of_problem(task, f"parked:{task.pk}", "挂账复核", since, task.review_on or task.due_on)
    handed_over = Transfer.objects.filter(
        task__state="transferred", state__in=Transfer.STANDING, report_by__lte=horizon
    )
    for transfer in handed_over.select_related("task__problem").order_by("pk"):
        key = f"transfer:{transfer.pk}"
        yield _of_problem(transfer.task, key, "移交部门反馈", transfer.sent_at, transfer.report_by)
    rechecks = Recheck.objects.waiting().filter(due_on__lte=horizon)
    for recheck in rechecks.select_related("task__problem").order_by("pk"):
        what, key = recheck.get_kind_display(), f"recheck:{recheck.pk}"
        yield _of_problem(recheck.task, key, what, recheck.created_at, recheck.due_on)


def _of_problem(task: RectificationTask, key: str, what: str, since: datetime, due_on: date) -> Case:
    """A date of a problem's that the county keeps, not the unit."""
    return Case(
        key=key,
        subject=task,
        what=f"问题{task.problem.no}{what}",
        matter=what,
        since=_day(since),
        due_on=due_on,
        url=reverse("problem", args=[task.problem.no]),
        rungs=_HANDLING,
    )


def _task_case(task: RectificationTask, noun: str, what: str, due_on: date, *, pauses: bool = False) -> Case:
    problem = task.problem
    return Case(
        key=f"{noun}:{task.pk}",
        subject=task,
        unit=problem.organisation,
        what=f"问题{problem.no}{what}",
        matter=what,
        since=_day(task.created_at),
        due_on=due_on,
        url=reverse("problem", args=[problem.no]),
        # What came back after a close-out was found by the county, not reported.
        ceiling=LIGHT_CEILING if problem.light_track and task.ordinal == 1 else None,
        severity=problem.severity,
        pauses=pauses,
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
        units = {case.unit.responsible_unit_id for case in cases if case.unit is not None}
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

    def audience(self, audience: Audience, unit: Organisation | None) -> frozenset[int]:
        roles = _ROLES[audience]
        of_unit = self.of_unit.get(unit.responsible_unit_id, {}) if unit is not None else {}
        source = self.of_county if roles <= COUNTY_ROLES else of_unit
        return frozenset().union(*(source.get(role, frozenset()) for role in roles))

    def answering(self, case: Case) -> frozenset[int]:
        """Who must keep the date."""
        if case.members is not None:
            return case.members
        return self.audience(Audience.UNIT if case.unit is not None else case.keeper, case.unit)


def _passed(
    case: Case, today: date, people: People, plan: list[Rung], away: calendar.Spans
) -> Iterator[Step]:
    """The rungs that a case has passed by today, the earliest first; no day within ``away`` counts."""
    left = calendar.working_days_between(today, case.due_on, away=away)
    known = calendar.working_days_between(case.since, case.due_on, away=away)
    for days in REMIND_BEFORE:
        if left <= days < known:  # none that had passed already when the date was set
            yield Step(f"before-{days}", f"提前{days}个工作日提醒", people.answering(case))
    if today < case.due_on:
        return
    if case.members is not None:
        yield Step("after-0", "当天提醒", case.members)
        return
    late = calendar.working_days_between(case.due_on, today, away=away)
    for rung in _reached(case, late, today, plan):
        audience = Audience(rung.audience)
        concerns = people.audience(audience, case.unit)
        if not rung.after:
            yield Step("after-0", "当天提醒", concerns)
            continue
        how = f"：{rung.how}" if rung.how else ""
        when = f"逾期{rung.after}个工作日" if rung.after <= late else "逾期即报"
        what = f"{when}，{audience.label}{how}"
        yield Step(f"after-{rung.after}", what, concerns, rung.how, audience == Audience.LEADER)


def _reached(case: Case, late: int, today: date, plan: list[Rung]) -> Iterator[Rung]:
    """The rungs after the date that a case has reached, ``late`` working days after it, lowest first.

    What a unit reported itself goes no higher than the task force, put right in time or not (P8).
    """
    at_once = _TOLD_AT_ONCE.get(Problem.Severity(case.severity), ()) if case.severity else ()
    for rung in case.rungs if case.rungs is not None else plan:
        if case.ceiling is not None and rung.after > case.ceiling:
            return
        if rung.after <= late or (today > case.due_on and rung.audience in at_once):
            yield rung


def _words(case: Case, today: date) -> str:
    left = (case.due_on - today).days
    if left > 0:
        return f"{cn_short(case.due_on)}{case.verb}，还剩{left}天"
    if case.members is not None:
        return f"原定{cn_short(case.due_on)}，请开始或取消" if left else "今天进行"
    return f"逾期{-left}天（应于{cn_short(case.due_on)}完成）" if left else "今天截止"


def _notice(case: Case, person: int, step: Step, today: date) -> outbox.Notice:
    return outbox.Notice(
        recipient_id=person,
        kind="deadline",
        title=f"{case.what}：{_words(case, today)}",
        body=step.body,
        url=case.url,
        # The date is part of the key: a postponed date has rungs of its own.
        dedupe_key=f"deadline:{case.key}:{case.due_on}:{step.rung}",
        subject=case.subject,
        is_urgent=step.is_urgent,
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
