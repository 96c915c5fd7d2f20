"""What a phone takes with it of one visit: checklist, rules, the unit's own answers, what is open there.

Nothing of other units. The list of a person's visits says of each how large its package is and, by its
``etag``, whether the one on the phone is still that of today.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inspections import visit_kinds
from inspections.models import RectificationTask, SelfCheck, Visit, VisitFinding, VisitNote
from inspections.sync_wire import MOST_POINTS, canonical
from inspections.visit_sheet import SheetLine, open_tasks_at, rechecks_at, sheet_of
from inspections.workflows.visit_findings import DUE_DAY_CHOICES, MOST_OF_TEXT, Seen, shown
from inspections.workflows.visits import AT_ONCE_DAYS, checklist
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem

MOST_VISITS = 100
OPEN = (Visit.State.PLANNED, Visit.State.ONGOING, Visit.State.SUMMING_UP)
ABOUT_A_LINE = 900  # bytes of an item's finding, answer and notes
ABOUT_A_VISIT = 3000  # of the visit itself and what is open at the unit
MOST_OF_SUMMARY = 500


def visits_of(user: User) -> QuerySet[Visit]:
    """The person's own visits that are not over, earliest first, with what their ``etag`` is made of."""
    mine: QuerySet[Visit] = Visit.objects.visible_to(user).filter(members__user=user, state__in=OPEN)
    findings = VisitFinding.objects.filter(visit=OuterRef("pk")).order_by().values("visit")
    notes = VisitNote.objects.filter(visit=OuterRef("pk")).order_by().values("visit")
    tasks = RectificationTask.objects.filter(problem__organisation=OuterRef("organisation")).order_by()
    checks = SelfCheck.objects.filter(organisation=OuterRef("organisation"), submitted_at__isnull=False)
    return (
        mine.select_related("organisation__school", "organisation__institution", "rulebook")
        .annotate(
            of_findings=Coalesce(Subquery(findings.annotate(n=Sum("version")).values("n")), 0),
            of_photos=Coalesce(Subquery(findings.annotate(n=Count("photos")).values("n")), 0),
            of_notes=Coalesce(Subquery(notes.annotate(n=Max("pk")).values("n")), 0),
            of_tasks=Coalesce(
                Subquery(tasks.values("problem__organisation").annotate(n=Sum("version")).values("n")), 0
            ),
            of_checks=Subquery(checks.order_by("-submitted_at").values("submitted_at")[:1]),
        )
        .order_by("planned_on", "no")
    )


def etag_of(visit: Visit) -> str:
    """Of a visit from ``visits_of``: another one as soon as something of its package changed."""
    row: Any = visit
    parts = (
        visit.version, visit.rulebook_id, row.of_findings, row.of_photos, row.of_notes, row.of_tasks,
        row.of_checks, clock.today(),
    )  # fmt: skip
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:20]


def listed(user: User) -> list[dict[str, Any]]:
    """The person's visits for the phone's first page; ``bytes`` is about what a package weighs."""
    rows = list(visits_of(user)[:MOST_VISITS])
    begun: dict[int, set[int]] = {}
    for visit_id, item_id in (
        VisitFinding.objects.filter(visit__in=rows).values_list("visit", "item").order_by()
    ):
        begun.setdefault(visit_id, set()).add(item_id)
    weights: dict[int, int] = {}
    for book in {row.rulebook_id for row in rows}:
        weights |= {item.pk: len(canonical(_item(item))) for item in items_of(book)}
    told = []
    for row in rows:
        items = begun.get(row.pk) or {item.pk for item in checklist(row)}
        weight = ABOUT_A_VISIT + sum(weights[pk] + ABOUT_A_LINE for pk in items)
        told.append({**_head(row), "etag": etag_of(row), "bytes": weight})
    return told


def _head(visit: Visit) -> dict[str, Any]:
    return {
        "no": visit.no,
        "unit": visit.organisation.name,
        "kind": visit.get_kind_display(),
        "state": visit.state,
        "planned_on": visit.planned_on,
    }


def package_of(visit: Visit, user: User) -> dict[str, Any]:
    """Everything of one visit from ``visits_of``."""
    sheet = sheet_of(visit, with_notes=True)
    people = [member.user.name for member in visit.members.select_related("user").order_by("-is_lead", "pk")]
    return {
        "etag": etag_of(visit),
        "downloaded_at": clock.now(),
        "visit": _head(visit)
        | {
            "kind": visit.kind,
            "kind_label": visit.get_kind_display(),
            "version": visit.version,
            "plan_name": visit.plan_name,
            "approval_no": visit.approval_no,
            "unit_code": visit.organisation.code,
            "address": visit.organisation.address,
            "members": people,
            "gaps": [gap.words for gap in visit_kinds.gaps(visit)] if visit.state == "planned" else [],
            "notes": [{"text": note.text, "by": note.author.name} for note in sheet.notes],
            "record_no": visit.record_no,
            "summary": visit.summary,
            "signs_on_paper": visit.signs_on_paper,
        },
        "items": [_line(line) for line in sheet.lines],
        "problems": [
            {
                "no": row.task.problem.no,
                "rule": row.task.problem.rule.number,
                "fact": row.task.problem.fact,
                "state": row.task.get_state_display(),
                "due_on": row.task.due_on,
                "overdue": row.task.due_on < clock.today(),
            }
            for row in open_tasks_at(visit, user)
        ],
        "rechecks": [
            {
                "no": row.no,
                "rule": row.task.problem.rule.number,
                "fact": row.task.problem.fact,
                "due_on": row.due_on,
            }
            for row in rechecks_at(visit, user)
        ],
        "due_choices": list(DUE_DAY_CHOICES),
        "methods": [{"code": code, "label": label} for code, label in VisitFinding.Method.choices],
        "limits": {"text": MOST_OF_TEXT, "summary": MOST_OF_SUMMARY, "points": MOST_POINTS},
    }


def _item(item: CheckItem) -> dict[str, Any]:
    """What stands in the rulebook: the same for every visit."""
    gravest = item.gravest_prohibition()
    return {
        "code": item.code,
        "short": item.short_code,
        "question": item.text,
        "rule": item.rule.number,
        "rule_title": item.rule.title,
        "rule_text": item.rule.requirement,
        "proof": [hint.strip() for hint in item.evidence.split("；") if hint.strip()],
        "prohibition": {
            "kind": gravest.kind,
            "title": gravest.phrase,
            "red_line": gravest.is_red_line,
            "days": AT_ONCE_DAYS,
        }
        if gravest
        else None,
    }


def _line(line: SheetLine) -> dict[str, Any]:
    answer, finding = line.answer, line.finding
    told = shown(finding) if finding is not None else Seen()
    by = finding.updated_by if finding is not None else None
    return _item(line.item) | {
        "answer": {"label": answer.get_value_display(), "text": answer.problem_text}
        if answer and answer.value
        else None,
        "notes": [{"text": note.text, "by": note.author.name} for note in line.notes],
        "finding": vars(told)
        | {
            "version": finding.version if finding is not None else 0,
            "by": by.name if by else "",
            "at": finding.updated_at if finding is not None else None,
        },
        "photos": [
            {
                "sha256": photo.stored_file.original_sha256 or photo.stored_file.sha256,
                "name": photo.stored_file.original_name,
            }
            for photo in (finding.photos.all() if finding is not None else [])
        ],
    }
