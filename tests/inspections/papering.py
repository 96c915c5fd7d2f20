"""Papers in any state, for the tests of papers and of access: brought there by the moves themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspections.models import Paper, RectificationTask, Visit
from inspections.papers.registry import KINDS
from inspections.workflows import papers
from shuangjian.accounts.models import Organisation
from shuangjian.files.services import store_generated
from tests.cast import Cast

OFFICERS = {"officers": [{"name": "张某", "card": "执0101"}, {"name": "李某", "card": "执0102"}]}


def begun(
    cast: Cast,
    kind: str,
    unit: Organisation,
    tasks: Sequence[RectificationTask] = (),
    *,
    visit: Visit | None = None,
    given: dict[str, Any] | None = None,
    delivery: str = "online",
) -> Paper:
    """A draft of the supervision office's."""
    return papers.draft(
        kind=KINDS[kind],
        actor=cast.supervision,
        organisation=unit,
        visit=visit,
        tasks=tasks,
        delivery=delivery,
        given=given or {},
    )


def notice(cast: Cast, unit: Organisation, tasks: Sequence[RectificationTask], **more: Any) -> Paper:
    return begun(cast, "notice", unit, tasks, **more)


def submitted(cast: Cast, row: Paper) -> Paper:
    return papers.SIGNING.submit(row_id=row.pk, actor=cast.supervision, version=None)


def signed(cast: Cast, row: Paper) -> Paper:
    submitted(cast, row)
    return papers.SIGNING.sign(row_id=row.pk, actor=cast.leader, version=None)


def issued(cast: Cast, row: Paper, *, file_name: str = "") -> Paper:
    """Signed, with bytes that stand for its file."""
    row = signed(cast, row)
    final = store_generated(data=f"%PDF-1.7 {row.no}".encode(), name=file_name or f"{row.document_no}.pdf")
    return papers.SIGNING.complete_issue(row_id=row.pk, file=final, template_version="test")


def fresh(row: Paper) -> Paper:
    return Paper.objects.select_related("final_file", "draft_file", "scan").get(pk=row.pk)
