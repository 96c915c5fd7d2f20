"""Before and after of one item of the queue: what was found or filed earlier beside what is filed now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects

from inspections.models import (
    AnswerEvidence,
    Decision,
    Extension,
    FindingPhoto,
    Measure,
    Problem,
    RectificationTask,
)
from inspections.proofs import Proof, proofs_of
from shuangjian.files.models import StoredFile


@dataclass(frozen=True)
class Sides:
    """Everything that one decision is made on."""

    measures: list[Measure]
    earlier_measures: list[Measure]
    found_files: list[StoredFile]
    filed: list[Proof]  # or still missing; what came besides at the end
    new_rows: frozenset[int]  # evidence that came after the last return; empty where nothing was returned
    returned: Decision | None  # the last return, of the plan or of the application
    verified: Decision | None
    asked: Extension | None
    granted: list[Extension]
    refused: list[Extension]


def sides_of(task: RectificationTask, kind: str) -> Sides:
    """Read both sides of one item; six queries whatever was filed."""
    prefetch_related_objects(
        [task],
        "evidence__stored_file",
        "evidence__added_by",
        "evidence__requirement",
        "decisions__decided_by",
        "measures",
        "extensions__asked_by",
        "extensions__decided_by",
        "extensions__sealed_page",
    )
    decisions, evidence = list(task.decisions.all()), task.evidence.all()
    returns = Decision.Kind.PLAN_RETURNED if kind == "plan" else Decision.Kind.SENT_BACK
    returned = _last(decisions, returns)
    since = returned.decided_at if returned is not None else None
    return Sides(
        measures=task.measures_in_force,
        earlier_measures=[row for row in task.measures.all() if row.plan_version == task.plan_version - 1],
        found_files=found_files_of(task.problem) if kind in ("verify", "close") else [],
        filed=_filed(task) if kind in ("verify", "close") else [],
        new_rows=frozenset(row.pk for row in evidence if since is not None and row.added_at > since),
        returned=returned,
        verified=_last(decisions, Decision.Kind.VERIFIED),
        asked=task.pending_extension,
        granted=task.granted_extensions,
        refused=[one for one in task.extensions.all() if one.state == Extension.State.REFUSED],
    )


def _last(decisions: list[Decision], kind: str) -> Decision | None:
    return next((one for one in reversed(decisions) if one.kind == kind), None)


def _filed(task: RectificationTask) -> list[Proof]:
    proofs, besides = proofs_of(task, task.evidence.all())
    shown = [one for one in proofs if one.rows or one.is_missing]
    return [*shown, Proof(None, besides)] if besides else shown


def found_files_of(problem: Problem) -> list[StoredFile]:
    """What was filed when the problem was found: the visit's photos, or the proof of the unit's answer."""
    links: Any
    if problem.source_finding_id is not None:
        links = FindingPhoto.objects.filter(finding=problem.source_finding_id)
    elif problem.source_answer_id is not None:
        links = AnswerEvidence.objects.filter(answer=problem.source_answer_id)
    else:
        return []
    return [link.stored_file for link in links.select_related("stored_file").order_by("pk")]
