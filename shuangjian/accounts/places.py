"""乡镇、督学责任区、科室和部门: the county's own bodies to which units and posts are put.

They have no facts beyond a name and a code, so one workflow serves all three. Source: decisions.md, "Units".
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.units import ChangeLog, finish_change, locked_unit
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused

KEEPERS = frozenset({Role.TASK_FORCE})
Kind = Organisation.Kind
KINDS = {Kind.TOWNSHIP: "T", Kind.AREA: "Q", Kind.OFFICE: "K"}  # with the letter of their codes

audit.name_actions(
    {
        "accounts.place.opened": "新增乡镇、责任区或科室",
        "accounts.place.renamed": "修改乡镇、责任区或科室名称",
        "accounts.place.closed": "撤销乡镇、责任区或科室",
        "accounts.place.units_moved": "划转责任区",
    }
)


def places(kind: str) -> QuerySet[Organisation]:
    """Those of one kind in operation, in the county's order, each with how many units and people it has."""
    running = Q(memberships__to_on__isnull=True) | Q(memberships__to_on__gte=clock.today())
    units = {Kind.TOWNSHIP: "township_units", Kind.AREA: "area_units"}.get(Kind(kind))
    rows = Organisation.objects.active().filter(kind=kind).order_by("code")
    rows = rows.annotate(people=Count("memberships__user", filter=running, distinct=True))
    if units is None:
        return rows
    return rows.annotate(
        units=Count(units, filter=Q(**{f"{units}__status": Organisation.Status.ACTIVE}), distinct=True)
    )


def _check_keeper(actor: User) -> None:
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("乡镇、责任区和科室由双减专班登记")


def open_place(*, kind: str, name: str, actor: User) -> Organisation:
    """Enter one; it gets the county's next code of its kind. Raises Refused where the name is taken."""
    _check_keeper(actor)
    with transaction.atomic():
        county = Organisation.objects.select_for_update(of=("self",)).get(kind=Kind.COUNTY)  # one at a time
        _check_name(kind, name)
        place = Organisation.objects.create(kind=kind, code=_next_code(county, kind), name=name)
        audit.record(
            action="accounts.place.opened",
            subject=place,
            actor=actor,
            organisation=place,
            role=acting_role(actor),
            after={"kind": kind, "code": place.code},
            note=name,
        )
    return place


def _next_code(county: Organisation, kind: str) -> str:
    prefix = f"{county.code}-{KINDS[Kind(kind)]}"
    used = Organisation.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    taken = [int(code[len(prefix) :]) for code in used if code[len(prefix) :].isdecimal()]
    return f"{prefix}{max(taken, default=0) + 1:02d}"


def _check_name(kind: str, name: str, but: int = 0) -> None:
    """``but``: the one that is renamed."""
    if Organisation.objects.active().filter(kind=kind, name=name).exclude(pk=but).exists():
        raise Refused(f"已经有“{name}”，请核对")


def rename_place(*, place_id: int, name: str, actor: User, version: int | None) -> Organisation:
    """Give it another name; code, units and posts stay."""
    _check_keeper(actor)
    with transaction.atomic():
        place = locked_unit(organisation_id=place_id, version=version)
        _check_place(place)
        _check_name(place.kind, name, but=place.pk)
        log = ChangeLog()
        log.apply(place, {"name": name})
        finish_change(action="accounts.place.renamed", unit=place, actor=actor, log=log)
    return place


def close_place(*, place_id: int, document_no: str, actor: User, version: int | None) -> Organisation:
    """Take it out of use. Raises Refused while units or people are still put to it."""
    _check_keeper(actor)
    with transaction.atomic():
        place = locked_unit(organisation_id=place_id, version=version)
        _check_place(place)
        put_here = Organisation.objects.active().filter(Q(township=place) | Q(area=place)).count()
        if put_here:
            raise Refused(f"“{place.name}”还有{put_here}个单位，请先划到别处")
        if Membership.objects.not_over(clock.today()).filter(organisation=place).exists():
            raise Refused(f"“{place.name}”还有人任职，请先收回角色")
        place.status, place.closed_on = Organisation.Status.CLOSED, clock.today()
        place.closing_document = document_no
        place.version += 1
        place.save()
        audit.record(
            action="accounts.place.closed",
            subject=place,
            actor=actor,
            organisation=place,
            role=acting_role(actor),
            after={"status": place.status},
            note=document_no,
        )
    return place


def _check_place(place: Organisation) -> None:
    if place.kind not in KINDS:
        raise Refused("这里只改乡镇、责任区和科室")
    if not place.is_active:
        raise Refused(f"“{place.name}”已经撤销")


def move_units(*, area_id: int, unit_ids: Collection[int], actor: User) -> int:
    """Put units to a supervision area (划转); how many changed. One entry for each of them."""
    _check_keeper(actor)
    with transaction.atomic():
        area = Organisation.objects.select_for_update(of=("self",)).get(pk=area_id)
        if area.kind != Kind.AREA or not area.is_active:
            raise Refused("请选择在用的责任区")
        units = Organisation.objects.active().units().filter(pk__in=unit_ids).exclude(area=area)
        moved = 0
        for unit in units.select_for_update(of=("self",)).order_by("pk"):
            log = ChangeLog()
            log.apply(unit, {"area": area})
            finish_change(action="accounts.place.units_moved", unit=unit, actor=actor, log=log)
            moved += 1
    return moved
