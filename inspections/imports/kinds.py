"""The kinds of workbook that can be read in, by the name that their addresses carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.registers.kind import RegisterImport, registers_kept_by
from inspections.imports.units.kind import UNITS
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal.errors import DomainError
from shuangjian.registers import definitions


class Kind(Protocol):
    """One kind of workbook. All but ``write`` only read."""

    @property
    def what(self) -> str:
        """Its name in addresses and rows."""

    @property
    def title(self) -> str:
        """单位名单"""

    @property
    def guidance(self) -> str:
        """How its template is filled in, in two sentences."""

    @property
    def has_blank(self) -> bool:
        """Is there an empty template beside the one with what is on record?"""

    def may(self, user: User) -> bool:
        """May the person read one in?"""

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        """(file name, workbook) to fill in: empty, or with what is on record."""

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        """The dry run of a workbook by this person."""

    @property
    def at_once(self) -> int:
        """How many rows are written in one transaction."""

    def write(self, planned: Sequence[PlannedRow], user: User) -> list[Organisation | DomainError]:
        """Do the rows by the services of their noun; of each the unit it is about, or why it was refused.

        A refused row has written nothing and leaves the others alone.
        """


def find(what: str) -> Kind | None:
    """The kind of this name."""
    if what == UNITS.what:
        return UNITS
    register = definitions.find(what)
    return RegisterImport(register) if register is not None and RegisterImport.reads(register) else None


def open_to(user: User) -> list[Kind]:
    """The kinds that the person may read in, in order."""
    kinds: list[Kind] = [UNITS] if UNITS.may(user) else []
    return [*kinds, *registers_kept_by(user)]
