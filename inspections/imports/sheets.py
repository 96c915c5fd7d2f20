"""Tables of columns: the template is printed from them, an uploaded workbook is read by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

REQUIRED_MARK = "（必填）"
NOTES_SHEET = "填写说明"
VERSION_MARK = "模板"
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` says how a cell is read: a key of ``reading.READERS``.

    ``field`` is that of the form in which the same fact is filled in by hand, so that a workbook can say
    nothing that a form could not. ``unit`` may stand behind a number; ``also``: headings people use for it;
    ``spellings``: other words for its ``choices``, understood but not offered.
    """

    field: str
    heading: str
    kind: str = "text"
    required: bool = False
    hint: str = ""
    example: str = ""
    choices: Choices | None = None
    spellings: tuple[tuple[str, str], ...] = ()
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

    ``ignored``: headings of columns that people's own lists have and nobody asks for.
    ``title``: the row above the headings of the template, by which a file tells what it was printed for.
    """

    name: str
    kind: str
    columns: tuple[Column, ...]
    holds: str = "units"
    needed: tuple[str, ...] = ("code",)
    title: str = ""
    ignored: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)


def titled(sheet: Sheet, about: str) -> Sheet:
    """The sheet under a title that says what it is about and which version of its columns it has."""
    return replace(sheet, title=f"{about}　{VERSION_MARK}{_version_of(sheet)}")


def _version_of(sheet: Sheet) -> str:
    """Changes when the columns do."""
    told = "\n".join(f"{column.field} {column.printed} {column.kind}" for column in sheet)
    return hashlib.sha256(told.encode()).hexdigest()[:6]


def fault_of_title(titles: Sequence[str], sheet: Sheet) -> str:
    """Why a file with these titles is not of today's template; empty where it is, or does not say."""
    told = next((title for title in titles if VERSION_MARK in title and title.startswith(sheet.name)), None)
    if told is None or _plain(told) == _plain(sheet.title):
        return ""
    if _plain(told).partition(VERSION_MARK)[0] != _plain(sheet.title).partition(VERSION_MARK)[0]:
        return f"是“{told.partition('　')[0]}”的表，现在填的是“{sheet.title.partition('　')[0]}”，请下载新表"
    return "是旧版的表，列有了变化，请下载新表，把内容粘贴过去"


def _plain(text: str) -> str:
    return "".join(text.split())
