"""The kinds of workbook that can be read in, by the name that their addresses carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from inspections.imports.base import Outcome
from inspections.imports.old_ledger.kind import OLD_LEDGER
from inspections.imports.people.kind import PEOPLE
from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.registers.kind import RegisterImport, registers_kept_by
from inspections.imports.units.kind import UNITS
from inspections.models import ImportRow
from shuangjian.accounts.models import User
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
    def noun(self) -> str:
        """What a row of it is counted as: 个单位."""

    @property
    def key_heading(self) -> str:
        """What the keys of its rows are called; empty where they say nothing to people."""

    @property
    def permission(self) -> str:
        """The permission whose holders the page of a refusal names."""

    @property
    def guidance(self) -> str:
        """How its template is filled in, in two sentences."""

    @property
    def has_blank(self) -> bool:
        """Is there an empty template beside the one with what is on record?"""

    @property
    def filled_label(self) -> str:
        """The button that downloads the other one, where there are two."""

    @property
    def next_page(self) -> tuple[str, str]:
        """(name of a route, words): where the person goes on once it is done."""

    def may(self, user: User) -> bool:
        """May the person read one in?"""

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        """(file name, workbook) to fill in: empty, or with what is on record."""

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        """The dry run of a workbook by this person."""

    @property
    def at_once(self) -> int:
        """How many rows are written in one transaction."""

    def write(self, planned: Sequence[PlannedRow], user: User, rows: Sequence[ImportRow]) -> list[Outcome]:
        """Do the ``rows`` as planned by the services of their noun; of each what became of it.

        A refused row has written nothing and leaves the others alone.
        """

    def address_of(self, row: ImportRow) -> str:
        """The page of what a row that is done made or changed."""


_FIXED: tuple[Kind, ...] = (UNITS, OLD_LEDGER, PEOPLE)


def find(what: str) -> Kind | None:
    """The kind of this name."""
    fixed = next((kind for kind in _FIXED if kind.what == what), None)
    if fixed is not None:
        return fixed
    register = definitions.find(what)
    return RegisterImport(register) if register is not None and RegisterImport.reads(register) else None


def open_to(user: User) -> list[Kind]:
    """The kinds that the person may read in, in order."""
    return [*(kind for kind in _FIXED if kind.may(user)), *registers_kept_by(user)]
