"""What phones bring, carried out: each operation once, in its device's order, in a transaction of its own.

Requests of one device queue at its row. What comes before its turn is kept and waits; what came already gets
its first answer again. Rights and states are judged now, not when it was tapped: what may not be is kept with
its content and the reason, and what comes after it goes on. Clocks decide nothing; a phone's time stands
beside ours, and is moved by how far its clock was off when it spoke.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from inspections import sync_wire
from inspections.models import Device, FieldConflict, SyncOperation, Visit, VisitFinding
from inspections.sync_wire import Sent
from inspections.workflows import devices, finding_conflicts, visits
from inspections.workflows.visit_findings import shown
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import DomainError, NotAllowed, Refused, WrongState

STATUS = SyncOperation.Status
MOST_LATE = timedelta(days=60)  # what is told to be older happened we do not know when

audit.name_actions(
    {
        "inspections.syncoperation.refused": "手机上的内容未能写入",
        "inspections.syncoperation.handled": "处理未能写入的内容",
    }
)


@dataclass(frozen=True)
class Done:
    """What came of one operation that was carried out; ``finding`` where it was about an item."""

    visit: Visit
    status: str = STATUS.APPLIED
    reason: str = ""
    finding: VisitFinding | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Received:
    """The answers to what came, by its number, and what the device shall send next."""

    results: list[dict[str, Any]]
    expected: int


def receive(
    *,
    device: Device,
    operations: Iterable[Any],
    device_now: datetime | None = None,
    imported_by: User | None = None,
) -> Received:
    """Keep every operation and carry out those whose turn it is, those that had waited among them.

    ``device_now``: the phone's time as it sends. ``imported_by``: who brings its export file instead.
    """
    if device_now is not None:
        behind = round((clock.now() - device_now).total_seconds())
        Device.objects.filter(pk=device.pk).update(seen_at=clock.now(), clock_behind=behind)
    answers: dict[str, dict[str, Any]] = {}
    for one in sorted(map(sync_wire.sent, operations), key=lambda one: (one.seq or 0, one.digest)):
        told = _take(device.pk, one, imported_by)
        answers[told["receipt"]] = told
    while (waited := _take_next(device.pk)) is not None:
        answers[waited["receipt"]] = waited
    expected = Device.objects.values_list("expected", flat=True).get(pk=device.pk)
    return Received(list(answers.values()), expected)


def _take(device_pk: int, sent: Sent, imported_by: User | None) -> dict[str, Any]:
    """Keep one operation, or find it kept; carry it out if it is its turn."""
    with transaction.atomic():
        device = _locked(device_pk)
        known = device.operations.filter(seq=sent.seq, is_stray=False).first() if sent.seq else None
        if known is not None and known.digest == sent.digest:
            return _again(known)
        is_stray = known is not None or sent.seq is None
        if is_stray and (stray := device.operations.filter(digest=sent.digest, is_stray=True).first()):
            return _again(stray)
        row = SyncOperation.objects.create(
            device=device,
            seq=sent.seq,
            kind=sent.kind,
            visit=Visit.objects.filter(no=sent.visit_no).first(),
            body=sent.body,
            digest=sent.digest,
            is_stray=is_stray,
            device_at=sent.at,
            happened_at=_by_our_clock(sent.at, device),
            receipt=_receipt(device, sent),
            imported_by=imported_by,
        )
        if is_stray:
            words = "序号已用过，内容不同，没有写入" if sent.seq else "没有序号，没有写入"
            return _refuse(row, words)
        if row.seq == device.expected:
            return _carry_out(row, device)
        return _answer(row)


def _take_next(device_pk: int) -> dict[str, Any] | None:
    """Carry out the operation that had waited for the one before it; None where there is none."""
    with transaction.atomic():
        device = _locked(device_pk)
        row = device.operations.filter(seq=device.expected, is_stray=False, status=STATUS.WAITING).first()
        return _carry_out(row, device) if row is not None else None


def _locked(device_pk: int) -> Device:
    return Device.objects.select_for_update(of=("self",)).select_related("user").get(pk=device_pk)


def _receipt(device: Device, sent: Sent) -> str:
    """The same for the same content of the same device: whoever has it can be told what it stands for."""
    about = f"{device.pk} {sent.seq} {sent.digest}"
    return salted_hmac("inspections.sync.receipt", about, algorithm="sha256").hexdigest()[:12]


def _by_our_clock(at: datetime | None, device: Device) -> datetime:
    """The moment of a tap, by how far the device's clock was off; now where that cannot be."""
    now = clock.now()
    try:
        moved = (at or now) + timedelta(seconds=device.clock_behind)
    except OverflowError:
        return now
    return moved if now - MOST_LATE <= moved <= now else now


def _carry_out(row: SyncOperation, device: Device) -> dict[str, Any]:
    device.expected += 1
    device.save(update_fields=["expected"])
    brought = {"device": device.pk, "operation": row.seq, "device_at": row.device_at}
    if row.imported_by_id is not None:
        brought["imported_by"] = row.imported_by_id
    try:
        with transaction.atomic(), audit.brought_by(**brought):
            done = _apply(row)
    except DomainError as error:
        return _refuse(row, str(error))
    row.status, row.reason = done.status, done.reason
    row.result = _facts(done)
    row.save()
    return _answer(row)


def _apply(row: SyncOperation) -> Done:
    if row.device.revoked_at is not None and row.imported_by_id is None:
        raise NotAllowed("这台手机已停用，内容没有写入")
    if row.kind not in _KINDS:
        raise Refused("不认识这一步，请更新页面")
    user = row.device.user
    visit = Visit.objects.visible_to(user).filter(pk=row.visit_id).first()
    if visit is None:
        raise Refused("没有这次督导，或您不在人员名单里")
    return _KINDS[row.kind](row, visit, user)


def _refuse(row: SyncOperation, reason: str) -> dict[str, Any]:
    row.status, row.reason = STATUS.REFUSED, reason[:300]
    row.save()
    user = row.device.user
    audit.record(
        action="inspections.syncoperation.refused",
        subject=row,
        actor=user,
        organisation=row.visit.organisation if row.visit else None,
        role=acting_role(user),
        after={"kind": row.kind, "device": row.device_id, "operation": row.seq},
    )
    return _answer(row)


# --- Answers ----------------------------------------------------------------


def _answer(row: SyncOperation) -> dict[str, Any]:
    facts = row.result or {"no": "", "version": None, "fields": {}}
    return {"seq": row.seq, "status": row.status, "receipt": row.receipt, "reason": row.reason, **facts}


def _again(row: SyncOperation) -> dict[str, Any]:
    """It is here already: what became of it. One that still waits is told so again."""
    first = _answer(row)
    return first if row.status == STATUS.WAITING else {**first, "status": "duplicate", "first": first}


def _facts(done: Done) -> dict[str, Any]:
    """Number and version of what was changed, and how the fields stand now, by whom and since when."""
    finding = done.finding
    if finding is None:
        return {"no": done.visit.no, "version": done.visit.version, "fields": {}}
    return {"no": done.visit.no, "version": finding.version, "fields": _fields(finding, done.names)}


def _fields(finding: VisitFinding, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Each field with its value on the screen, its author's name and the time, if anybody wrote it."""
    writers = {mark["by"] for mark in finding.marks.values()}
    people = User.objects.in_bulk(writers)
    stands, told = shown(finding), {}
    for name in names:
        mark = finding.marks.get(name)
        by = people.get(mark["by"]) if mark else None
        told[name] = {
            "value": getattr(stands, name),
            "by": by.name if by else "",
            "at": mark["at"] if mark else "",
        }
    return told


# --- The kinds of operations ---------------------------------------------------


def _start(row: SyncOperation, visit: Visit, user: User) -> Done:
    """Two who go together both begin: the second finds it begun."""
    return Done(_under_way(visit, user, visits.start, at=row.happened_at))


def _reopen(row: SyncOperation, visit: Visit, user: User) -> Done:
    return Done(_under_way(visit, user, visits.reopen))


def _under_way(visit: Visit, user: User, move: Callable[..., Visit], **more: Any) -> Visit:
    """Make the move to 进行中, unless the visit is there."""
    seen = visits.locked(visit.pk, None)
    if seen.state == Visit.State.ONGOING and user.has_perm("inspections.conduct_visit", seen):
        return seen
    return move(visit_id=visit.pk, actor=user, version=None, **more)


def _finding(row: SyncOperation, visit: Visit, user: User) -> Done:
    changes = sync_wire.changes(row.told)
    code = sync_wire.words(row.told, "item", 20)
    seen = visit.findings.filter(item__code=code).select_related("item").first()
    if seen is None:
        raise Refused("这个检查项不在本次督导的清单里")
    merged = finding_conflicts.merge(
        visit_id=visit.pk, item=seen.item, actor=user, changes=changes, operation=row
    )
    done = Done(visit, finding=merged.finding, names=tuple(changes))
    if merged.conflicts:
        return replace(done, status=STATUS.CONFLICT, reason=_standing_words(merged.conflicts))
    return done


def _standing_words(conflicts: list[FieldConflict]) -> str:
    """周明 14:02已填写不同的内容，两版都已保留，等待选定"""
    first = conflicts[0]
    who = first.standing_by.name if first.standing_by else "别人"
    at = f" {timezone.localtime(first.standing_at):%H:%M}" if first.standing_at else ""
    return f"{who}{at}已填写不同的内容，两版都已保留，等待选定"


def _end(row: SyncOperation, visit: Visit, user: User) -> Done:
    """A record that has its number keeps it: there is one record, whoever ends the visit."""
    summary = sync_wire.words(row.told, "summary", 500)
    record_no = sync_wire.words(row.told, "record_no", 24)
    if not summary:
        raise Refused("请写明现场意见")
    devices.check_record_no(row.device, record_no, visit)
    ended = visits.end(
        visit_id=visit.pk,
        actor=user,
        version=None,
        summary=summary,
        record_no=record_no,
        at=row.happened_at,
    )
    kept = "" if ended.record_no == record_no else f"这次督导的记录已编号{ended.record_no}，沿用原号"
    return Done(ended, reason=kept)


def _confirm(row: SyncOperation, visit: Visit, user: User) -> Done:
    body = row.told
    common: dict[str, Any] = {"visit_id": visit.pk, "actor": user, "version": None}
    said: dict[str, Any]
    match body.get("mode"):
        case "screen":
            said = {
                "unit_person": sync_wire.words(body, "unit_person", 30),
                "unit_person_post": sync_wire.words(body, "unit_person_post", 30),
                "stroke": sync_wire.stroke(body),
            }
        case "refused":
            said = {
                "refused_reason": sync_wire.words(body, "refused_reason", 200),
                "witness": sync_wire.words(body, "witness", 30),
            }
        case "paper":
            return Done(visits.sign_on_paper(**common))
        case _:
            raise Refused("不认识这种确认方式，请更新页面")
    said["unit_remark"] = sync_wire.words(body, "unit_remark", 500)
    return Done(visits.confirm(**common, **said, at=row.happened_at))


_KINDS: Mapping[str, Callable[[SyncOperation, Visit, User], Done]] = {
    "start": _start,
    "finding": _finding,
    "end": _end,
    "reopen": _reopen,
    "confirm": _confirm,
}


# --- What was refused ---------------------------------------------------------


def handle(*, operation_id: int, actor: User, version: int | None, words: str) -> SyncOperation:
    """已处理: say what was done about what could not be written. Raises Refused, WrongState, NotAllowed."""
    with transaction.atomic():
        row = (
            SyncOperation.objects.select_for_update(of=("self",))
            .select_related("device")
            .get(pk=operation_id)
        )
        check_version(row, version)
        if row.status != STATUS.REFUSED or row.handled_at is not None:
            raise WrongState("这一条不用处理")
        if not actor.has_perm("inspections.handle_refused", row):
            raise NotAllowed("只有本人和督导室可以处理")
        if not words.strip():
            raise Refused("请写明怎样处理")
        row.handled_words, row.handled_by, row.handled_at = words.strip(), actor, clock.now()
        row.version += 1
        row.save()
        audit.record(
            action="inspections.syncoperation.handled",
            subject=row,
            actor=actor,
            organisation=row.visit.organisation if row.visit else None,
            role=acting_role(actor),
            note=row.handled_words,
        )
    return row
