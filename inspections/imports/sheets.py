"""Tables of columns: the template is printed from them, an uploaded workbook is read by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

REQUIRED_MARK = "（必填）"
NOTES_SHEET = "填写说明"
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` says how a cell is read: a key of ``reading.READERS``.

    ``field`` is that of the form in which the same fact is filled in by hand, so that a workbook can say
    nothing that a form could not. ``unit`` may stand behind a number; ``also``: headings people use for it.
    """

    field: str
    heading: str
    kind: str = "text"
    required: bool = False
    hint: str = ""
    example: str = ""
    choices: Choices | None = None
    width: int = 14
    unit: str = ""
    also: tuple[str, ...] = ()

    @property
    def printed(self) -> str:
        """As it stands in the heading of the template."""
        return self.heading + (REQUIRED_MARK if self.required else "")


@dataclass(frozen=True)
class Sheet:
    """One sheet. ``kind`` tells its planner what a row is; ``needed``: columns that no file may lack.

    ``title``: the row above the headings of the template, by which a file tells what it was printed for.
    """

    name: str
    kind: str
    columns: tuple[Column, ...]
    holds: str = "units"
    needed: tuple[str, ...] = ("code",)
    title: str = ""

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)
