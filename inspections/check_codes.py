"""验证码 XXXX-XXXX at the foot of what is printed for good: where it comes from, and what one leads to.

A code is derived from number, date and content before the file is set, so the same document has the same one
whenever it is set again. It proves nothing by itself: it leads to the record, whose SHA-256 does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from inspections.models import CloseOutForm, Paper, SupervisionReport
from inspections.models.signing import SignedDocument
from shuangjian import clock
from shuangjian.accounts.models import User

# 32 letters without those that are read for another: O, I, L (typed in, they count as 0 and 1) and U.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")


def check_code_of(row: SignedDocument) -> str:
    """The code of a signed document."""
    return code_of([row.document_no, str(row.signed_on), row.title, *row.content])


def code_of(content: Any) -> str:
    """The code of plain JSON values."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:5])
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(8)))
    return f"{letters[:4]}-{letters[4:]}"


def as_printed(typed: str) -> str:
    """A code as somebody typed it or read it out, as it is printed; empty where it can be none."""
    letters = "".join(typed.upper().translate(_MISREAD).split()).replace("-", "").replace("－", "")
    if len(letters) != 8 or set(letters) - set(_LETTERS):
        return ""
    return f"{letters[:4]}-{letters[4:]}"


@dataclass(frozen=True)
class Checked:
    """What a code leads to, as the page of codes prints it."""

    title: str
    number: str
    on: date | None
    state: str
    stands: bool
    reason: str
    sha256: str
    url: str


def checked(user: User, typed: str) -> list[Checked]:
    """The documents with this code that exist for the person. One query a noun."""
    code = as_printed(typed)
    if not code:
        return []
    papers = Paper.objects.visible_to(user).filter(check_code=code, final_file__isnull=False)
    reports = SupervisionReport.objects.visible_to(user).filter(check_code=code, final_file__isnull=False)
    forms = CloseOutForm.objects.visible_to(user).filter(check_code=code, file__isnull=False)
    return [
        *(_signed(row, "paper") for row in papers.defer("data", "sections")),
        *(_signed(row, "report") for row in reports.defer("data", "sections")),
        *(_form(row) for row in forms.select_related("task__problem__organisation").defer("data")),
    ]


def _signed(row: SignedDocument, noun: str) -> Checked:
    return Checked(
        title=row.title,
        number=row.document_no,
        on=row.signed_on,
        state=row.get_state_display(),
        stands=row.state == SignedDocument.State.ISSUED,
        reason=row.withdrawn_reason,
        sha256=row.final_sha256,
        url=reverse(noun, args=[row.no]),
    )


def _form(row: CloseOutForm) -> Checked:
    return Checked(
        title=f"销号确认单（{row.organisation.name}）",
        number=row.task.close_no,
        on=clock.local_day(row.ordered_at),
        state="已打印",
        stands=True,
        reason="",
        sha256=row.sha256,
        url=reverse("close-form", args=[row.no]),
    )
