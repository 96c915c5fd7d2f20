"""Counting 达标情况: of every unit of a term, and again of those about which something was recorded since.

The trail says what changed: each change of state leaves an entry with its unit in the same transaction, and
entries are numbered as they are committed, so a unit without a newer entry stands as it stood. A term that is
over is counted once more as at its end, and never again (the goals are frozen from it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from inspections.conclusions import Case, conclude
from inspections.models import Attainment, AttainmentCount, Problem
from inspections.reports.records import Book, Records, carried_into, units_of
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term

_AT_ONCE = 200  # units that are read together
Mark = Attainment.Mark
_COUNTED = ("conclusion", "marks", "proven", "said", "short", "unknown", "open_problems", "last_due_on")
# What is recorded of these changes what is asked of every unit.
_OF_ALL = Q(action__startswith="policy.rulebook") | Q(action__startswith="policy.term")


def sweep() -> int:
    """Bring the present term up to date; returns how many units were counted. Safe twice, at any time."""
    term = current_term()
    return count(term) if term is not None else 0


def count(term: Term) -> int:
    """Count the units of ``term`` of which the trail has something new, all of them the first time.

    Of a term that was counted for good nothing is done. Returns how many units were looked at.
    """
    with transaction.atomic():
        row, is_new = AttainmentCount.objects.select_for_update().get_or_create(term=term)
        if row.is_final:
            return 0
        now, through = clock.now(), audit.last_seq()
        units = in_operation(term, now)
        new = AuditEntry.objects.filter(seq__gt=row.through_seq)
        if not is_new and not new.filter(_OF_ALL).exists():
            units = units.filter(pk__in=new.exclude(organisation_id=None).values("organisation_id"))
        looked_at = _write(term, units, now)
        Attainment.objects.filter(term=term).exclude(organisation__in=in_operation(term, now)).delete()
        row.counted_at, row.through_seq = now, through
        row.save()
    return looked_at


def count_for_good(term: Term, as_of: datetime) -> None:
    """Count every unit of a term that is over as at ``as_of``, its end. Repeatable, done once."""
    with transaction.atomic():
        row, _ = AttainmentCount.objects.select_for_update().get_or_create(term=term)
        if row.is_final:
            return
        units = in_operation(term, as_of)
        _write(term, units, as_of)
        Attainment.objects.filter(term=term).exclude(organisation__in=units).delete()
        row.counted_at, row.through_seq, row.is_final = as_of, audit.last_seq(), True
        row.save()


def in_operation(term: Term, as_of: datetime) -> Any:
    """The schools and institutions of the term that were open at ``as_of``."""
    day = clock.local_day(as_of)
    return units_of(term).filter(Q(closed_on=None) | Q(closed_on__gt=day))


def as_counted(
    records: Records, carried: Iterable[Problem], units: Iterable[Organisation], as_of: datetime
) -> Iterator[Attainment]:
    """What the records of a term say of each unit, as a row that is not saved. ``carried``: the problems of
    earlier terms that were open when it began (``carried_into``). No query."""
    cases: dict[int, list[Any]] = {}
    for problem in (*carried, *records.problems):
        cases.setdefault(problem.organisation_id, []).append(problem)
    for unit in units:
        seen, own = records.rules_seen(unit), cases.get(unit.pk, [])
        marks = records.marks_by_rule(unit)
        concerned = {rule: mark for rule, mark in marks.items() if mark != "out"}
        named = {str(rule): _named(mark, rule in seen) for rule, mark in concerned.items()}
        found = list(named.values())
        still_open = [problem for problem in own if not is_closed(problem, as_of)]
        yield Attainment(
            organisation=unit,
            term=records.term,
            conclusion=conclude(
                marks,
                [Case(one.rule.number, is_closed(one, as_of), one.is_red_line) for one in own],
            ),
            marks={rule: mark.value for rule, mark in named.items()},
            proven=found.count(Mark.PROVEN),
            said=found.count(Mark.SAID),
            short=found.count(Mark.PARTIAL) + found.count(Mark.BAD),
            unknown=found.count(Mark.NONE),
            open_problems=len(still_open),
            last_due_on=max((one.rounds[-1].due_on for one in still_open if one.rounds), default=None),
        )


def _named(mark: str, on_site: bool) -> Attainment.Mark:
    if mark == "ok":
        return Mark.PROVEN if on_site else Mark.SAID
    return {"partial": Mark.PARTIAL, "bad": Mark.BAD}.get(mark, Mark.NONE)


def is_closed(problem: Any, as_of: datetime) -> bool:
    """Was the last round of a problem (with its ``rounds``) closed by then?"""
    last = problem.rounds[-1] if problem.rounds else None
    return last is not None and last.closed_at is not None and last.closed_at <= as_of


def units_counted(term: Term, units: Any, as_of: datetime) -> Iterator[Attainment]:
    """The units of a queryset as they stood at ``as_of``, some hundreds read together, in their order."""
    book, waiting = Book.of(term), list(units.order_by("-kind", "pinyin_key", "pk"))
    while waiting:
        batch, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        records, carried = Records.of(term, batch, as_of, book), carried_into(term, as_of, batch)
        yield from as_counted(records, carried, batch, as_of)


def _write(term: Term, units: Any, as_of: datetime) -> int:
    """Write the rows of ``units`` that are another now; returns how many were looked at."""
    known = {row.organisation_id: row for row in Attainment.objects.filter(term=term, organisation__in=units)}
    looked_at, new, changed = 0, [], []
    for row in units_counted(term, units, as_of):
        looked_at += 1
        before = known.get(row.organisation_id)
        if before is None:
            new.append(row)
        elif any(getattr(before, name) != getattr(row, name) for name in _COUNTED):
            row.pk = before.pk
            changed.append(row)
    Attainment.objects.bulk_create(new, batch_size=_AT_ONCE)
    Attainment.objects.bulk_update(changed, _COUNTED, batch_size=_AT_ONCE)
    return looked_at
