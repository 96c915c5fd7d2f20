"""Opening an institution and changing what the register says of it: one transaction, one winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from shuangjian.accounts import units
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import NotAllowed
from shuangjian.policy.workflows import duties
from shuangjian.registers.workflows import doubts
from tutoring.models import Institution

Row = Mapping[str, Any]
# What an institution's own administrator keeps up to date, besides the teaching places.
OWN_FIELDS = frozenset({"address", "contact_name", "contact_phone", "principal_name"})


def open_institution(
    *, actor: User, unit: Mapping[str, Any], facts: Mapping[str, Any], places: Sequence[Row] = ()
) -> Institution:
    """Enter a new institution in the register. Raises NotAllowed, Refused (code taken, wrong 填报主体)."""
    if not actor.has_role(Role.TASK_FORCE):
        raise NotAllowed("只有双减专班能新增机构")
    with transaction.atomic():
        organisation = units.open_unit(kind=Organisation.Kind.INSTITUTION, values=unit)
        institution = Institution.objects.create(organisation=organisation, **facts)
        units.change_rows(
            institution.places.all(),
            places,
            units.ChangeLog(),
            noun="教学地点",
            parent={"institution": institution},
        )
        duties.open_for(organisation)
        units.record_opening(
            action="tutoring.institution.opened", unit=organisation, actor=actor, rows=places
        )
    return institution


def change_institution(
    *,
    organisation_id: int,
    actor: User,
    version: int | None,
    unit: Mapping[str, Any],
    facts: Mapping[str, Any],
    places: Sequence[Row] = (),
) -> Institution:
    """Change an institution's entry, teaching places included. Locks the unit first; what is not named stays.

    Raises StaleRow, NotAllowed, Refused.
    """
    with transaction.atomic():
        doubts.hold()
        organisation = units.locked_unit(organisation_id=organisation_id, version=version)
        institution = Institution.objects.select_for_update(of=("self",)).get(pk=organisation_id)
        institution.organisation = organisation
        if not actor.has_perm("tutoring.edit_institution", institution):
            raise NotAllowed("您的角色不能修改这家机构的信息")
        if not {*unit, *facts} <= OWN_FIELDS and not actor.has_perm(
            "tutoring.edit_institution_whole", institution
        ):
            raise NotAllowed("名称、代码、类别、许可证等由双减专班修改")
        log = units.ChangeLog()
        units.change_unit(organisation, unit, log)
        if log.apply(institution, facts):
            institution.save()
        units.change_rows(
            institution.places.all(), places, log, noun="教学地点", parent={"institution": institution}
        )
        doubts.recompute([organisation.pk])
        units.finish_change(action="tutoring.institution.changed", unit=organisation, actor=actor, log=log)
    return institution
