"""Registering problems (立账): number, class, first round of rectification, notices, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from inspections import notices
from inspections.models import Measure, Problem, RectificationTask
from inspections.models.problem import LIGHT_TRACK_DAYS
from inspections.querysets import PUT_RIGHT_STATES
from inspections.workflows import model_cases
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.selectors import county
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar
from shuangjian.policy.models import CheckItem, Limit, Prohibition, Rule, Term
from shuangjian.policy.workflows import counting

RELAPSE_WITHIN_DAYS = 365

audit.name_actions(
    {
        "inspections.problem.registered": "登记问题",
        "inspections.problem.seen_again": "现场检查仍有此问题",
        "inspections.problem.relapsed": "反弹，重新整改",
    }
)


@dataclass(frozen=True, kw_only=True)
class PlannedMeasure:
    """One measure as the unit states it: what, who, by when, and whether it needs pupils at school."""

    text: str
    person: str
    due_on: date
    needs_pupils: bool = False


def severity_of(prohibition: Prohibition | None) -> str:
    """Ordinary without a prohibition, else what the data say of it (only ``critical`` is a red line)."""
    return prohibition.severity if prohibition is not None else Problem.Severity.ORDINARY


def register(
    *,
    organisation: Organisation,
    rule: Rule,
    fact: str,
    origin: str,
    found_by: User,
    found_on: date | None = None,
    item: CheckItem | None = None,
    prohibition: Prohibition | None = None,
    limit: Limit | None = None,
    rectifying: str = Problem.Rectifying.BY_DATE,
    due_on: date,
    superior_no: str = "",
    term: Term | None = None,
    source_answer_id: int | None = None,
    source_finding_id: int | None = None,
    measure: PlannedMeasure | None = None,
) -> Problem:
    """Register one problem and open its first round of rectification.

    On the light track (P8: self-reported, no prohibition, at once or within 30 days, with measure, person and
    date) the task starts in 整改中 and the measure is the plan; otherwise in 待定计划. Raises Refused for a
    date before today, and for what an office above handed down (上级交办) without its document's number.

    Source: practice.md P7, P8; workflow.md §3.
    """
    today = clock.today()
    if due_on < today:
        raise Refused("完成时限不能早于今天，请改选日期")
    if origin == Problem.Origin.SUPERIOR and not superior_no.strip():
        raise Refused("上级交办的问题请填写交办文号")
    severity = severity_of(prohibition)
    light = (
        origin == Problem.Origin.SELF_CHECK
        and severity == Problem.Severity.ORDINARY
        and measure is not None
        and due_on <= today + timedelta(days=LIGHT_TRACK_DAYS)
    )
    with transaction.atomic():
        problem = enter(
            today.year,
            organisation=organisation,
            term=term,
            rule=rule,
            item=item,
            prohibition=prohibition,
            limit=limit,
            fact=fact,
            origin=origin,
            superior_no=superior_no.strip(),
            severity=severity,
            rectifying=rectifying,
            light_track=light,
            found_on=found_on or today,
            found_by=found_by,
            source_answer_id=source_answer_id,
            source_finding_id=source_finding_id,
        )
        task = open_task(
            problem, ordinal=1, due_on=due_on, measure=measure if light else None, actor=found_by
        )
        audit.record(
            action="inspections.problem.registered",
            subject=problem,
            actor=found_by,
            organisation=organisation,
            role=acting_role(found_by),
            after={
                "no": problem.no,
                "rule": rule.code,
                "origin": origin,
                "severity": severity,
                "due_on": str(due_on),
            },
            note=fact,
        )
        notices.problem_registered(problem, task)
        model_cases.propose_for(problem, found_by, is_relapse=False)
    return problem


def enter(year: int, **facts: Any) -> Problem:
    """A problem under the next number of ``year``, in the transaction that opens its first round."""
    no = f"{year}-{numbers.take('problem', year):04d}"
    return Problem.objects.create(no=no, registered_at=clock.now(), **facts)


def see_again(*, problem: Problem, found_by: User, record_no: str, fact: str) -> None:
    """An open problem was met again on a visit: it isn't doubled, the record is its further proof."""
    audit.record(
        action="inspections.problem.seen_again",
        subject=problem,
        actor=found_by,
        organisation=problem.organisation,
        role=acting_role(found_by),
        after={"record_no": record_no},
        note=f"{fact}（记录{record_no}）",
    )


def lately_closed(organisation: Organisation, item: CheckItem | None) -> Problem | None:
    """The problem of this item that the unit put right within the last year, latest first; None if none.

    Found again it is no new problem: it relapsed (workflow.md §3, Relapse).
    """
    if item is None:
        return None
    since = clock.today() - timedelta(days=RELAPSE_WITHIN_DAYS)
    rounds = RectificationTask.objects.latest_rounds().filter(
        problem__organisation=organisation,
        problem__item__code=item.code,
        state__in=PUT_RIGHT_STATES,
        closed_at__date__gte=since,
    )
    latest = (
        rounds.select_related("problem__organisation", "problem__prohibition").order_by("-closed_at").first()
    )
    return latest.problem if latest is not None else None


def relapse(
    *, problem: Problem, fact: str, found_by: User, due_on: date, record_no: str = ""
) -> RectificationTask:
    """反弹: the same number goes into its next round (第2次整改), planned anew and closed one level up.

    Raises Refused while a round is open, for a date before tomorrow, and without words.
    """
    if due_on <= clock.today():
        raise Refused("整改期限要晚于今天")
    if not fact.strip():
        raise Refused("请写明反弹的情况")
    with transaction.atomic():
        locked = Problem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
        last = locked.tasks.order_by("ordinal").last()
        if last is None or last.state not in PUT_RIGHT_STATES:
            raise Refused(f"问题{problem.no}还没有销号，不能登记反弹")
        task = open_task(problem, ordinal=last.ordinal + 1, due_on=due_on, measure=None, actor=found_by)
        audit.record(
            action="inspections.problem.relapsed",
            subject=problem,
            actor=found_by,
            organisation=problem.organisation,
            role=acting_role(found_by),
            after={"ordinal": task.ordinal, "due_on": str(due_on)}
            | ({"record_no": record_no} if record_no else {}),
            note=fact.strip(),
        )
        notices.relapsed(problem, task)
        model_cases.propose_for(problem, found_by, is_relapse=True)
    return task


def open_task(
    problem: Problem, *, ordinal: int, due_on: date, measure: PlannedMeasure | None, actor: User | None
) -> RectificationTask:
    """A round of putting right: 整改中 with its one ``measure``, which ``actor`` planned, else 待定计划."""
    settings_row = county()
    counted = calendar.add_working_days(clock.today(), settings_row.plan_days if settings_row else 5)
    task = RectificationTask.objects.create(
        problem=problem,
        ordinal=ordinal,
        due_on=due_on,
        state=RectificationTask.State.RECTIFYING if measure else RectificationTask.State.PLANNING,
        plan_due_on=None if measure else min(due_on, counted.on),
        plan_version=1 if measure else 0,
        planned_by=actor if measure else None,
        created_at=clock.now(),
    )
    if measure:
        Measure.objects.create(
            task=task, plan_version=1, text=measure.text, person=measure.person, due_on=measure.due_on
        )
    else:
        counting.keep(task, "plan_due_on", counted, on=task.plan_due_on)
    return task
