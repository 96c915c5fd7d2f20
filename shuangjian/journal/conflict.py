"""Two people and one row: the second save of a stale version is refused, never merged silently."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from shuangjian.journal.errors import DomainError
from shuangjian.journal.models import Versioned


class StaleRow(DomainError):
    """The row changed since the person opened it; carries the row as it is now."""

    status = 409

    def __init__(self, subject: Versioned) -> None:
        super().__init__("这一项刚被别人改过，请对照后再提交")
        self.subject = subject


def check_version(row: Any, version: int | None) -> None:
    """Raise StaleRow unless the locked ``row`` still has ``version``; None (commands, jobs) isn't checked."""
    if version is not None and row.version != version:
        raise StaleRow(row)


def posted_version(request: HttpRequest) -> int | None:
    """The version that the person was looking at, from the form guard; None where there is no number."""
    raw = request.POST.get("_version", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 10 else None
