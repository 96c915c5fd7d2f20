"""Pictures as they came, with whatever the camera wrote into them: sealed for two roles, opened on record.

Source: reliability.md 19; workflow.md: time and place are kept inside for proof, and removed from every copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused

ORIGINAL_ROLES = frozenset({Role.LEADER, Role.SUPERVISION_OFFICE})

OPENED = "files.original.opened"
MOST_OPENINGS = 20
audit.name_actions({OPENED: "打开照片原件"})
audit.name_nouns({"files.storedfile": "文件"})
audit.name_families({"files.original": "files.storedfile"})


def may_open(user: User, stored: StoredFile) -> bool:
    """Has the file an original, and the person one of the two roles? That he sees it is asked before."""
    return stored.has_original and user.has_role(*ORIGINAL_ROLES)


@dataclass(frozen=True)
class Opening:
    """Who opened an original, when and why."""

    at: datetime
    who: str
    reason: str


def openings_of(stored: StoredFile) -> list[Opening]:
    """The last times that the original was opened, newest first."""
    entries = audit.story_of(stored).filter(action=OPENED)[:MOST_OPENINGS]
    people = User.objects.in_bulk({entry.actor_id for entry in entries})
    return [
        Opening(one.at, people[one.actor_id].name, one.text.text if hasattr(one, "text") else "")
        for one in entries
    ]


def open_original(*, stored: StoredFile, actor: User, reason: str) -> BinaryIO:
    """The bytes as they came, once it stands in the journal who opened them and why.

    Raises NotAllowed, Refused without a reason, FileNotFoundError where the bytes are gone.
    """
    if not may_open(actor, stored):
        raise NotAllowed("照片原件由分管领导和督导室打开")
    if not reason.strip():
        raise Refused("请写明打开原件的理由")
    stream = blobs.open_by_digest(stored.original_sha256)
    with transaction.atomic():
        audit.record(
            action=OPENED,
            subject=stored,
            actor=actor,
            organisation=stored.organisation,
            role=acting_role(actor),
            after={"sha256": stored.original_sha256},
            note=reason.strip(),
        )
    return stream
