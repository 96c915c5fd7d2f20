"""What a term's report says besides units and problems: looks back, accountability, 线索点.

One query each.
"""

from __future__ import annotations

from datetime import datetime

from inspections.models import Recheck, Sanction
from inspections.reports.data import LeadLine, RecheckLine, SanctionLine
from shuangjian import clock
from shuangjian.policy.models import Term
from tutoring.models import Lead


def rechecks_of(term: Term, as_of: datetime) -> tuple[RecheckLine, ...]:
    """回头看 and 材料抽查 with a result, in order of their day."""
    done = (
        Recheck.objects.filter(done_at__date__range=(term.first_on, term.last_on), done_at__lte=as_of)
        .exclude(state=Recheck.State.PENDING)
        .select_related("task__problem__organisation")
        .order_by("done_at", "pk")
    )
    return tuple(
        RecheckLine(
            problem=row.task.problem.no,
            unit=row.task.problem.organisation.name,
            kind=row.get_kind_display(),
            result=row.get_state_display(),
            done_on=clock.local_day(row.done_at),
        )
        for row in done
        if row.done_at is not None
    )


def sanctions_of(term: Term, as_of: datetime) -> tuple[SanctionLine, ...]:
    """约谈, 通报, 建议问责 that were opened in the term; one that was revoked is none."""
    opened = Sanction.objects.filter(
        instructed_at__date__range=(term.first_on, term.last_on), instructed_at__lte=as_of
    ).exclude(state=Sanction.State.REVOKED)
    return tuple(
        SanctionLine(
            no=row.no,
            unit=row.organisation.name,
            kind=row.get_kind_display(),
            state=row.get_state_display(),
            opened_on=clock.local_day(row.instructed_at),
            document_no=row.document_no,
        )
        for row in opened.select_related("organisation").order_by("instructed_at", "pk")
    )


def leads_of(term: Term, as_of: datetime) -> tuple[LeadLine, ...]:
    """线索点 found in the term, without their addresses (practice.md P14)."""
    found = Lead.objects.filter(found_on__range=(term.first_on, term.last_on), created_at__lte=as_of)
    return tuple(
        LeadLine(
            no=row.no,
            kind=row.get_kind_display(),
            source=row.get_source_display(),
            state=row.get_state_display(),
            found_on=row.found_on,
            township=row.township.name,
        )
        for row in found.select_related("township").order_by("no")
    )
