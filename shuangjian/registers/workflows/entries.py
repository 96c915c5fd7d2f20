"""Saving what a unit states in a register: one version, its marks, its doubts, one entry of the trail.

Two layers of validation: the form blocks what is impossible; what is possible but speaks against a limit or
another register is saved once the unit has explained it, and the explanation travels with the doubt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.selectors import current_term
from shuangjian.registers import identity, records
from shuangjian.registers.definitions import Register, Type
from shuangjian.registers.findings import Finding, Judge
from shuangjian.registers.models import Doubt, Entry, EntryVersion, Mark
from shuangjian.registers.permissions import may_keep
from shuangjian.registers.workflows import doubts

audit.name_actions({"registers.entry.saved": "填写登记档案"})


class Doubtful(Refused):
    """What was filled in is possible, but speaks against something, and nobody explained it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("填写的内容有疑点，请核对；属实的写明情况后再保存")
        self.findings = findings


def save(
    *,
    organisation_id: int,
    register: Register,
    actor: User,
    version: int | None,
    lines: list[dict[str, Any]],
    explanation: str = "",
) -> Entry:
    """State ``lines`` ([{key, answers}], kept form) in a register of the present term.

    ``version`` is that of the entry the person saw, 0 where there was none. Saving the same again changes
    nothing. Raises StaleRow, NotAllowed, Doubtful, Refused (no term has been entered).
    """
    with transaction.atomic():
        doubts.hold()
        unit = Organisation.objects.select_related(*records.WITH_FACTS).get(pk=organisation_id)
        if not may_keep(actor, unit, register):
            raise NotAllowed("您的角色不能填写这项登记")
        term = records.term_of(register, current_term())
        if term is None and not register.is_standing:
            raise Refused("还没有录入学期，请告知双减专班")
        entry = Entry.objects.filter(organisation=unit, register=register.key, term=term).first()
        check_version(entry or Entry(organisation=unit, version=0), version)
        if entry is not None and entry.lines == lines and entry.explanation == explanation:
            return entry
        now = records.load([unit], current_term())[0]
        found = speaks_against(now.with_lines(register.key, lines, explanation), register)
        if found and not explanation.strip():
            raise Doubtful(found)
        neighbours = _sharing(entry)
        entry = _write(entry or Entry(organisation=unit, register=register.key, term=term, version=0),
                       register, lines, explanation, actor)  # fmt: skip
        neighbours |= _sharing(entry)
        doubts.recompute({unit.pk} | neighbours)
        audit.record(
            action="registers.entry.saved",
            subject=entry,
            actor=actor,
            organisation=unit,
            role=acting_role(actor),
            after={
                "register": register.key,
                "term": term.code if term else "",
                "version": entry.version,
                "lines": len(lines),
            },
            note=explanation,
        )
    return entry


def speaks_against(
    would_be: records.Records, register: Register, judge: Judge | None = None
) -> list[Finding]:
    """The findings about one register of records as they would be: what its form warns of.

    What is found between units is not told: it would name others. ``judge``: of somebody who asks often.
    """
    found = (judge or Judge()).of_unit(would_be)
    return [one for one in found if one.is_about(register.key) and one.kind != Doubt.Kind.SHARED]


def _write(
    entry: Entry, register: Register, lines: list[dict[str, Any]], explanation: str, actor: User
) -> Entry:
    entry.lines, entry.explanation = lines, explanation
    entry.written_by, entry.written_at = actor, clock.now()
    entry.version += 1
    entry.save()
    keep_version(entry).save()
    entry.marks.all().delete()
    Mark.objects.bulk_create(marks_of(entry, register))
    return entry


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


def _sharing(entry: Entry | None) -> set[int]:
    """The units whose entries hold one of the entry's marks."""
    if entry is None:
        return set()
    digests = entry.marks.values("digest")
    return set(Mark.objects.filter(digest__in=digests).values_list("entry__organisation", flat=True))
