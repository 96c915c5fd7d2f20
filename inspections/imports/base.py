"""What kinds of workbook have in common: rows about units, who may, rows that are written one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse

from inspections.imports.plans import PlannedRow
from inspections.models import ImportRow
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal.errors import DomainError

# Of a row that was written: the unit that it is about, or why it was refused.
Outcome = Organisation | DomainError


class UnitRows:
    """Words and addresses of a kind whose rows are each about one unit, known by its code."""

    noun: ClassVar[str] = "个单位"
    key_heading: ClassVar[str] = "代码"
    filled_label: ClassVar[str] = "下载带现有单位的表"

    def address_of(self, row: ImportRow) -> str:
        return reverse("unit", args=[row.organisation.code]) if row.organisation is not None else ""


class Permitted:
    """Whoever holds ``permission`` reads it in."""

    permission: ClassVar[str]

    def may(self, user: User) -> bool:
        kind: Any = self  # no row of a table
        return user.has_perm(self.permission, kind)


class OneByOne:
    """Each row in a transaction of its own: its services take locks that no file should hold for long."""

    at_once: ClassVar[int] = 1

    def write(self, planned: Sequence[PlannedRow], user: User, rows: Sequence[ImportRow]) -> list[Outcome]:
        return [self._written(one, user, row) for one, row in zip(planned, rows, strict=True)]

    def _written(self, planned: PlannedRow, user: User, row: ImportRow) -> Outcome:
        try:
            with transaction.atomic():
                return self.write_one(planned, user, row)
        except DomainError as refused:
            return refused

    def write_one(self, planned: PlannedRow, user: User, row: ImportRow) -> Organisation:
        """Do one row by the services of its noun; the unit that it is about. Raises DomainError."""
        raise NotImplementedError
