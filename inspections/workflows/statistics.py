"""上报指标: added once, ended once. A definition never changes under its code (practice.md P23)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inspections.models import BoundCell, ReturnTemplate, Statistic
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState

audit.name_actions(
    {"inspections.statistic.added": "新增上报指标", "inspections.statistic.ended": "停用上报指标"}
)


def check_keeper(actor: User) -> None:
    """Raises NotAllowed for everybody but the task force."""
    if not actor.has_role(Role.TASK_FORCE):
        raise NotAllowed("上报指标和上报表由双减专班维护")


def add(
    *,
    actor: User,
    code: str,
    name: str,
    measure: str,
    definition: str,
    query: str,
    source: str,
    since_on: date,
) -> Statistic:
    """A figure that tables may ask for. Raises NotAllowed, Refused for a code that is taken."""
    check_keeper(actor)
    with transaction.atomic():
        if Statistic.objects.filter(code=code).exists():
            raise Refused(f"指标代码{code}已经用过，口径变了也要换一个代码")
        row = Statistic.objects.create(
            code=code,
            name=name,
            measure=measure,
            definition=definition,
            query=query,
            source=source,
            since_on=since_on,
            created_by=actor,
        )
        _record("added", row, actor, after={"since_on": since_on, "query": query})
    return row


def end(*, statistic_id: int, actor: User, version: int | None, reason: str) -> Statistic:
    """停用: no table can ask for it any more. Raises Refused while one in use or in the making does."""
    check_keeper(actor)
    with transaction.atomic():
        row = Statistic.objects.select_for_update().get(pk=statistic_id)
        check_version(row, version)
        if row.ended_on is not None:
            raise WrongState("这个指标已经停用")
        asked = BoundCell.objects.filter(
            statistic=row, template__state__in=[ReturnTemplate.State.DRAFT, ReturnTemplate.State.IN_USE]
        ).select_related("template")
        if cell := asked.first():
            raise Refused(f"{cell.template}还在用这个指标，请先换掉表里的格，或停用这张表")
        row.ended_on = clock.today()
        row.version += 1
        row.save()
        _record("ended", row, actor, after={"ended_on": row.ended_on}, note=reason)
    return row


def _record(what: str, row: Statistic, actor: User, *, after: dict[str, object], note: str = "") -> None:
    audit.record(
        action=f"inspections.statistic.{what}",
        subject=row,
        actor=actor,
        role=acting_role(actor),
        after=after,
        note=note,
    )
