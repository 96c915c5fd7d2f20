"""填报说明 on its way: shipped with the data, rewritten by the task force as the next version."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.journal import audit, locks
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.locks import Lock
from shuangjian.policy.models import CheckItem, Guidance
from shuangjian.policy.selectors import guidance_of

audit.name_actions({"policy.guidance.rewritten": "修改填报说明"})


def load(data: dict[str, dict[str, str]]) -> int:
    """Write the shipped words of each item that has none, or still has earlier shipped ones; how many.

    What the county wrote itself is never followed by a shipped version.
    """
    standing = guidance_of(data)
    rows = []
    for code, entry in data.items():
        words = {name: entry.get(name, "") for name in Guidance.WORDS}
        known = standing.get(code)
        if known is not None and (known.made_by_id is not None or _words_of(known) == words):
            continue
        rows.append(Guidance(item_code=code, version=known.version + 1 if known else 1, **words))
    Guidance.objects.bulk_create(rows)
    return len(rows)


def rewrite(*, item: CheckItem, actor: User, version: int | None, **words: str) -> Guidance:
    """Say it otherwise from now on. ``version``: the one that the person saw in force, 0 where none.

    Raises NotAllowed, StaleRow, Refused where nothing changed.
    """
    if not actor.has_perm("policy.rewrite_guidance", item):
        raise NotAllowed("填报说明由双减专班修改")
    with transaction.atomic():
        locks.hold(Lock.GUIDANCE)
        known = guidance_of([item.code]).get(item.code) or Guidance(item_code=item.code, version=0)
        if version is not None and version != known.version:
            raise StaleRow(known)  # type: ignore[arg-type]
        if _words_of(known) == words:
            raise Refused("和现行的说明一样，不用保存")
        row = Guidance.objects.create(
            item_code=item.code, version=known.version + 1, made_by=actor, made_at=clock.now(), **words
        )
        audit.record(
            action="policy.guidance.rewritten",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            before={"version": known.version},
            after={"item": item.code, "version": row.version},
        )
    return row


def _words_of(row: Guidance) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Guidance.WORDS}
