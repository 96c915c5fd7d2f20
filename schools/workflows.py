"""Opening a school and changing what the register says of it: one transaction, one entry, one winner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from schools.models import School
from shuangjian.accounts import units
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal.errors import NotAllowed
from shuangjian.policy.workflows import duties
from shuangjian.registers.workflows import doubts

Row = Mapping[str, Any]
# What a school's own administrator keeps up to date, besides the campuses; the rest is the task force's.
OWN_FIELDS = frozenset({"address", "contact_name", "contact_phone", "pupil_count"})


def open_school(
    *, actor: User, unit: Mapping[str, Any], facts: Mapping[str, Any], campuses: Sequence[Row] = ()
) -> School:
    """Enter a new school in the register. Raises NotAllowed, Refused (code taken, wrong 填报主体)."""
    if not actor.has_role(Role.TASK_FORCE):
        raise NotAllowed("只有双减专班能新增学校")
    with transaction.atomic():
        organisation = units.open_unit(kind=Organisation.Kind.SCHOOL, values=unit)
        school = School.objects.create(organisation=organisation, **facts)
        units.change_rows(
            school.campuses.all(), campuses, units.ChangeLog(), noun="校区", parent={"school": school}
        )
        duties.open_for(organisation)
        units.record_opening(action="schools.school.opened", unit=organisation, actor=actor, rows=campuses)
    return school


def change_school(
    *,
    organisation_id: int,
    actor: User,
    version: int | None,
    unit: Mapping[str, Any],
    facts: Mapping[str, Any],
    campuses: Sequence[Row] = (),
) -> School:
    """Change a school's entry, campuses included. Locks the unit first; what is not named stays.

    Raises StaleRow, NotAllowed (also for a field that is not his to change), Refused.
    """
    with transaction.atomic():
        doubts.hold()
        organisation = units.locked_unit(organisation_id=organisation_id, version=version)
        school = School.objects.select_for_update(of=("self",)).get(pk=organisation_id)
        school.organisation = organisation
        if not actor.has_perm("schools.edit_school", school):
            raise NotAllowed("您的角色不能修改这所学校的资料")
        if not {*unit, *facts} <= OWN_FIELDS and not actor.has_perm("schools.edit_school_whole", school):
            raise NotAllowed("名称、代码、年级等由双减专班修改")
        log = units.ChangeLog()
        units.change_unit(organisation, unit, log)
        if log.apply(school, facts):
            school.save()
        units.change_rows(school.campuses.all(), campuses, log, noun="校区", parent={"school": school})
        doubts.recompute([organisation.pk])
        units.finish_change(action="schools.school.changed", unit=organisation, actor=actor, log=log)
    return school
