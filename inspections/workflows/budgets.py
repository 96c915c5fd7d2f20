"""填报预算 in versions: set by the task force, held while a round is measured by it."""

from __future__ import annotations

from django.db import transaction

from inspections.models import BurdenBudget
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit, locks
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.locks import Lock

KEEPERS = frozenset({Role.TASK_FORCE})

audit.name_actions({"inspections.burden_budget.set": "设定填报预算"})


def in_force() -> BurdenBudget | None:
    """The newest version; None before the first: nothing is too much then."""
    return BurdenBudget.objects.select_related("made_by").first()


def hold() -> None:
    """To the end of the transaction nobody else sets a budget or publishes a round.

    Two rounds that are published at once would each leave the other's inputs out of account.
    """
    locks.hold(Lock.BURDEN)


def set_budget(
    *, actor: User, version: int | None, school_inputs: int, institution_inputs: int, reason: str
) -> BurdenBudget:
    """The next version. Raises StaleRow where another was set meanwhile, NotAllowed, Refused."""
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("填报预算由双减专班设定")
    if min(school_inputs, institution_inputs) < 1:
        raise Refused("预算至少是1项")
    if not reason.strip():
        raise Refused("请写明依据或理由")
    with transaction.atomic():
        hold()
        newest = in_force()
        now = newest.version if newest is not None else 0
        if newest is not None and version is not None and version != now:
            raise StaleRow(newest)  # type: ignore[arg-type]
        row = BurdenBudget.objects.create(
            version=now + 1,
            school_inputs=school_inputs,
            institution_inputs=institution_inputs,
            reason=reason.strip(),
            made_by=actor,
            made_at=clock.now(),
        )
        audit.record(
            action="inspections.burden_budget.set",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            before={} if newest is None else _facts(newest),
            after=_facts(row),
            note=row.reason,
        )
    return row


def _facts(row: BurdenBudget) -> dict[str, int]:
    return {
        "version": row.version,
        "school_inputs": row.school_inputs,
        "institution_inputs": row.institution_inputs,
    }
