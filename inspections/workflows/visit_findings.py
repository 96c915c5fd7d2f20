"""What is seen for each item of a visit's checklist: the one place where it is written, whoever brings it.

The checklist on the screen brings all fields of an item at once, a phone the fields that changed
(``finding_conflicts``); both end in ``enter``. Source: practice.md P1 (photos), P9; ux.md flow B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from inspections.models import Device, FindingPhoto, Visit, VisitFinding
from inspections.workflows.visits import AT_ONCE_DAYS, locked, takes_photos
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import CheckItem

PROBLEM = VisitFinding.Value.PROBLEM.value
DUE_DAY_CHOICES = (AT_ONCE_DAYS, 15, 30)  # ux.md flow B
DEFAULT_DUE_DAYS = 15
MOST_OF_TEXT = 300

audit.name_actions(
    {
        "inspections.visit.finding_saved": "填写督导条目",
        "inspections.visit.photos_added": "补充现场照片",
    }
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An item as the checklist shows it: 有问题 also while it is not yet described."""

    value: str = ""
    text: str = ""
    breaks_prohibition: bool = False
    at_once: bool = False
    due_days: int | None = None
    methods: tuple[str, ...] = ()


FIELDS = tuple(one.name for one in fields(Seen))
DETAILS = ("text", "breaks_prohibition", "at_once", "due_days")  # they mean something under 有问题 alone


def shown(finding: VisitFinding) -> Seen:
    """What the checklist shows of it now."""
    return Seen(
        value=PROBLEM if finding.is_undescribed else finding.value,
        text=finding.text,
        breaks_prohibition=finding.breaks_prohibition,
        at_once=finding.at_once,
        due_days=finding.due_days,
        methods=tuple(finding.methods),
    )


def save_finding(
    *,
    visit_id: int,
    item: CheckItem,
    actor: User,
    version: int | None,
    value: str,
    photos: Sequence[StoredFile] = (),
    **details: Any,
) -> VisitFinding:
    """Write what was seen for one item; ``details`` are the other fields of ``Seen``.

    Another inspector's newer entry is never overwritten (StaleRow). Raises WrongState unless the visit is
    under way, Refused as ``enter`` does.
    """
    with transaction.atomic():
        visit = locked_ongoing(visit_id, actor)
        finding = locked_finding(visit, item)
        check_version(finding, version)
        enter(visit, finding, Seen(value=value, **details), actor, photos=photos)
    return finding


def enter(
    visit: Visit,
    finding: VisitFinding,
    seen: Seen,
    actor: User,
    *,
    found_by: User | None = None,
    at: datetime | None = None,
    device: Device | None = None,
    photos: Sequence[StoredFile] = (),
) -> None:
    """Write ``seen`` to the locked row, note who wrote each field that changed, and the entry.

    有问题 without words is kept and counts as 未查 until it is described (``is_undescribed``): a tap on the
    phone is never refused, and never leaves the 符合 standing that it replaces. ``found_by``: whose finding
    it is, where another person decided for it. Raises Refused for what is no choice, a date out of the list,
    a prohibition that the item has not.
    """
    seen = _settled(seen, finding.item)
    before, value_before = shown(finding), finding.value
    is_undescribed = seen.value == PROBLEM and not seen.text
    finding.value = "" if is_undescribed else seen.value
    finding.text = seen.text
    finding.due_days = seen.due_days
    finding.breaks_prohibition = seen.breaks_prohibition
    finding.at_once = seen.at_once
    finding.methods = list(seen.methods)
    finder, moment = found_by or actor, at or clock.now()
    mark = {"by": finder.pk, "at": moment.isoformat(), "device": device.pk if device else None}
    changed = [name for name in FIELDS if getattr(before, name) != getattr(seen, name)]
    finding.marks = {**finding.marks, **dict.fromkeys(changed, mark)}
    finding.updated_by = finder
    finding.updated_at = moment
    finding.version += 1
    finding.save()
    _attach(finding, photos, actor)
    audit.record(
        action="inspections.visit.finding_saved",
        subject=visit,
        actor=actor,
        organisation=visit.organisation,
        role=acting_role(actor),
        before={"value": value_before},
        after={"item": finding.item.code, "value": finding.value, "photos": len(photos)},
        note=finding.text,
    )


def _settled(seen: Seen, item: CheckItem) -> Seen:
    """``seen`` as it is kept: details under 有问题 alone, which has a date; what is forbidden stops."""
    if seen.value not in ("", *VisitFinding.Value.values):
        raise Refused("请选择符合、有问题或不适用")
    methods = tuple(method for method in VisitFinding.Method.values if method in seen.methods)
    if len(methods) != len(set(seen.methods)):
        raise Refused("请从列表中选择检查方式")
    if seen.value != PROBLEM:
        return Seen(value=seen.value, methods=methods)
    text = seen.text.strip()
    if len(text) > MOST_OF_TEXT:
        raise Refused(f"问题说明最多{MOST_OF_TEXT}字，现在{len(text)}字")
    due_days = seen.due_days or DEFAULT_DUE_DAYS
    if due_days not in DUE_DAY_CHOICES:
        raise Refused("请选择整改期限：7天、15天或30天")
    if seen.breaks_prohibition and item.gravest_prohibition() is None:
        raise Refused("这个检查项没有对应的严禁或不得，请取消勾选")
    at_once = seen.at_once or seen.breaks_prohibition
    return replace(seen, text=text, due_days=due_days, at_once=at_once, methods=methods)


def add_photos(*, visit_id: int, item: CheckItem, actor: User, photos: Sequence[StoredFile]) -> VisitFinding:
    """Put pictures to an item. They are only added, so they never collide with what a colleague writes."""
    with transaction.atomic():
        visit = locked(visit_id, None)
        check_photos(visit, actor)
        finding = locked_finding(visit, item)
        if not photos:
            raise Refused("请选择照片")
        _attach(finding, photos, actor)
        audit.record(
            action="inspections.visit.photos_added",
            subject=visit,
            actor=actor,
            organisation=visit.organisation,
            role=acting_role(actor),
            after={"item": item.code, "photos": len(photos)},
        )
    return finding


def check_photos(visit: Visit, actor: User) -> None:
    """May the actor put photos to the visit now? Raises WrongState, NotAllowed."""
    if not actor.has_perm("inspections.conduct_visit", visit):
        raise NotAllowed("您不在这次督导的人员名单里")
    if not takes_photos(visit):
        raise WrongState("督导不在进行中，不能补充照片")


def locked_ongoing(visit_id: int, actor: User) -> Visit:
    """The visit, locked, if it is under way and the actor goes on it."""
    visit = locked(visit_id, None)
    if visit.state != Visit.State.ONGOING:
        raise WrongState("督导不在进行中，不能修改记录")
    if not actor.has_perm("inspections.conduct_visit", visit):
        raise NotAllowed("您不在这次督导的人员名单里")
    return visit


def locked_finding(visit: Visit, item: CheckItem) -> VisitFinding:
    """The row of one item of the locked visit, locked."""
    finding = visit.findings.select_for_update(of=("self",)).filter(item=item).first()
    if finding is None:
        raise Refused("这个检查项不在本次督导的清单里")
    finding.item = item  # with its prohibitions, which are read once a process
    return finding


def _attach(finding: VisitFinding, photos: Sequence[StoredFile], actor: User) -> None:
    FindingPhoto.objects.bulk_create(
        FindingPhoto(finding=finding, stored_file=photo, added_by=actor, added_at=clock.now())
        for photo in photos
    )
