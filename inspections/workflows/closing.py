"""The end of a unit (停办, 注销, 合并) and what becomes of its open duties, all in one transaction.

History stays with the old code, open duties follow (P13): open problems are answered by the people of the
unit that takes over, because it becomes the 填报主体 of the old one, and so are its cases of accountability;
self-checks that wait for the unit end; planned visits are cancelled. What was submitted, found, recorded and
signed stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from inspections import notices
from inspections.models import RectificationTask, Sanction, SelfCheck, Visit
from inspections.workflows import visits
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Headship, Membership, Organisation, User
from shuangjian.accounts.units import locked_unit
from shuangjian.dates import cn_date
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import Duty
from shuangjian.policy.workflows import duties
from tutoring.models import Institution

audit.name_actions(
    {
        "inspections.unit.closed": "办理停办或注销",
        "inspections.unit.merged": "办理合并",
        "inspections.unit.absorbed": "登记其他单位并入",
        "inspections.unit.filer_changed": "调整填报主体",
        "inspections.check.ended": "单位停办或合并，自查终止",
        "inspections.task.handed_over": "单位停办或合并，转由接办单位整改",
        "inspections.sanction.handed_over": "单位停办或合并，转由接办单位办理",
        "inspections.sanction.ended": "单位停办，不再办理",
    }
)


@dataclass(frozen=True)
class Effects:
    """What the end of a unit touches, before it is done."""

    checks: list[SelfCheck]  # will end
    tasks: list[RectificationTask]  # will be answered by the unit that takes over
    sanctions: list[Sanction]  # will be answered by the same unit; without one, what is not issued yet ends
    visits: list[Visit]  # will be cancelled
    duties: list[Duty]  # of the plan: end, or go over to the unit that takes over
    filed_units: list[Organisation]  # in operation, and filled in for by the unit that ends
    heads: list[Headship]  # whose term ends with a merger
    people: list[Membership]  # posts on the unit; they are the security administrator's to move

    def __bool__(self) -> bool:
        found = (self.checks, self.tasks, self.sanctions, self.visits, self.duties, self.filed_units)
        return any(found)


def effects_on(unit: Organisation) -> Effects:
    """The open duties of a unit, in the order of their dates."""
    return Effects(
        checks=list(
            SelfCheck.objects.filter(organisation=unit)
            .open()
            .select_related("round")
            .order_by("due_on", "pk")
        ),
        tasks=list(
            RectificationTask.objects.filter(problem__organisation=unit)
            .open()
            .select_related("problem__rule")
            .order_by("due_on", "pk")
        ),
        sanctions=list(Sanction.objects.filter(organisation=unit, state__in=Sanction.RUNNING).order_by("pk")),
        visits=list(
            Visit.objects.filter(organisation=unit, state=Visit.State.PLANNED).order_by("planned_on", "pk")
        ),
        duties=list(
            Duty.objects.open()
            .filter(organisation=unit)
            .select_related("obligation", "term")
            .order_by("due_on", "pk")
        ),
        filed_units=list(unit.filed_units.active().order_by("pinyin_key", "pk")),
        heads=list(unit.headships.filter(to_on=None).order_by("from_on", "pk")),
        people=list(unit.memberships.not_over(clock.today()).select_related("user").order_by("role", "pk")),
    )


def fault_of_successor(successor: Organisation, unit: Organisation) -> str:
    """Why ``unit`` cannot be merged into (or handed over to) ``successor``; empty where it can."""
    if successor.pk == unit.pk:
        return "不能选本单位"
    if successor.kind != unit.kind:
        return "要选同类单位：学校选学校，机构选机构"
    if not successor.is_active:
        return f"“{successor.name}”{successor.get_status_display()}，请另选"
    return ""


def check_active(unit: Organisation) -> None:
    """Raise WrongState for a unit that has ended already."""
    if not unit.is_active:
        raise WrongState(f"“{unit.name}”{unit.get_status_display()}，不能再办理停办或合并")


def _begin(
    organisation_id: int, actor: User, version: int | None, other: Organisation | None
) -> tuple[Organisation, Any]:
    """(unit, other), locked in the order of their keys, with right and state looked at again."""
    ids = sorted({organisation_id, other.pk} if other is not None else {organisation_id})
    locked = {
        pk: locked_unit(organisation_id=pk, version=version if pk == organisation_id else None) for pk in ids
    }
    unit, taker = locked[organisation_id], locked[other.pk] if other is not None else None
    if not actor.has_perm("inspections.end_unit", unit):
        raise NotAllowed("停办、注销、合并由双减专班办理")
    check_active(unit)
    fault = fault_of_successor(taker, unit) if taker is not None else ""
    if fault:
        raise Refused(fault)
    return unit, taker


def _check_day(unit: Organisation, on: date) -> None:
    if on > clock.today():
        raise Refused("日期不能晚于今天")
    if unit.opened_on is not None and on < unit.opened_on:
        raise Refused(f"日期不能早于设立日期（{cn_date(unit.opened_on)}）")


def close_unit(
    *,
    organisation_id: int,
    actor: User,
    version: int | None,
    on: date,
    document_no: str,
    taken_over_by: Organisation | None = None,
) -> Organisation:
    """停办 (a school) or 注销 (an institution). Open problems go to ``taken_over_by``, or stay.

    Raises StaleRow, NotAllowed, WrongState, Refused.
    """
    with transaction.atomic():
        unit, taker = _begin(organisation_id, actor, version, taken_over_by)
        _check_day(unit, on)
        effects = effects_on(unit)
        told = notices.people_of_unit(unit)
        unit.status, unit.closed_on, unit.closing_document = Organisation.Status.CLOSED, on, document_no
        _finish(unit, taker, actor, effects, action="inspections.unit.closed")
        notices.unit_closed(unit, taker, told, len(effects.tasks))
    return unit


def merge_unit(
    *,
    organisation_id: int,
    actor: User,
    version: int | None,
    into: Organisation,
    on: date,
    document_no: str,
) -> Organisation:
    """合并: the unit ends, ``into`` goes on and answers for its open problems.

    Raises StaleRow, NotAllowed, WrongState, Refused.
    """
    with transaction.atomic():
        unit, successor = _begin(organisation_id, actor, version, into)
        _check_day(unit, on)
        effects = effects_on(unit)
        told = notices.people_of_unit(unit)
        unit.status, unit.closed_on, unit.closing_document = Organisation.Status.MERGED, on, document_no
        unit.successor = successor
        _end_terms(effects.heads, on)
        _finish(unit, successor, actor, effects, action="inspections.unit.merged")
        audit.record(
            action="inspections.unit.absorbed",
            subject=successor,
            actor=actor,
            organisation=successor,
            role=acting_role(actor),
            after={"merged": unit.pk, "on": on},
            note=f"{unit.name}（{unit.code}）并入本单位",
        )
        notices.unit_merged(unit, successor, told, len(effects.tasks))
    return unit


def _finish(
    unit: Organisation, taker: Organisation | None, actor: User, effects: Effects, *, action: str
) -> None:
    """Everything that closing and merging have in common, parent before child."""
    before = {"status": "active", "filer": unit.filer_id}
    _move_filed_units(unit, taker, actor)
    if taker is not None:
        # Read again: it may have been filled in for by the unit that ends here.
        unit.filer_id = Organisation.objects.values_list("filer_id", flat=True).get(pk=taker.pk) or taker.pk
    unit.version += 1
    unit.save()
    if unit.kind == Organisation.Kind.INSTITUTION:
        Institution.objects.filter(pk=unit.pk).update(operating_status=Institution.Status.CANCELLED)
    _end_checks(effects.checks, unit, actor)
    duties_moved, duties_ended = duties.end_unit(unit=unit, taker=taker, actor=actor)
    for visit in effects.visits:
        visits.cancel(
            visit_id=visit.pk, actor=actor, version=None, words=f"“{unit.name}”{unit.get_status_display()}"
        )
    if taker is not None:
        _hand_over(effects.tasks, unit, taker, actor)
    sanctions_ended = _pass_on_sanctions(effects.sanctions, unit, taker, actor)
    audit.record(
        action=action,
        subject=unit,
        actor=actor,
        organisation=unit,
        role=acting_role(actor),
        before=before,
        after={
            "status": unit.status,
            "closed_on": unit.closed_on,
            "successor": unit.successor_id,
            "filer": unit.filer_id,
            "checks_ended": len(effects.checks),
            "visits_cancelled": len(effects.visits),
            "duties_moved": duties_moved,
            "duties_ended": duties_ended,
            "tasks_handed_over": len(effects.tasks) if taker is not None else 0,
            "sanctions_handed_over": len(effects.sanctions) if taker is not None else 0,
            "sanctions_ended": sanctions_ended,
            "terms_ended": len(effects.heads) if unit.successor_id else 0,
        },
        note=unit.closing_document,
    )


def _end_terms(heads: list[Headship], on: date) -> None:
    """Who headed the merged unit did so until that day (P15); the successor has a head of its own."""
    for term in Headship.objects.filter(pk__in=[one.pk for one in heads]).select_for_update(of=("self",)):
        term.to_on = max(on, term.from_on)
        term.save(update_fields=["to_on"])


def _move_filed_units(unit: Organisation, taker: Organisation | None, actor: User) -> None:
    """Whom the unit filled in for, its taker fills in for; without one they fill in for themselves.

    A taker that is itself filled in for hands this on: there are no chains. Units that had ended before keep
    whoever answers for them if nobody takes over.
    """
    target = (taker.filer_id or taker.pk) if taker is not None else None
    target = taker.pk if taker is not None and target == unit.pk else target
    moving = unit.filed_units.all() if taker is not None else unit.filed_units.active()
    for filed in moving.select_for_update(of=("self",)).order_by("pk"):
        before = {"filer": filed.filer_id}
        filed.filer_id = None if filed.pk == target else target
        filed.version += 1
        filed.save(update_fields=["filer", "version"])
        audit.record(
            action="inspections.unit.filer_changed",
            subject=filed,
            actor=actor,
            organisation=filed,
            role=acting_role(actor),
            before=before,
            after={"filer": filed.filer_id},
        )


def _end_checks(checks: list[SelfCheck], unit: Organisation, actor: User) -> None:
    rows = SelfCheck.objects.filter(pk__in=[check.pk for check in checks]).select_for_update(of=("self",))
    for check in rows.order_by("pk"):
        if check.state not in SelfCheck.OPEN_STATES:
            continue  # submitted in the moment before: what was submitted stays
        before = {"state": check.state}
        check.state = SelfCheck.State.ENDED
        check.version += 1
        check.save(update_fields=["state", "version"])
        audit.record(
            action="inspections.check.ended",
            subject=check,
            actor=actor,
            organisation=unit,
            role=acting_role(actor),
            before=before,
            after={"state": check.state, "unit": unit.status},
        )


def _hand_over(tasks: list[RectificationTask], unit: Organisation, taker: Organisation, actor: User) -> None:
    """One line in the course of each open problem; the task itself is not touched."""
    for task in tasks:
        audit.record(
            action="inspections.task.handed_over",
            subject=task,
            actor=actor,
            organisation=unit,
            role=acting_role(actor),
            after={"state": task.state, "to": taker.pk},
            note=f"转由{taker.name}继续整改",
        )


def _pass_on_sanctions(
    sanctions: list[Sanction], unit: Organisation, taker: Organisation | None, actor: User
) -> int:
    """The running cases go on with whoever takes over. Without one they stay with the unit's own people, but
    what is only instructed ends: there is nobody left to serve it to. Returns how many ended.
    """
    rows = Sanction.objects.filter(pk__in=[one.pk for one in sanctions], state__in=Sanction.RUNNING)
    ended = 0
    for row in rows.select_for_update(of=("self",)).select_related("instructed_by").order_by("pk"):
        before = {"state": row.state}
        after: dict[str, Any] = {"state": row.state}
        if taker is not None:
            action, note = "inspections.sanction.handed_over", f"转由{taker.name}办理"
            after["to"] = taker.pk
        elif row.state == Sanction.State.INSTRUCTED:
            action, note = "inspections.sanction.ended", f"“{unit.name}”{unit.get_status_display()}，不再办理"
            row.state = after["state"] = Sanction.State.REVOKED
            row.revoke_words = note
            row.version += 1
            row.save(update_fields=["state", "revoke_words", "version"])
            notices.sanction_ended(row, note)
            ended += 1
        else:
            continue
        audit.record(
            action=action,
            subject=row,
            actor=actor,
            organisation=unit,
            role=acting_role(actor),
            before=before,
            after=after,
            note=note,
        )
    return ended


def lineage_of(unit: Organisation) -> tuple[list[Organisation], list[Organisation]]:
    """(units merged into this one, other units that it fills in for), by name."""
    related = Organisation.objects.filter(Q(successor=unit) | Q(filer=unit)).order_by("pinyin_key", "pk")
    rows = list(related)
    return (
        [row for row in rows if row.successor_id == unit.pk],
        [row for row in rows if row.successor_id != unit.pk],
    )
