"""上级交办: verified by the county, closed only after the office above agreed (P7).

Moves of the task's machine (table in ``rectification``); both answers carry the number of their document.
"""

from __future__ import annotations

from datetime import date

from inspections import notices
from inspections.models import Decision, RectificationTask
from inspections.workflows.rectification import decide, moving, return_to_unit
from shuangjian.accounts.models import User
from shuangjian.journal.errors import Refused


def ask(*, task_id: int, actor: User, version: int | None, document_no: str) -> RectificationTask:
    """报请上级同意销号, with the number of the county's own report."""
    with moving("ask-superior", task_id, actor, version) as step:
        decide(step, Decision.Kind.SUPERIOR_ASKED, document_no=_number(document_no))
    return step.row


def agreed(
    *, task_id: int, actor: User, version: int | None, document_no: str, words: str = ""
) -> RectificationTask:
    """The office above agreed: whoever closes such a problem may close it now."""
    with moving("superior-agreed", task_id, actor, version) as step:
        decide(step, Decision.Kind.SUPERIOR_AGREED, document_no=_number(document_no), words=words.strip())
        notices.verified(step.row)
    return step.row


def refused(
    *, task_id: int, actor: User, version: int | None, document_no: str, missing: str, missing_by: date | None
) -> RectificationTask:
    """The office above didn't agree: back to the unit, with what is missing and by when."""
    with moving("superior-refused", task_id, actor, version) as step:
        return_to_unit(
            step,
            Decision.Kind.SUPERIOR_REFUSED,
            missing=missing,
            missing_by=missing_by,
            document_no=_number(document_no),
        )
    return step.row


def _number(document_no: str) -> str:
    if not document_no.strip():
        raise Refused("请填写文号")
    return document_no.strip()
