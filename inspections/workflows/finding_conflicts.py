"""Two inspectors and one item: fields merge, a field that both filled in differently waits for a choice.

A phone tells of each field what it saw and what it made of it. Compared with what stands now that decides,
field by field, whatever order the phones arrive in. Both versions stay with author and time; the visit goes
on; a member or the supervision office chooses; what was not chosen stays in the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from inspections.models import Device, FieldConflict, SyncOperation, Visit, VisitFinding
from inspections.workflows import visits
from inspections.workflows.visit_findings import (
    DETAILS,
    PROBLEM,
    Seen,
    enter,
    locked_finding,
    locked_ongoing,
    shown,
)
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import CheckItem

audit.name_actions(
    {
        "inspections.visit.conflict_raised": "同一项两人所填不同",
        "inspections.visit.conflict_settled": "选定检查结果",
    }
)


@dataclass(frozen=True)
class Change:
    """One field as the phone saw it and as it has it now."""

    old: Any
    new: Any


@dataclass(frozen=True)
class Merged:
    """The item after an operation, and the conflicts that the operation raised or went on with."""

    finding: VisitFinding
    conflicts: list[FieldConflict]


def merge(
    *, visit_id: int, item: CheckItem, actor: User, changes: Mapping[str, Change], operation: SyncOperation
) -> Merged:
    """Write the fields that nobody else changed meanwhile; keep both versions of the others.

    Methods are a set: what one adds and another takes away both count. Raises as ``save_finding`` does.
    """
    device = operation.device
    with transaction.atomic():
        visit = locked_ongoing(visit_id, actor)
        finding = locked_finding(visit, item)
        stands = shown(finding)
        own = {row.field: row for row in finding.conflicts.open().filter(operation__device=device)}
        taken: dict[str, Any] = {}
        offered: dict[str, dict[str, Any]] = {}
        agreed = []
        for name, change in changes.items():
            now = getattr(stands, name)
            if name == "methods":
                kept = (set(now) | set(change.new)) - (set(change.old) - set(change.new))
                taken[name] = tuple(one for one in VisitFinding.Method.values if one in kept)
            elif change.new == now:
                agreed += [own[name]] if name in own else []
            elif name in own or _is_anothers(finding, name, device, now, change):
                offered[name] = {name: change.new}
            else:
                taken[name] = change.new
        after = replace(stands, **taken)
        if after.value != PROBLEM:
            _gather_details(finding, device, changes, own, taken, offered)
            after = replace(stands, **taken)
        if after != stands:
            enter(visit, finding, after, actor, at=operation.happened_at, device=device)
        for row in agreed:
            _settle(row, FieldConflict.Chosen.STANDING, actor)
        raised = [
            _keep(finding, stands, name, values, operation, actor, own.get(name))
            for name, values in offered.items()
        ]
    return Merged(finding, raised)


def _is_anothers(finding: VisitFinding, name: str, device: Device, now: Any, change: Change) -> bool:
    """Was the field written meanwhile, not by this device, which says it saw something else?"""
    mark = finding.marks.get(name)
    return mark is not None and mark["device"] != device.pk and now != change.old


def _gather_details(
    finding: VisitFinding,
    device: Device,
    changes: Mapping[str, Change],
    own: Mapping[str, FieldConflict],
    taken: dict[str, Any],
    offered: dict[str, dict[str, Any]],
) -> None:
    """Details mean nothing beside a result that is not 有问题: they go with the 有问题 that they describe.

    The phone that says so is at odds about the result itself, whether or not this operation names it.
    """
    details = {name: changes[name].new for name in DETAILS if name in changes and changes[name].new}
    for name in DETAILS:
        taken.pop(name, None)
        offered.pop(name, None)
    if "value" in offered:
        says_problem = offered["value"]["value"] == PROBLEM
    elif "value" in changes:
        says_problem = False
    elif "value" in own:
        says_problem = own["value"].offered["value"] == PROBLEM
    else:
        mark = finding.marks.get("value")
        says_problem = mark is not None and mark["device"] != device.pk
    if says_problem and (details or "value" in offered):
        offered["value"] = {"value": PROBLEM, **details}


def _keep(
    finding: VisitFinding,
    stands: Seen,
    name: str,
    offered: dict[str, Any],
    operation: SyncOperation,
    actor: User,
    known: FieldConflict | None,
) -> FieldConflict:
    """The conflict about the field: new, or the one that this device is in already, with its newest word."""
    if known is not None:
        goes_on = name != "value" or offered["value"] == PROBLEM
        known.offered = {**known.offered, **offered} if goes_on else offered
        known.offered_at = operation.happened_at
        known.operation = operation
        known.version += 1
        known.save()
        return known
    mark = finding.marks.get(name, {})
    names = ("value", *DETAILS) if name == "value" and stands.value == PROBLEM else (name,)
    values = asdict(stands)
    row = FieldConflict.objects.create(
        visit=finding.visit,
        finding=finding,
        field=name,
        standing={one: values[one] for one in names},
        standing_by_id=mark.get("by"),
        standing_at=datetime.fromisoformat(mark["at"]) if mark else None,
        offered=offered,
        offered_by=actor,
        offered_at=operation.happened_at,
        operation=operation,
    )
    audit.record(
        action="inspections.visit.conflict_raised",
        subject=finding.visit,
        actor=actor,
        organisation=finding.visit.organisation,
        role=acting_role(actor),
        after={"item": finding.item.code, "field": name, "conflict": row.pk},
    )
    return row


def settle(*, conflict_id: int, actor: User, version: int | None, chosen: str) -> FieldConflict:
    """Choose one version. The other one stays in the history, and so does who chose.

    After the record is confirmed a 有问题 that was held back is registered now. Raises WrongState where
    somebody chose already, NotAllowed, and Refused for a 有问题 without words once the visit has ended.
    """
    with transaction.atomic():
        visit_id = FieldConflict.objects.values_list("visit_id", flat=True).get(pk=conflict_id)
        visit = visits.locked(visit_id, None)
        row = FieldConflict.objects.select_for_update(of=("self",)).get(pk=conflict_id)
        check_version(row, version)
        if not row.is_open:
            raise WrongState("这一项已经选定，不用再选")
        if not actor.has_perm("inspections.settle_conflict", row):
            raise NotAllowed("只有这次督导的人员和督导室可以选定")
        finding = (
            visit.findings.select_for_update(of=("self",)).select_related("item__rule").get(pk=row.finding_id)
        )
        if chosen == FieldConflict.Chosen.OFFERED:
            seen = replace(shown(finding), **row.offered)
            is_over = visit.state != Visit.State.ONGOING
            if is_over and seen.value == PROBLEM and not seen.text:
                raise Refused("后到的一版选了“有问题”，没有写明问题，督导已经结束，不能选这一版")
            enter(visit, finding, seen, actor, found_by=row.offered_by)
        _settle(row, chosen, actor)
        held_back = visit.state == Visit.State.CONFIRMED and not finding.conflicts.open().exists()
        if held_back:
            visits.register_found(visit, visit.findings.filter(pk=finding.pk), actor)
    return row


def _settle(row: FieldConflict, chosen: str, actor: User) -> None:
    row.chosen = chosen
    row.settled_by = actor
    row.settled_at = clock.now()
    row.version += 1
    row.save()
    audit.record(
        action="inspections.visit.conflict_settled",
        subject=row.visit,
        actor=actor,
        organisation=row.visit.organisation,
        role=acting_role(actor),
        after={"conflict": row.pk, "field": row.field, "chosen": chosen},
    )
