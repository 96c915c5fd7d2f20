"""通知公告 on their way: drafted, published to units, corrected by a new version, recalled.

Publishing writes down whom it reaches and tells their people; what has been published is never edited.
Nothing counts who opened it (practice.md P1; decisions.md, "Typing for others").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from inspections.models import Bulletin, BulletinFile, BulletinRecipient
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Move, Transition, acting_role
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_ROLES
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers, outbox
from shuangjian.journal.errors import NotAllowed, Refused

S = Bulletin.State
MOST_FILES = 9


def _t(label: str, source: set[str], target: str | None) -> Transition:
    return Transition(
        label=label, source=frozenset(source), target=target, permission="inspections.write_bulletin"
    )


TRANSITIONS = {
    "edit": _t("修改通知公告", {S.DRAFT}, None),
    "publish": _t("发布通知公告", {S.DRAFT}, S.PUBLISHED),
    "correct": _t("更正通知公告", {S.PUBLISHED}, None),
    "recall": _t("撤回通知公告", {S.PUBLISHED}, S.RECALLED),
}
MACHINE: Machine[Bulletin] = Machine(Bulletin, "inspections.bulletin", TRANSITIONS)
audit.name_actions(
    {
        "inspections.bulletin.drafted": "起草通知公告",
        "inspections.bulletin.replaced": "通知公告由新版代替",
    }
)


def _moving(
    key: str, bulletin_id: int, actor: User, version: int | None
) -> AbstractContextManager[Move[Bulletin]]:
    return MACHINE.moving(key, row_id=bulletin_id, actor=actor, version=version)


# --- Drafting ----------------------------------------------------------------------------------------------


def draft(
    *,
    actor: User,
    title: str,
    body: str,
    unit_kinds: Sequence[str],
    areas: Iterable[Organisation] = (),
    units: Iterable[Organisation] = (),
    files: Sequence[StoredFile] = (),
    replaces: Bulletin | None = None,
) -> Bulletin:
    """A new draft with its number. Raises NotAllowed, Refused (nobody to send it to, too many files)."""
    if not actor.has_perm("inspections.write_bulletin", Bulletin()):
        raise NotAllowed("通知公告由双减专班和督导室起草")
    year = clock.today().year
    with transaction.atomic():
        row = Bulletin.objects.create(
            no=f"{year}-T{numbers.take('bulletin', year):04d}",
            title=title,
            body=body,
            unit_kinds=list(unit_kinds),
            created_by=actor,
            created_at=clock.now(),
            replaces=replaces,
        )
        row.areas.set(areas)
        row.units.set(units)
        _attach(row, files)
        _check_audience(row)
        audit.record(
            action="inspections.bulletin.drafted",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"state": row.state, "replaces": replaces.pk if replaces else None},
            note=title,
        )
    return row


def edit(
    *,
    bulletin_id: int,
    actor: User,
    version: int | None,
    title: str,
    body: str,
    unit_kinds: Sequence[str],
    areas: Iterable[Organisation] = (),
    units: Iterable[Organisation] = (),
    files: Sequence[StoredFile] = (),
    removed: Sequence[int] = (),
) -> Bulletin:
    """Change a draft; ``removed`` are the keys of attachments that go."""
    with _moving("edit", bulletin_id, actor, version) as step:
        row = step.row
        row.title, row.body, row.unit_kinds = title, body, list(unit_kinds)
        row.areas.set(areas)
        row.units.set(units)
        row.attachments.filter(pk__in=list(removed)).delete()
        _attach(row, files)
        _check_audience(row)
        step.note = title
    return row


def _attach(row: Bulletin, files: Sequence[StoredFile]) -> None:
    if row.attachments.count() + len(files) > MOST_FILES:
        raise Refused(f"附件最多{MOST_FILES}个，请删去几个")
    BulletinFile.objects.bulk_create(BulletinFile(bulletin=row, stored_file=stored) for stored in files)


def audience_of(row: Bulletin) -> QuerySet[Organisation]:
    """The units in operation that the draft would reach now: kinds within areas, and the single units."""
    areas = list(row.areas.values_list("pk", flat=True))
    by_kind = Q(kind__in=row.unit_kinds)
    if areas:
        by_kind &= Q(area__in=areas)
    named = Q(pk__in=row.units.values("pk"))
    return Organisation.objects.units().active().filter(by_kind | named)


def _check_audience(row: Bulletin) -> None:
    if not row.unit_kinds and row.areas.exists():
        raise Refused("选了督学责任区，请同时选学校或机构")
    if not audience_of(row).exists():
        raise Refused("没有可以发给的单位，请选学校、机构，或另加单位")


# --- Publishing --------------------------------------------------------------------------------------------


def publish(*, bulletin_id: int, actor: User, version: int | None) -> Bulletin:
    """发布: fix the text, write down whom it reaches, tell their people; an earlier version ends."""
    with _moving("publish", bulletin_id, actor, version) as step:
        row = step.row
        _check_audience(row)
        reached = list(audience_of(row))
        row.published_by, row.published_at = actor, clock.now()
        BulletinRecipient.objects.bulk_create(
            BulletinRecipient(bulletin=row, organisation=unit) for unit in reached
        )
        step.after["units"] = len(reached)
        step.note = row.title
        words = f"更正：{row.title}" if row.replaces_id else row.title
        _tell(row, reached, "bulletin.published", words)
        if row.replaces is not None:
            _end_earlier(row, row.replaces.pk, actor)
    return row


def _end_earlier(row: Bulletin, earlier_id: int, actor: User) -> None:
    """The version before: what it said stays to be read, marked as corrected. Whom the new one no longer
    reaches is told that the old one does not hold any more."""
    earlier = Bulletin.objects.select_for_update().get(pk=earlier_id)
    if earlier.state != S.PUBLISHED:
        return  # recalled meanwhile: the new one stands by itself
    earlier.state = S.REPLACED
    earlier.version += 1
    earlier.save(update_fields=["state", "version"])
    left_out = Organisation.objects.filter(
        pk__in=earlier.recipients.exclude(organisation__in=row.recipients.values("organisation")).values(
            "organisation"
        )
    )
    _tell(earlier, list(left_out), "bulletin.replaced", f"不再适用：{earlier.title}")
    audit.record(
        action="inspections.bulletin.replaced",
        subject=earlier,
        actor=actor,
        role=acting_role(actor),
        before={"state": S.PUBLISHED},
        after={"state": earlier.state, "by": row.pk},
    )


def recall(*, bulletin_id: int, actor: User, version: int | None, words: str) -> Bulletin:
    """撤回: text and attachments are closed to the recipients, who are told why."""
    with _moving("recall", bulletin_id, actor, version) as step:
        row = step.row
        row.recalled_at, row.recall_words = clock.now(), words
        step.note = words
        reached = Organisation.objects.filter(pk__in=row.recipients.values("organisation"))
        _tell(row, list(reached), "bulletin.recalled", f"已撤回：{row.title}", words)
    return row


def correct(*, bulletin_id: int, actor: User, version: int | None) -> Bulletin:
    """更正: a new draft with the same words, audience and attachments; published, it takes the place."""
    with _moving("correct", bulletin_id, actor, version) as step:
        row = step.row
        if Bulletin.objects.filter(replaces=row).exists():
            raise Refused("已经有一份更正稿，请在更正稿里修改")
        made = draft(
            actor=actor,
            title=row.title,
            body=row.body,
            unit_kinds=row.unit_kinds,
            areas=row.areas.all(),
            units=row.units.filter(status=Organisation.Status.ACTIVE),
            files=[one.stored_file for one in row.attachments.select_related("stored_file")],
            replaces=row,
        )
        step.after["draft"] = made.pk
    return made


def _tell(row: Bulletin, units: Sequence[Organisation], kind: str, title: str, body: str = "") -> None:
    """The people who answer for these units today, by the unit that files for them; one notice each."""
    answering = {unit.responsible_unit_id for unit in units}
    posts = Membership.objects.in_force(clock.today()).filter(organisation__in=answering, role__in=UNIT_ROLES)
    people: Any = User.objects.filter(is_active=True, memberships__in=posts).distinct()
    outbox.notify(
        recipients=people,
        kind=kind,
        title=title,
        body=body,
        url=reverse("bulletin", args=[row.no]),
        dedupe_key=f"{kind}:{row.pk}",
        subject=row,
    )
