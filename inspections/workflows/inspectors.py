"""What an inspector states of himself: his cards, and the units where a relative of his works (回避)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inspections.models import DeclaredRelative, InspectorCard
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused

audit.name_actions(
    {
        "inspections.card.saved": "登记督导证件",
        "inspections.relative.declared": "申报近亲属任职单位",
        "inspections.relative.ended": "终止近亲属申报",
    }
)


def save_card(*, actor: User, kind: str, number: str, valid_until: date | None) -> InspectorCard:
    """Enter one's own card, or its new number and date."""
    if valid_until is not None and valid_until < clock.today():
        raise Refused("证件已过有效期，请登记换发后的证件")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two windows of one person
        values = {"number": number.strip(), "valid_until": valid_until}
        row, is_new = InspectorCard.objects.get_or_create(user=actor, kind=kind, defaults=values)
        if not is_new:
            row.number, row.valid_until = number.strip(), valid_until
            row.version += 1
            row.save()
        audit.record(
            action="inspections.card.saved",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"kind": kind, "valid_until": str(valid_until or "")},
            note=row.number,
        )
    return row


def declare_relative(*, actor: User, organisation: Organisation, relation: str) -> DeclaredRelative:
    """Declare that a relative works at a unit: from now on the person is neither drawn nor sent there."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        standing = DeclaredRelative.objects.filter(
            user=actor, organisation=organisation, relation=relation, ended_on__isnull=True
        )
        if standing.exists():
            raise Refused(f"{organisation.name}已经申报过，不用再报")
        row = DeclaredRelative.objects.create(user=actor, organisation=organisation, relation=relation)
        _record("inspections.relative.declared", row, actor)
    return row


def end_relative(*, relative_id: int, actor: User, version: int | None) -> DeclaredRelative:
    """The relative no longer works there. What was declared stays readable."""
    with transaction.atomic():
        row = DeclaredRelative.objects.select_for_update().get(pk=relative_id)
        check_version(row, version)
        if row.user_id != actor.pk:
            raise NotAllowed("只能终止自己的申报")
        if row.ended_on is not None:
            raise Refused("这项申报已经终止")
        row.ended_on = clock.today()
        row.version += 1
        row.save()
        _record("inspections.relative.ended", row, actor)
    return row


def _record(action: str, row: DeclaredRelative, actor: User) -> None:
    """The entry names neither unit nor relation: they are the person's own, in the row."""
    audit.record(action=action, subject=row, actor=actor, role=acting_role(actor), after={"row": row.pk})
