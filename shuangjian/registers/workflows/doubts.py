"""Doubts follow the facts: raised while a finding stands, taken back when its cause went away.

What a person judged (registered, joined, dismissed) stands: the same fact is not raised again, another one
is. Nothing is punished by a doubt, and nobody but staff judges it (``inspections.workflows.doubts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit, locks, numbers
from shuangjian.journal.locks import Lock
from shuangjian.policy.models import Prohibition, Term
from shuangjian.policy.selectors import current_term, prohibitions_in_force
from shuangjian.registers import definitions
from shuangjian.registers import records as reading
from shuangjian.registers.definitions import Register
from shuangjian.registers.findings import Finding, Judge
from shuangjian.registers.models import Doubt
from shuangjian.registers.records import Records

_AT_ONCE = 100  # units that the sweep looks at in one transaction

S = Doubt.State
audit.name_actions(
    {
        "registers.doubt.raised": "产生数据疑点",
        "registers.doubt.changed": "数据疑点的情况有变",
        "registers.doubt.gone": "数据疑点已消除",
    }
)


def hold() -> None:
    """Let nobody else compare records until this transaction ends. Call before anything is recorded in it."""
    locks.hold(Lock.DOUBTS)


def sweep() -> int:
    """Look at every unit in operation: dates pass, units close, a neighbour changes. Safe twice."""
    units = Organisation.objects.units().filter(Q(status="active") | Q(doubts__state=S.OPEN)).distinct()
    waiting, changed = list(units.order_by("pk").values_list("pk", flat=True)), 0
    while waiting:
        batch, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        changed += recompute(batch)
    return changed


def recompute(unit_ids: Iterable[int]) -> int:
    """Bring the doubts of units to what their records of the present term say; returns how many changed."""
    with transaction.atomic():
        hold()
        units = Organisation.objects.filter(pk__in=list(unit_ids)).select_related(*reading.WITH_FACTS)
        term = current_term()
        records = reading.load(units.order_by("pk"), term)
        judge = Judge()
        found = judge.of_units(records)
        # All rows at once and before the first entry of the trail: a person who judges one of them takes
        # the same locks in the same order.
        known: dict[int, list[Doubt]] = {one.unit.pk: [] for one in records}
        rows = Doubt.objects.select_for_update(of=("self",)).filter(organisation__in=list(known))
        for doubt in rows.select_related("organisation").order_by("pk"):
            known[doubt.organisation_id].append(doubt)
        forbidden = {one.code: one for one in prohibitions_in_force()}
        changed = 0
        for one in records:
            standing = found[one.unit.pk] if one.unit.is_active else []
            for finding in standing:
                changed += _meet(finding, one, known[one.unit.pk], judge, forbidden)
            changed += _take_back(known[one.unit.pk], {finding.code for finding in standing}, term)
        return changed


def _meet(
    finding: Finding, records: Records, known: list[Doubt], judge: Judge, forbidden: dict[str, Prohibition]
) -> bool:
    """Raise the finding, or bring the doubt that stands for it up to date; did anything change?"""
    term = reading.term_of(_register(finding), records.term)
    same = [one for one in known if one.code == finding.code and one.term_id == (term.pk if term else None)]
    entry = records.entry(finding.register)
    told = {
        "fact": finding.fact[:300],
        "explanation": entry.explanation if entry is not None else "",
        "limit": finding.limit,
    }
    standing = next((one for one in same if one.state == S.OPEN), None)
    if standing is not None:
        return _update(standing, told)
    judged = [one for one in same if one.state != S.GONE]
    if any(one.fact == told["fact"] for one in judged):
        return False
    item = judge.items[finding.item]
    now = clock.now()
    doubt = Doubt.objects.create(
        no=f"{now.year}-N{numbers.take('doubt', now.year):04d}",
        organisation=records.unit,
        term=term,
        kind=finding.kind,
        register=finding.register,
        code=finding.code,
        item=item,
        prohibition=forbidden.get(finding.prohibition),
        raised_at=now,
        **told,
    )
    known.append(doubt)
    audit.record(
        action="registers.doubt.raised",
        subject=doubt,
        actor=None,
        organisation=records.unit,
        after={"state": doubt.state, "item": finding.item, "register": finding.register},
        note=doubt.fact,
    )
    return True


def _update(doubt: Doubt, told: Mapping[str, Any]) -> bool:
    before = doubt.fact
    differs = [name for name, value in told.items() if getattr(doubt, name) != value]
    if not differs:
        return False
    for name in differs:
        setattr(doubt, name, told[name])
    doubt.version += 1
    doubt.save()
    audit.record(
        action="registers.doubt.changed",
        subject=doubt,
        actor=None,
        organisation=doubt.organisation,
        before={"state": doubt.state},
        after={"state": doubt.state, "changed": sorted(differs)},
        note=f"{before} → {doubt.fact}" if before != doubt.fact else doubt.explanation,
    )
    return True


def _take_back(known: list[Doubt], codes: set[str], term: Term | None) -> int:
    """End the open doubts of this term (and the standing ones) whose cause is there no longer."""
    terms = {None, term.pk if term is not None else None}
    gone = [one for one in known if one.state == S.OPEN and one.term_id in terms and one.code not in codes]
    for doubt in gone:
        doubt.state, doubt.ended_at = S.GONE, clock.now()
        doubt.version += 1
        doubt.save()
        audit.record(
            action="registers.doubt.gone",
            subject=doubt,
            actor=None,
            organisation=doubt.organisation,
            before={"state": S.OPEN},
            after={"state": S.GONE},
        )
    return len(gone)


def _register(finding: Finding) -> Register:
    register = definitions.find(finding.register)
    if register is None:
        raise LookupError(finding.register)
    return register
