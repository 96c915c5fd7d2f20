"""Changing the dates of a step: freely before it opens, with a reason on record while it runs, never after.

Source: decisions.md, "Plan" (a later change of the plan offers to move what is open, with a reason);
practice.md P21 (steps may overlap: each is looked at alone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_ROLES, Role
from shuangjian.dates import cn_date
from shuangjian.journal import audit, outbox
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import Obligation, Phase
from shuangjian.policy.workflows import counting, duties
from shuangjian.policy.workflows.loading import counted_due

audit.name_actions({"policy.phase.dates_changed": "修改方案步骤的日期"})


@dataclass(frozen=True, kw_only=True)
class Dates:
    """First and last day of a step, and the dates of its obligations by code."""

    starts_on: date
    ends_on: date
    due: Mapping[str, date]


def is_running(phase: Phase) -> bool:
    """Has it begun? Then a change needs a reason."""
    return phase.opened_at is not None or phase.starts_on <= clock.today()


def is_locked(phase: Phase) -> bool:
    """Is it over? Then no date of it is changed any more."""
    return phase.closed_at is not None or phase.ends_on < clock.today()


def change(
    *,
    phase_id: int,
    actor: User,
    version: int | None,
    dates: Dates,
    reason: str = "",
    moves_open: bool = True,
) -> int:
    """Write the dates of a step; with ``moves_open`` what is still owed by an old date moves to the new one.

    Returns how many duties moved; their units are told. Raises StaleRow, NotAllowed, Refused.
    """
    with transaction.atomic():
        phase = Phase.objects.select_related("stage").select_for_update(of=("self",)).get(pk=phase_id)
        check_version(phase, version)
        if not actor.has_perm("policy.change_phase", phase):
            raise NotAllowed("方案步骤的日期由双减专班修改")
        if is_locked(phase):
            raise Refused(f"“{phase.title}”已经结束并锁定，日期不能再改")
        obligations = list(phase.obligations.exclude(due_on=None).order_by("code"))
        _check_span(phase, dates)
        _check_due_dates(phase, dates, obligations)
        before, after = _write_span(phase, dates)
        moved = 0
        for obligation in obligations:
            old = obligation.due_on
            if old is None or not _write_due(obligation, dates.due.get(obligation.code), before, after):
                continue
            if is_running(phase) and moves_open:
                moved += _move(phase, obligation, old)
        if not after:
            return 0
        if is_running(phase) and not reason:
            raise Refused("步骤已经开始，改日期要写明理由")
        phase.version += 1
        phase.save()
        audit.record(
            action="policy.phase.dates_changed",
            subject=phase,
            actor=actor,
            role=Role.TASK_FORCE,
            before=before,
            after={**after, "moved": moved},
            note=reason,
        )
    return moved


def _check_span(phase: Phase, dates: Dates) -> None:
    today, stage = clock.today(), phase.stage
    if dates.ends_on < dates.starts_on:
        raise Refused("结束日期不能早于开始日期")
    if dates.starts_on < stage.starts_on or dates.ends_on > stage.ends_on:
        raise Refused(f"日期要在“{stage.title}”以内，即{cn_date(stage.starts_on)}至{cn_date(stage.ends_on)}")
    if is_running(phase):
        if dates.starts_on != phase.starts_on:
            raise Refused("步骤已经开始，开始日期不能再改")
    elif dates.starts_on < today:
        raise Refused("开始日期不能早于今天")
    if dates.ends_on < today:
        raise Refused("结束日期不能早于今天")


def _check_due_dates(phase: Phase, dates: Dates, obligations: list[Obligation]) -> None:
    for obligation in obligations:
        day = dates.due.get(obligation.code, obligation.due_on)
        is_new = day != obligation.due_on
        printed = day if is_new else obligation.printed_due_on or day
        if printed is None or not dates.starts_on <= printed <= dates.ends_on:
            raise Refused(
                f"“{obligation.what}”的期限要在步骤以内，即{cn_date(dates.starts_on)}至{cn_date(dates.ends_on)}"
            )
        if is_new and is_running(phase) and printed < clock.today():
            raise Refused(f"“{obligation.what}”的新期限不能早于今天")


def _write_span(phase: Phase, dates: Dates) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = {}, {}
    for name in ("starts_on", "ends_on"):
        old, new = getattr(phase, name), getattr(dates, name)
        if old != new:
            before[name], after[name] = str(old), str(new)
            setattr(phase, name, new)
    return before, after


def _write_due(
    obligation: Obligation, day: date | None, before: dict[str, Any], after: dict[str, Any]
) -> bool:
    """Did the date change? What an outsider must file moves from a rest day, as it does at loading."""
    if day is None or day == obligation.due_on:
        return False
    before[obligation.code] = str(obligation.due_on)
    counted = counted_due(obligation.who, day)
    obligation.due_on = counted.on if counted else day
    obligation.printed_due_on = day if obligation.due_on != day else None
    obligation.source_is_plan = False
    obligation.save(update_fields=["due_on", "printed_due_on", "source_is_plan"])
    if counted and counted.is_provisional:
        counting.keep(obligation, "due_on", counted)
    after[obligation.code] = str(obligation.due_on)
    return True


def _move(phase: Phase, obligation: Obligation, old: date) -> int:
    new = obligation.due_on or old
    rows = duties.on_date(obligation, old)
    units = Organisation.objects.filter(duties__in=[row.pk for row in rows])
    answering = units.annotate(answers=Coalesce("filer", "pk")).values("answers")
    posts = Membership.objects.in_force(clock.today()).filter(organisation__in=answering, role__in=UNIT_ROLES)
    outbox.notify(
        recipients=User.objects.filter(is_active=True, memberships__in=posts).distinct(),
        kind="duty.date_moved",
        title=f"期限改为{cn_date(new)}：{obligation.what}",
        body=f"原期限{cn_date(old)}",
        url=reverse("duties"),
        dedupe_key=f"phase:{phase.pk}:{obligation.pk}:{phase.version}",
        subject=phase,
    )
    duties.put_on(rows, new)
    return len(rows)
