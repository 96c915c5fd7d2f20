"""What a close-out must show, and what of it is there: which proof, how many, how fresh.

A proof is about a day, which is not the day on which it was sent: the day that the person states, else the
picture was taken. Where neither is known (a sentence), the day of filing. Source: workflow.md §3, §12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from inspections.models import Evidence, RectificationTask
from shuangjian import clock
from shuangjian.policy.models import ProofRequirement
from shuangjian.policy.selectors import proof_requirements_for


@dataclass(frozen=True)
class Proof:
    """One proof that the close-out calls for, with what was filed for it; ``need`` None: besides.

    ``fresh_count``: how many different ones count as the close-out demands; an old picture proves nothing.
    """

    need: ProofRequirement | None
    rows: list[Evidence]
    fresh_count: int = 0
    old: frozenset[int] = frozenset()  # ids of the rows that are too old to count

    @property
    def is_filed(self) -> bool:
        return self.need is not None and self.fresh_count >= self.need.least_count

    @property
    def is_missing(self) -> bool:
        return self.need is not None and self.need.is_required and not self.is_filed


def needed_proof(task: RectificationTask) -> list[ProofRequirement]:
    """The proofs that closing the task calls for, required or welcome, in order; none on the light track."""
    return proof_requirements_for(task.problem, light=task.is_light)


def proofs_of(task: RectificationTask, evidence: Iterable[Evidence]) -> tuple[list[Proof], list[Evidence]]:
    """By requirement in its order, and what of ``evidence`` was filed besides."""
    rows, needs = list(evidence), needed_proof(task)
    wanted = {need.pk for need in needs}
    return (
        [_proof(task, need, [row for row in rows if row.requirement_id == need.pk]) for need in needs],
        [row for row in rows if row.requirement_id not in wanted],
    )


def missing_proof(task: RectificationTask) -> list[ProofRequirement]:
    """The required proofs of which not enough that is fresh was filed yet, in the order of the list."""
    proofs, _ = proofs_of(task, task.evidence.select_related("stored_file"))
    return [proof.need for proof in proofs if proof.need is not None and proof.is_missing]


def _proof(task: RectificationTask, need: ProofRequirement, rows: list[Evidence]) -> Proof:
    old = {row.pk for row in rows if is_old(task, need, row)}
    fresh = [row for row in rows if row.pk not in old]
    different = {row.stored_file.sha256 if row.stored_file is not None else row.note for row in fresh}
    return Proof(need, rows, len(different), frozenset(old))


def day_of(row: Evidence) -> date:
    """The day that a proof is about."""
    taken_at = row.stored_file.taken_at if row.stored_file is not None else None
    return row.about_on or clock.local_day(taken_at or row.added_at)


def is_old(task: RectificationTask, need: ProofRequirement, row: Evidence) -> bool:
    """Is it of a day before the problem was found, or longer ago at the application than ``need`` allows?

    What the camera says is believed over what the person states. (Returned most often: workflow.md §3.)
    """
    days = {day_of(row)}
    if row.stored_file is not None and row.stored_file.taken_at is not None:
        days.add(clock.local_day(row.stored_file.taken_at))
    oldest = task.problem.found_on
    if need.fresh_days is not None:
        applied_on = clock.local_day(task.applied_at) if task.applied_at is not None else clock.today()
        oldest = max(oldest, applied_on - timedelta(days=need.fresh_days))
    return min(days) < oldest
