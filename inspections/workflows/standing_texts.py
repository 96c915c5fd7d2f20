"""固定文字 in versions: written, restored as a new version, taken by a paper when it is drafted."""

from __future__ import annotations

from django.db import transaction

from inspections import standing
from inspections.models import StandingText
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit, locks
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.locks import Lock

KEEPERS = frozenset({Role.SUPERVISION_OFFICE})

audit.name_actions({"inspections.standing_text.changed": "修改固定文字"})


def in_force(kind: str) -> dict[str, dict[str, object]]:
    """What a paper of ``kind`` takes when it is drafted: slot -> {version, text}; 0 is the portal's own."""
    newest = StandingText.objects.filter(kind=kind).order_by("key", "-version").distinct("key")
    own: dict[str, dict[str, object]] = {
        key: {"version": 0, "text": words} for key, words in standing.own_words(kind).items()
    }
    return own | {row.key: {"version": row.version, "text": row.text} for row in newest if row.key in own}


def versions_of(kind: str, key: str) -> list[StandingText]:
    """All versions, newest first; the portal's own words, of which there is no row, are last."""
    rows = list(StandingText.objects.filter(kind=kind, key=key).select_related("made_by"))
    own = StandingText(kind=kind, key=key, version=0, text=standing.PAPERS[kind].slots[key].words)
    return [*rows, own]


def write(
    *,
    kind: str,
    key: str,
    text: str,
    reason: str,
    actor: User,
    version: int | None,
    restores: int | None = None,
) -> StandingText:
    """Make the next version of a text. ``version``: the one that the person saw in force.

    Raises StaleRow, NotAllowed, Refused for placeholders that do not fit and for a text that is in force
    already.
    """
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("只有督导室可以修改固定文字")
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    with transaction.atomic():
        locks.hold(Lock.STANDING_TEXTS)
        newest = versions_of(kind, key)[0]
        if version is not None and version != newest.version:
            raise StaleRow(newest)  # type: ignore[arg-type]
        if wrong := standing.faults(kind, key, text):
            raise Refused("；".join(wrong))
        if text == newest.text:
            raise Refused("和现行的文字一样，不用保存")
        row = StandingText.objects.create(
            kind=kind,
            key=key,
            version=newest.version + 1,
            text=text,
            reason=reason.strip(),
            restores=restores,
            made_by=actor,
            made_at=clock.now(),
        )
        audit.record(
            action="inspections.standing_text.changed",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            before={"version": newest.version},
            after={"kind": kind, "key": key, "version": row.version, "restores": restores},
            note=row.reason,
        )
    return row


def restore(*, kind: str, key: str, old: int, actor: User, version: int | None) -> StandingText:
    """Put an earlier version (0: the portal's own words) in force again, as the next one."""
    found = next((row for row in versions_of(kind, key) if row.version == old), None)
    if found is None:
        raise Refused(f"没有第{old}版")
    name = f"第{old}版" if old else "平台原文"
    return write(
        kind=kind,
        key=key,
        text=found.text,
        reason=f"恢复{name}",
        actor=actor,
        version=version,
        restores=old,
    )
