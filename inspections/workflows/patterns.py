"""研判提示: the nightly search writes down what it finds; a person makes visits of it or dismisses it.

An open one follows the search: rows join it, or it is gone. What a person judged stands: the same rows raise
nothing again, and a further one raises a finding of its own that names the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction

from inspections.models import Pattern, PatternRow, VisitBatch
from inspections.patterns import findings
from inspections.patterns.findings import Finding, Seen
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition
from shuangjian.accounts.models import User
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, locks, numbers
from shuangjian.journal.errors import Refused
from shuangjian.journal.locks import Lock
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term

_PICTURES_A_NIGHT = 2000  # that came in before their likeness was noted

S = Pattern.State


def _t(label: str, target: str) -> Transition:
    return Transition(
        label=label, source=frozenset({S.OPEN}), target=target, permission="inspections.judge_pattern"
    )


TRANSITIONS = {"follow": _t("安排督导", S.FOLLOWED), "dismiss": _t("排除", S.DISMISSED)}
MACHINE: Machine[Pattern] = Machine(Pattern, "inspections.pattern", TRANSITIONS)
audit.name_actions(
    {
        "inspections.pattern.raised": "产生研判提示",
        "inspections.pattern.joined": "研判提示有新的情况",
        "inspections.pattern.gone": "研判提示的情况已变",
    }
)


# --- The search -------------------------------------------------------------------------------------------


def sweep() -> int:
    """Search the present term; returns how many findings were raised, added to or taken back. Safe twice."""
    term = current_term()
    if term is None:
        return 0
    waiting = StoredFile.objects.filter(likeness=None, content_type__startswith="image/").order_by("-pk")
    for stored in waiting[:_PICTURES_A_NIGHT]:
        files.look_again(stored)
    found = list(findings.search(term))
    with transaction.atomic():
        locks.hold(Lock.PATTERNS)
        rows = Pattern.objects.select_for_update(of=("self",)).filter(term=term)
        known = list(rows.prefetch_related("rows").order_by("pk"))
        met: set[int] = set()
        changed = sum(_meet(finding, term, known, met) for finding in found)
        for pattern in known:
            if pattern.state == S.OPEN and pattern.pk not in met:
                changed += _take_back(pattern)
    return changed


def _meet(finding: Finding, term: Term, known: list[Pattern], met: set[int]) -> bool:
    """Raise the finding, or bring the one that stands for it up to date; did anything change?"""
    refs = {seen.ref for seen in finding.rows}
    of_kind = (one for one in known if one.kind == finding.kind)
    same = [one for one in of_kind if one.key == finding.key or refs & _refs(one)]
    standing = next((one for one in same if one.state == S.OPEN and one.pk not in met), None)
    if standing is not None:
        met.add(standing.pk)
        return _update(standing, finding)
    judged = [one for one in same if one.state in (S.FOLLOWED, S.DISMISSED)]
    seen_before = set().union(*(_refs(one) for one in judged))
    if refs <= seen_before:
        return False
    now = clock.now()
    pattern = Pattern.objects.create(
        no=f"{now.year}-P{numbers.take('pattern', now.year):04d}",
        kind=finding.kind,
        key=finding.key,
        term=term,
        fact=finding.fact,
        ground=finding.ground,
        raised_at=now,
        earlier=judged[-1] if judged else None,
    )
    _add(pattern, finding.rows, new={ref for ref in refs - seen_before if judged})
    audit.record(
        action="inspections.pattern.raised",
        subject=pattern,
        actor=None,
        organisation=pattern.organisation,
        after={"state": pattern.state, "kind": pattern.kind, "rows": sorted(refs)},
        note=pattern.fact,
    )
    return True


def _refs(pattern: Pattern) -> set[str]:
    return {row.ref for row in pattern.rows.all()}


def _add(pattern: Pattern, rows: Iterable[Seen], *, new: set[str]) -> None:
    PatternRow.objects.bulk_create(
        PatternRow(
            pattern=pattern,
            ref=seen.ref,
            organisation_id=seen.unit_id,
            words=seen.words[:300],
            url=seen.url,
            is_new=seen.ref in new,
        )
        for seen in rows
    )


def _update(pattern: Pattern, finding: Finding) -> bool:
    now, before = {seen.ref for seen in finding.rows}, _refs(pattern)
    if now == before:
        return False
    pattern.rows.filter(ref__in=before - now).delete()
    _add(pattern, [seen for seen in finding.rows if seen.ref not in before], new=now - before)
    pattern.key, pattern.fact, pattern.ground = finding.key, finding.fact, finding.ground
    pattern.version += 1
    pattern.save()
    audit.record(
        action="inspections.pattern.joined",
        subject=pattern,
        actor=None,
        organisation=pattern.organisation,
        after={"state": pattern.state, "joined": sorted(now - before), "left": sorted(before - now)},
        note=pattern.fact,
    )
    return True


def _take_back(pattern: Pattern) -> bool:
    pattern.state, pattern.ended_at = S.GONE, clock.now()
    pattern.version += 1
    pattern.save()
    audit.record(
        action="inspections.pattern.gone",
        subject=pattern,
        actor=None,
        organisation=pattern.organisation,
        before={"state": S.OPEN},
        after={"state": S.GONE},
    )
    return True


# --- Judging ----------------------------------------------------------------------------------------------


def follow(*, pattern_id: int, actor: User, version: int | None, make: Callable[[], VisitBatch]) -> Pattern:
    """安排督导: the visits that ``make`` plans belong to the finding, both or neither.

    Raises Refused where none of them came about.
    """
    with MACHINE.moving("follow", row_id=pattern_id, actor=actor, version=version) as step:
        batch = make()
        if not batch.done:
            raise Refused("所选单位都没有排上督导，请调整日期或单位")
        step.row.batch, step.row.judged_by, step.row.ended_at = batch, actor, clock.now()
        step.after["batch"] = batch.pk
    return step.row


def dismiss(*, pattern_id: int, actor: User, version: int | None, words: str) -> Pattern:
    """排除, with the reason; it comes again only with a row that isn't among these."""
    with MACHINE.moving("dismiss", row_id=pattern_id, actor=actor, version=version) as step:
        if not words.strip():
            raise Refused("请写明排除的理由")
        step.row.words = step.note = words.strip()
        step.row.judged_by, step.row.ended_at = actor, clock.now()
    return step.row
