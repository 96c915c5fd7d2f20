"""What the home page tells strangers beside its fixed entries: apps that know something say so here.

An app gives the latest of what it has, or nothing; the page asks each time it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

MOST = 3  # lines of one kind (ux.md §1.2)


@dataclass(frozen=True)
class Line:
    """One line: its day, what it says, where it leads (empty: nowhere)."""

    on: date
    words: str
    url: str = ""


_notices: list[Callable[[], Sequence[Line]]] = []
_results: list[Callable[[], Sequence[Line]]] = []


def tell_notices(lines: Callable[[], Sequence[Line]]) -> None:
    """Let an app put notices on the home page. Call in ready()."""
    _notices.append(lines)


def tell_results(lines: Callable[[], Sequence[Line]]) -> None:
    """Let an app put published results on the home page. Call in ready()."""
    _results.append(lines)


def _latest(sources: Sequence[Callable[[], Sequence[Line]]], most: int) -> list[Line]:
    found = [line for source in sources for line in source()]
    return sorted(found, key=lambda line: line.on, reverse=True)[:most]


def notices() -> list[Line]:
    return _latest(_notices, MOST)


def latest_result() -> Line | None:
    return next(iter(_latest(_results, 1)), None)
