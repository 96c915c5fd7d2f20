"""The codes that audit entries of this app keep, in words: parts of texts, figures, kinds of workbooks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from inspections import standing
from inspections.imports import kinds as imports
from inspections.models import BoundCell, SupervisionReport
from inspections.papers.registry import KINDS
from inspections.reports.rendering import sections_of
from inspections.returns.queries import QUERIES
from shuangjian.accounts import trail_words
from shuangjian.accounts.models import Organisation


def register() -> None:
    """Tell the auditor's page the words; called once, when the apps are ready."""
    statuses = dict(Organisation.Status.choices)
    words_of: dict[str, Callable[[str], str]] = {
        "sections": lambda code: _sections().get(code, code),
        "kind": lambda code: standing.PAPERS[code].title if code in standing.PAPERS else code,
        "key": lambda code: _slots().get(code, code),
        "query": lambda code: QUERIES[code].words if code in QUERIES else code,
        "bound": lambda code: str(dict(BoundCell.Word.choices).get(code, code)),
        "what": _workbook,
        "unit": lambda code: str(statuses.get(code, code)),
    }
    trail_words.name_codes(words_of)


@cache
def _sections() -> dict[str, str]:
    """Key -> title of every text that papers and reports are written in."""
    parts = [part for kind in KINDS.values() for part in kind.sections]
    parts += [part for kind in SupervisionReport.Kind.values for part in sections_of(kind)]
    return {key: title for key, title, _ in parts}


@cache
def _slots() -> dict[str, str]:
    return {key: slot.title for paper in standing.PAPERS.values() for key, slot in paper.slots.items()}


def _workbook(code: str) -> str:
    kind = imports.find(code)
    return kind.title if kind is not None else code
