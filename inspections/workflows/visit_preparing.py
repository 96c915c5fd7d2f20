"""Making a visit ready: the papers that its kind asks for, and notes of what to look into (P9)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inspections.models import Visit, VisitDocument, VisitNote
from inspections.workflows import visits
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy.models import CheckItem

OPEN = (Visit.State.PLANNED, Visit.State.ONGOING, Visit.State.SUMMING_UP)

audit.name_actions(
    {
        "inspections.visit.document_added": "登记督导材料",
        "inspections.visit.note_added": "写明要查的事",
    }
)


def add_document(
    *,
    visit_id: int,
    actor: User,
    kind: str,
    number: str = "",
    dated_on: date | None = None,
    stored_file: StoredFile | None = None,
) -> VisitDocument:
    """Put a paper to the visit, by its number or its scan. Papers are only added."""
    if not number.strip() and stored_file is None:
        raise Refused("请填写文号，或上传扫描件")
    with transaction.atomic():
        visit = _open(visit_id, actor)
        row = VisitDocument.objects.create(
            visit=visit,
            kind=kind,
            number=number.strip(),
            dated_on=dated_on,
            stored_file=stored_file,
            added_by=actor,
        )
        audit.record(
            action="inspections.visit.document_added",
            subject=visit,
            actor=actor,
            organisation=visit.organisation,
            role=acting_role(actor),
            after={"kind": kind, "file": stored_file.sha256 if stored_file else ""},
            note=row.number,
        )
    return row


def add_note(*, visit_id: int, actor: User, text: str, item: CheckItem | None = None) -> VisitNote:
    """Say what to look into, of one item or of the whole unit."""
    if not text.strip():
        raise Refused("请写明要查什么")
    with transaction.atomic():
        visit = _open(visit_id, actor)
        if item is not None and item.pk not in {one.pk for one in visits.checklist(visit)}:
            raise Refused("这个检查项不在本次督导的清单里")
        row = VisitNote.objects.create(visit=visit, item=item, text=text.strip(), author=actor)
        audit.record(
            action="inspections.visit.note_added",
            subject=visit,
            actor=actor,
            organisation=visit.organisation,
            role=acting_role(actor),
            after={"item": item.code if item else ""},
            note=row.text,
        )
    return row


def _open(visit_id: int, actor: User) -> Visit:
    visit = visits.locked(visit_id, None)
    if visit.state not in OPEN:
        raise WrongState(f"督导{visit.get_state_display()}，不能再补充")
    if not actor.has_perm("inspections.manage_visit", visit):
        raise NotAllowed("您不在这次督导的人员名单里")
    return visit
