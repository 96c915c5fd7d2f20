"""What the county decides of 举报和反映: its limits and routes; and the clearing of what ended long ago.

A matter's words, contact and materials go two years after it ended, under two people's hands; the row stays
for the counts (P22; reliability rule 26).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from inspections import notices
from inspections.complaints import routing
from inspections.models import (
    Complaint,
    ComplaintContact,
    ComplaintErasure,
    ComplaintLimits,
    ComplaintPhoto,
    ComplaintRoute,
)
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.journal import audit, numbers
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditText

KEPT = timedelta(days=730)
S, E = Complaint.State, ComplaintErasure.State
_ENDED = (S.CLOSED, S.REFUSED, S.RETURNED, S.REFERRED, S.MERGED)

TRANSITIONS = {
    "erase": Transition(
        label="同意清除", source=frozenset({E.ASKED}), target=E.DONE, permission="inspections.decide_erasure"
    ),
    "drop": Transition(
        label="不清除", source=frozenset({E.ASKED}), target=E.DROPPED, permission="inspections.decide_erasure"
    ),
}
MACHINE: Machine[ComplaintErasure] = Machine(ComplaintErasure, "inspections.erasure", TRANSITIONS)
audit.name_actions(
    {
        "inspections.complaint_limits.made": "调整反映办理时限",
        "inspections.complaint_route.set": "确定反映经办人",
        "inspections.complaint_route.removed": "取消反映经办人",
        "inspections.erasure.asked": "提出清除到期反映",
    }
)


# --- Limits and routes --------------------------------------------------------------------------------------
def set_limits(*, actor: User, days: Mapping[str, Sequence[int]], reason: str) -> ComplaintLimits:
    """The next version; matters under way are counted by it from their next step on."""
    with transaction.atomic():
        last = ComplaintLimits.objects.select_for_update().first()
        if last is not None and last.days == {kind: list(most) for kind, most in days.items()}:
            raise Refused("没有改动，请修改后再提交")
        row = ComplaintLimits.objects.create(
            version=last.version + 1 if last else 1,
            days={kind: list(most) for kind, most in days.items()},
            reason=reason,
            made_by=actor,
            made_at=clock.now(),
        )
        audit.record(
            action="inspections.complaint_limits.made",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"version": row.version, "days": row.days},
            note=reason,
        )
    return row


def set_route(*, actor: User, kind: str, township: Organisation | None, officer: User) -> ComplaintRoute:
    """Name the officer of a kind and a place, in place of the one before. Raises Refused."""
    if not routing.officers().filter(pk=officer.pk).exists():
        raise Refused("请选择双减专班或科室的人员")
    with transaction.atomic():
        row, _ = ComplaintRoute.objects.update_or_create(
            kind=kind, township=township, defaults={"officer": officer}
        )
        audit.record(
            action="inspections.complaint_route.set",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"kind": kind, "township": row.township_id, "officer": officer.pk},
        )
    return row


def remove_route(*, actor: User, route_id: int) -> None:
    """Matters of that kind and place go to the next wider route, or to the task force."""
    with transaction.atomic():
        row = ComplaintRoute.objects.select_for_update().filter(pk=route_id).first()
        if row is None:
            return
        audit.record(
            action="inspections.complaint_route.removed",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            before={"kind": row.kind, "township": row.township_id, "officer": row.officer_id},
        )
        row.delete()


# --- Erasing ----------------------------------------------------------------------------------
def due_for_erasure(before: date | None = None) -> QuerySet[Complaint]:
    """Matters that ended so long ago that their words go, and that nobody has proposed yet."""
    before = before or clock.today() - KEPT
    ended = Complaint.objects.filter(state__in=_ENDED, erased_on=None)
    late = Q(answered_on__lt=before) | Q(answered_on=None, received_on__lt=before)
    return ended.filter(late).exclude(erasures__state=E.ASKED)


def propose(*, actor: User) -> ComplaintErasure:
    """Put what is due on a list for another person. Raises Refused where nothing is."""
    before, year = clock.today() - KEPT, clock.today().year
    with transaction.atomic():
        due = list(due_for_erasure(before).select_for_update(of=("self",)).values_list("pk", flat=True))
        if not due:
            raise Refused("没有到期可清除的反映")
        row = ComplaintErasure.objects.create(
            no=f"{year}-E{numbers.take('erasure', year):04d}",
            ended_before=before,
            asked_by=actor,
            asked_at=clock.now(),
        )
        row.complaints.set(due)
        audit.record(
            action="inspections.erasure.asked",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"state": row.state, "count": len(due)},
        )
        deciders = holders(Role.TASK_FORCE, Role.LEADER).exclude(pk=actor.pk)
        notices.tell(
            deciders, "erasure.asked", row, "/complaints/erasures/", f"有{len(due)}件到期反映等您复核清除"
        )
    return row


def erase(*, erasure_id: int, actor: User, version: int | None) -> ComplaintErasure:
    """Clear words, contacts, materials and what the journal keeps of words; counts and dates stay."""
    with MACHINE.moving("erase", row_id=erasure_id, actor=actor, version=version) as step:
        row = step.row
        row.decided_by, row.decided_at = actor, clock.now()
        rows = list(row.complaints.select_for_update(of=("self",)).filter(erased_on=None))
        keys = [one.pk for one in rows]
        ComplaintContact.objects.filter(complaint__in=keys).delete()
        ComplaintPhoto.objects.filter(complaint__in=keys).delete()
        AuditText.objects.filter(
            entry__subject_type=Complaint._meta.label_lower, entry__subject_id__in=map(str, keys)
        ).delete()
        Complaint.objects.filter(pk__in=keys).update(words="", answer="", erased_on=clock.today())
        for one in rows:
            one.steps.update(words="")
        step.after["count"] = len(keys)
    return step.row


def drop(*, erasure_id: int, actor: User, version: int | None) -> ComplaintErasure:
    """Not now: they come onto the next list."""
    with MACHINE.moving("drop", row_id=erasure_id, actor=actor, version=version) as step:
        step.row.decided_by, step.row.decided_at = actor, clock.now()
    return step.row
