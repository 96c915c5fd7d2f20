"""What machines found or left to be confirmed, for the desks of those who judge it.

数据疑点, draws that were announced, workbooks that were looked through, roles that were asked for, and what
inspectors' phones brought.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate

from inspections.desk_columns import columns
from inspections.models import FieldConflict, Import, SyncOperation, VisitDraw
from shuangjian.accounts.models import GrantRequest, User
from shuangjian.accounts.roles import INSPECTOR_ROLES, KEEPER_ROLES, OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.registers.models import Doubt


def _doubts(user: User) -> QuerySet[Any]:
    """What speaks against a unit's facts: for the offices, and for the inspector of the unit's own area."""
    rows = Doubt.objects.visible_to(user).open()
    if not user.has_role(*OFFICE_ROLES):
        rows = rows.filter(organisation__area__in=user.unit_ids([Role.AREA_INSPECTOR]))
    return columns(
        rows,
        "doubt",
        no=F("no"),
        name=F("organisation__name"),
        due=None,
        text=F("fact"),
        state=Value(""),
    )


def _draws(user: User) -> QuerySet[Any]:
    """Draws whose lists are frozen and whose moment is announced."""
    return columns(
        VisitDraw.objects.filter(state=VisitDraw.State.ANNOUNCED, is_elsewhere=False),
        "draw",
        no=F("no"),
        name=F("title"),
        due=TruncDate("draws_at"),
        text=F("seed_source"),
        state=Value(""),
    )


def _imports(user: User) -> QuerySet[Any]:
    """The person's own workbooks that were looked through."""
    return columns(
        Import.objects.visible_to(user).filter(state=Import.State.CHECKED, uploaded_by=user),
        "import",
        no=Value(""),
        name=F("stored_file__original_name"),
        due=None,
        text=Value(""),
        state=Value(""),
    )


def _grants(user: User) -> QuerySet[Any]:
    """Roles that another administrator asked for and this one decides."""
    return columns(
        GrantRequest.objects.waiting_for(user),
        "grant",
        no=F("user__username"),
        name=F("user__name"),
        due=None,
        text=F("organisation__name"),
        state=Value(""),
    )


def _conflicts(user: User) -> QuerySet[Any]:
    """Items of a visit that two inspectors filled in differently."""
    return columns(
        FieldConflict.objects.visible_to(user).open(),
        "conflict",
        no=F("visit__no"),
        name=F("visit__organisation__name"),
        due=F("visit__planned_on"),
        text=F("finding__item__text"),
        state=Value(""),
    )


def _refused(user: User) -> QuerySet[Any]:
    """What a phone brought and could not be written."""
    return columns(
        SyncOperation.objects.visible_to(user).unhandled(),
        "refused",
        no=Coalesce("visit__no", "receipt"),
        name=Coalesce("visit__organisation__name", "device__user__name"),
        due=None,
        text=F("reason"),
        state=Value(""),
    )


PARTS: list[tuple[frozenset[str], Callable[[User], QuerySet[Any]]]] = [
    (OFFICE_ROLES | {Role.AREA_INSPECTOR}, _doubts),
    (OFFICE_ROLES, _draws),
    (UNIT_ROLES | {Role.TASK_FORCE}, _imports),
    (KEEPER_ROLES, _grants),
    (INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}, _conflicts),
    (INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}, _refused),
]
