"""The journal of what happened: an entry a change, chained, append-only, inside a transaction.

Entries hold ids, states and dates; the words of people stand in ``AuditText`` and enter the chain as salted
digests. What the chain alone cannot show (a cut tail, a rewritten end, an old database put back) the
checkpoints show: one signed line a day, outside the database, under a key that the database lacks. Source:
decisions.md, "Audit entries"; reliability rule 25.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from shuangjian import clock
from shuangjian.journal import locks
from shuangjian.journal.locks import Lock
from shuangjian.journal.models import AuditEntry, AuditText

FORMAT = 1
ALGORITHM = "sha256"
GENESIS = "0" * 64
_BATCH = 2000  # entries that are read at once when the whole trail is walked

_brought: ContextVar[dict[str, Any] | None] = ContextVar("how the changes came", default=None)
_end: ContextVar[tuple[int, str] | None] = ContextVar("end of a chain that is ours alone", default=None)
_words: dict[str, str] = {}
_nouns: dict[str, str] = {}
_families: dict[str, str] = {}  # what actions begin with -> the type of subject they are of


def name_actions(words: Mapping[str, str]) -> None:
    """Let an app say what its actions are called for people: {"inspections.task.close": "同意销号"}."""
    _words.update(words)


def words_of(action: str) -> str:
    """The name of an action for people; the action itself where no app named it."""
    return _words.get(action, action)


def known_actions() -> list[tuple[str, str]]:
    """(action, words) of every named action, in order of the words' app and noun."""
    return sorted(_words.items())


def name_nouns(words: Mapping[str, str]) -> None:
    """Let an app say what the subjects of its entries are called: {"inspections.problem": "问题"}."""
    _nouns.update(words)


def noun_of(subject_type: str) -> str:
    """What a type of subject is called for people; the type itself where no app named it."""
    return _nouns.get(subject_type, subject_type)


def known_nouns() -> list[tuple[str, str]]:
    """(type, words) of every named type of subject, in order of app and noun."""
    return sorted(_nouns.items())


def name_families(subject_types: Mapping[str, str]) -> None:
    """Let an app say of what its actions are, where it is named otherwise: {"app.task": "app.longertask"}."""
    _families.update(subject_types)


def actions_by_noun() -> list[tuple[str, list[tuple[str, str]]]]:
    """(noun, its named actions) for a list to choose from: 「签发」 alone may be a paper's or a report's."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action, words in known_actions():
        family = action.rpartition(".")[0]
        subject_type = _families.get(family, family.replace("_", ""))
        groups.setdefault(noun_of(subject_type), []).append((action, words))
    return sorted(groups.items())


name_nouns({"journal.job": "后台任务"})


@contextmanager
def brought_by(**facts: Any) -> Iterator[None]:
    """Let every entry written inside say how its change came (from which phone, when by its clock).

    ``facts`` are ids and times; they stand in ``after`` under ``brought``.
    """
    token = _brought.set(facts)
    try:
        yield
    finally:
        _brought.reset(token)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the chain for one long transaction: its end is read once and remembered from entry to entry.

    The transaction stands or falls as one, so there are no savepoints inside: what went back to one would
    take entries away that later ones follow. An error that is caught inside therefore ends the whole.
    """
    locks.hold(Lock.AUDIT_CHAIN)
    token = _end.set(_read_end())
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        connection.features.uses_savepoints = True
        _end.reset(token)


def _read_end() -> tuple[int, str]:
    """Number and hash of the last entry."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    return last or (0, GENESIS)


def record(
    *,
    action: str,
    subject: models.Model,
    actor: Any,
    organisation: Any = None,
    role: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> AuditEntry:
    """Write one entry at the end of the chain, in the transaction of the change it tells of.

    ``subject`` gives type, key and (attribute ``no`` or ``code``) the number under which people know it.
    ``before`` and ``after`` hold ids, states and dates only; free text goes into ``note``. Call it last: it
    takes the chain's advisory lock until the transaction ends. ``actor`` None is the system.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "an audit entry is written in the transaction of its change"
        )
    end = _end.get()
    if end is None:
        locks.hold(Lock.AUDIT_CHAIN)
    seq, prev_hash = end or _read_end()
    brought = _brought.get()
    if brought is not None:
        after = {**(after or {}), "brought": brought}
    salt = secrets.token_hex(16) if note else ""
    entry = AuditEntry(
        seq=seq + 1,
        at=clock.now().astimezone(UTC),
        actor_id=actor.pk if actor is not None else None,
        actor_role=role,
        organisation_id=organisation.pk if organisation is not None else None,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_no=str(getattr(subject, "no", "") or getattr(subject, "code", "") or "")[:40],
        before=_as_stored(before),
        after=_as_stored(after),
        note_digest=_note_digest(note, salt) if note else "",
        format=FORMAT,
        algorithm=ALGORITHM,
        prev_hash=prev_hash,
    )
    entry.hash = _hash(entry)
    entry.save(force_insert=True)
    if note:
        AuditText.objects.create(entry=entry, salt=salt, text=note)
    if end is not None:
        _end.set((entry.seq, entry.hash))
    return entry


def head_hash() -> str | None:
    """The hash of the last entry, None before there is any: while it is the same, nothing was recorded."""
    return AuditEntry.objects.order_by("-seq").values_list("hash", flat=True).first()


def last_seq() -> int:
    """The number of the last entry, 0 before there is any. Entries are numbered as they are committed."""
    return AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def story_of(subject: models.Model) -> models.QuerySet[AuditEntry]:
    """The entries of one subject, newest first, with their texts."""
    return (
        AuditEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .select_related("text")
        .order_by("-seq")
    )


# --- The chain ----------------------------------------------------------------------------------------------
def _as_stored(facts: dict[str, Any] | None) -> dict[str, Any]:
    """The facts as the database gives them back, so that the hash of today is the hash of any later day.

    A fraction becomes text: PostgreSQL keeps its value, not the way Python writes it.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return str(value) if isinstance(value, float) else value

    stored: dict[str, Any] = plain(json.loads(json.dumps(facts or {}, cls=DjangoJSONEncoder)))
    return stored


def _note_digest(text: str, salt: str) -> str:
    return hmac.new(
        settings.AUDIT_SALT.encode(), f"{salt}\0{text}".encode("utf-8", "surrogatepass"), "sha256"
    ).hexdigest()


def _hash(entry: AuditEntry) -> str:
    content = {
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "role": entry.actor_role,
        "organisation": entry.organisation_id,
        "action": entry.action,
        "subject": [entry.subject_type, entry.subject_id, entry.subject_no],
        "before": entry.before,
        "after": entry.after,
        "note": entry.note_digest,
        "format": entry.format,
        "algorithm": entry.algorithm,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(entry.prev_hash.encode() + canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Fault:
    """One place where the trail does not hold: the number of the entry and what is wrong, in words."""

    seq: int
    what: str


def verify_chain() -> list[Fault]:
    """Walk the whole chain and compare it with the checkpoints; an empty list: nothing was altered."""
    return list(_faults())


def _faults() -> Iterator[Fault]:
    marks = {mark.seq: mark for mark in read_checkpoints() if mark.is_genuine}
    previous, expected = GENESIS, 1
    for entry in _whole_trail():
        if entry.seq != expected:
            yield Fault(expected, f"缺少第{expected}号到第{entry.seq - 1}号记录")
        elif entry.prev_hash != previous:
            yield Fault(entry.seq, f"第{entry.seq}号记录与前一号不相连")
        if entry.format != FORMAT or entry.algorithm != ALGORITHM:
            yield Fault(entry.seq, f"第{entry.seq}号记录的格式或算法不认识")
        elif _hash(entry) != entry.hash:
            yield Fault(entry.seq, f"第{entry.seq}号记录的内容被改动")
        text = getattr(entry, "text", None)
        if text is not None and _note_digest(text.text, text.salt) != entry.note_digest:
            yield Fault(entry.seq, f"第{entry.seq}号记录的文字被改动")
        mark = marks.pop(entry.seq, None)
        if mark is not None and mark.hash != entry.hash:
            yield Fault(entry.seq, f"第{entry.seq}号记录与{mark.day}的校验点不一致")
        previous, expected = entry.hash, entry.seq + 1
    for seq in sorted(marks):
        if seq >= expected:
            yield Fault(expected, f"缺少第{expected}号到第{seq}号记录，{marks[seq].day}的校验点里还有")
    for mark in read_checkpoints():
        if not mark.is_genuine:
            yield Fault(mark.seq, f"{mark.day}的校验点签名不对")


def _whole_trail() -> Iterator[AuditEntry]:
    """All entries in order, a batch at a time: the trail of years fits no memory."""
    entries = AuditEntry.objects.select_related("text").order_by("seq")
    batch = list(entries[:_BATCH])
    while batch:
        yield from batch
        batch = list(entries.filter(seq__gt=batch[-1].seq)[:_BATCH])


# --- Checkpoints --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Checkpoint:
    """The head of the chain at a moment, as one signed line of a file outside the database."""

    seq: int
    hash: str
    at: str
    signature: str

    @property
    def day(self) -> str:
        return self.at[:10]

    @property
    def is_genuine(self) -> bool:
        return hmac.compare_digest(self.signature, _sign(self.seq, self.hash, self.at))


def _sign(seq: int, head: str, at: str) -> str:
    return hmac.new(
        settings.AUDIT_SALT.encode(), f"checkpoint {seq} {head} {at}".encode(), "sha256"
    ).hexdigest()


def checkpoint_file() -> Path:
    """Where the checkpoints stand; operations copy this file away from the machine."""
    return Path(settings.VAR_DIR) / "audit" / "checkpoints.jsonl"


def read_checkpoints() -> list[Checkpoint]:
    """All checkpoints, oldest first; a line that cannot be read counts as one with a wrong signature."""
    path = checkpoint_file()
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Checkpoint(**json.loads(line)))
        except (ValueError, TypeError):
            found.append(Checkpoint(seq=0, hash="", at=f"第{number}行", signature=""))
    return found


def write_checkpoint() -> Checkpoint | None:
    """Append the head of the chain to the file; None where the chain is empty or it stands there already."""
    head = AuditEntry.objects.order_by("-seq").values("seq", "hash").first()
    known = read_checkpoints()
    if head is None or (known and known[-1].seq == head["seq"]):
        return None
    at = timezone.now().isoformat(timespec="seconds")
    mark = Checkpoint(head["seq"], head["hash"], at, _sign(head["seq"], head["hash"], at))
    path = checkpoint_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(vars(mark)) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    return mark
