"""Saving what a unit states in a register: one version, its marks, its doubts, one entry of the trail.

Two layers of validation: the form blocks what is impossible; what is possible but speaks against a limit or
another register is saved once the unit has explained it, and the explanation travels with the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import DomainError, NotAllowed, Refused
from shuangjian.policy.selectors import current_term
from shuangjian.registers import identity, records
from shuangjian.registers.definitions import Register, Type
from shuangjian.registers.findings import Finding, Judge
from shuangjian.registers.models import Doubt, Entry, EntryVersion, Mark
from shuangjian.registers.permissions import may_keep
from shuangjian.registers.workflows import doubts

_WRITTEN = ["lines", "explanation", "written_by", "written_at", "version"]

audit.name_actions({"registers.entry.saved": "填写登记档案"})


class Doubtful(Refused):
    """What was filled in is possible, but speaks against something, and nobody explained it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("填写的内容有疑点，请核对；属实的写明情况后再保存")
        self.findings = findings


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What one unit would state: ``lines`` ([{key, answers}], kept form) and its words on what is doubtful.

    ``version`` is that of the entry the person saw, 0 where there was none.
    """

    organisation_id: int
    version: int | None
    lines: list[dict[str, Any]]
    explanation: str = ""


def save(
    *,
    organisation_id: int,
    register: Register,
    actor: User,
    version: int | None,
    lines: list[dict[str, Any]],
    explanation: str = "",
) -> Entry:
    """State one unit's lines in a register of the present term, as ``Statement`` has them.

    Saving the same again changes nothing. Raises StaleRow, NotAllowed, Doubtful, Refused (no term has been
    entered).
    """
    said = Statement(organisation_id=organisation_id, version=version, lines=lines, explanation=explanation)
    outcome = save_all(register=register, actor=actor, statements=[said])[organisation_id]
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def save_all(
    *, register: Register, actor: User, statements: Sequence[Statement]
) -> dict[int, Entry | DomainError]:
    """The same for many units, one statement of each, in one transaction and a fixed number of reads.

    By unit what stands now, or why it was refused; a refusal leaves the others alone.
    """
    with transaction.atomic():
        doubts.hold()
        ids = [one.organisation_id for one in statements]
        units = Organisation.objects.select_related(*records.WITH_FACTS).filter(pk__in=ids)
        term = current_term()
        known = {one.unit.pk: one for one in records.load(units, term)}
        judge = Judge()
        outcome: dict[int, Entry | DomainError] = {}
        changed: list[Entry] = []
        for one in statements:
            try:
                entry, is_changed = _checked(one, register, actor, known[one.organisation_id], judge)
            except DomainError as refused:
                outcome[one.organisation_id] = refused
                continue
            outcome[one.organisation_id] = entry
            if is_changed:
                changed.append(entry)
        if changed:
            _write(changed, register, actor)
    return outcome


def _checked(
    said: Statement, register: Register, actor: User, now: records.Records, judge: Judge
) -> tuple[Entry, bool]:
    """(the entry as it would be, is it other than it was). Raises what ``save`` does."""
    if not may_keep(actor, now.unit, register):
        raise NotAllowed("您的角色不能填写这项登记")
    term = records.term_of(register, now.term)
    if term is None and not register.is_standing:
        raise Refused("还没有录入学期，请告知双减专班")
    entry = now.entry(register.key) or Entry(register=register.key, version=0)
    entry.organisation, entry.term = now.unit, term
    check_version(entry, said.version)
    if entry.pk is not None and (entry.lines, entry.explanation) == (said.lines, said.explanation):
        return entry, False
    found = speaks_against(now.with_lines(register.key, said.lines, said.explanation), register, judge)
    if found and not said.explanation.strip():
        raise Doubtful(found)
    entry.lines, entry.explanation = said.lines, said.explanation
    return entry, True


def speaks_against(
    would_be: records.Records, register: Register, judge: Judge | None = None
) -> list[Finding]:
    """The findings about one register of records as they would be: what its form warns of.

    What is found between units is not told: it would name others. ``judge``: of somebody who asks often.
    """
    found = (judge or Judge()).of_unit(would_be)
    return [one for one in found if one.is_about(register.key) and one.kind != Doubt.Kind.SHARED]


def _write(changed: list[Entry], register: Register, actor: User) -> None:
    """Keep the entries with their versions, marks and doubts, and an entry of the trail for each."""
    neighbours = _sharing(changed)
    now = clock.now()
    fresh = [entry for entry in changed if entry.pk is None]
    known = [entry for entry in changed if entry.pk is not None]
    for entry in changed:
        entry.written_by, entry.written_at = actor, now
        entry.version += 1
    # One by one: many at once go as one array, in which psycopg escapes each sign of each line's JSON.
    Entry.objects.bulk_create(fresh, batch_size=1)
    Entry.objects.bulk_update(known, _WRITTEN)
    EntryVersion.objects.bulk_create([keep_version(entry) for entry in changed], batch_size=1)
    if any(asked.marked for asked in register.fields):
        Mark.objects.filter(entry__in=changed).delete()
        Mark.objects.bulk_create(mark for entry in changed for mark in marks_of(entry, register))
    neighbours |= _sharing(changed)
    doubts.recompute({entry.organisation_id for entry in changed} | neighbours)
    role = acting_role(actor)
    for entry in changed:
        audit.record(
            action="registers.entry.saved",
            subject=entry,
            actor=actor,
            organisation=entry.organisation,
            role=role,
            after={
                "register": register.key,
                "term": entry.term.code if entry.term else "",
                "version": entry.version,
                "lines": len(entry.lines),
            },
            note=entry.explanation,
        )


def keep_version(entry: Entry) -> EntryVersion:
    """The entry as it stands, for its history; unsaved."""
    return EntryVersion(
        entry=entry,
        ordinal=entry.version,
        lines=entry.lines,
        explanation=entry.explanation,
        written_by=entry.written_by,
        written_at=entry.written_at,
    )


def marks_of(entry: Entry, register: Register) -> Iterable[Mark]:
    """What the entry is compared by; unsaved. An identity is a digest already."""
    for asked in register.fields:
        if asked.marked is None:
            continue
        for line in entry.lines:
            text = line["answers"].get(asked.key)
            if text:
                digest = text if asked.type is Type.IDENTITY else identity.digest_of(asked.marked, text)
                yield Mark(entry=entry, kind=asked.marked, digest=digest, line=line["key"])


def _sharing(entries: Iterable[Entry]) -> set[int]:
    """The units whose entries hold one of the marks of these."""
    kept = [entry.pk for entry in entries if entry.pk is not None]
    digests = Mark.objects.filter(entry__in=kept).values("digest")
    return set(Mark.objects.filter(digest__in=digests).values_list("entry__organisation", flat=True))
