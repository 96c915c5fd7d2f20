"""What a draft holds beside what the records say now: offered number by number, taken over only as seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from inspections import standing
from inspections.models import SupervisionReport
from inspections.reports import loading, rendering
from inspections.reports.figures import Number
from inspections.workflows import standing_texts
from shuangjian import clock
from shuangjian.journal.errors import DomainError

_TIMES = ("as_of",)  # alone they are no news


class Changed(DomainError):
    """Between looking and agreeing the records changed again."""

    status = 409

    def __init__(self) -> None:
        super().__init__("对照之后数字又有变化，没有更新，请再对照一次")


@dataclass(frozen=True)
class Difference:
    """One number that is another now. ``old`` or ``new`` is None where that side has no such number;
    equal counts mean that other rows are behind it."""

    part: str
    label: str
    measure: str
    old: int | None
    new: int | None
    gone: tuple[str, ...]  # the first words of rows that are no longer counted
    come: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """``texts`` are the standing texts that have a newer version: (title, the draft's words, those in force).

    ``digest`` stands for all that is shown.
    """

    as_of: datetime
    differences: tuple[Difference, ...]
    texts: tuple[tuple[str, str, str], ...]
    digest: str

    @property
    def is_empty(self) -> bool:
        return not self.differences and not self.texts


def compare(report: SupervisionReport) -> Comparison:
    """The draft against the records at this moment."""
    now = clock.now()
    live = loading.take_figures(
        kind=report.kind, term=report.term, organisation=report.organisation, as_of=now
    )
    texts = standing_texts.in_force(rendering.paper_of(report.kind))
    return Comparison(
        as_of=now,
        differences=tuple(_differences(report, live)),
        texts=tuple(_texts(report, texts)),
        digest=digest_of(live, texts),
    )


def digest_of(data: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """The same for the same figures and standing texts, whenever they are taken."""
    kept = {key: value for key, value in data.items() if key not in _TIMES}
    return sha256(json.dumps([kept, texts], sort_keys=True, default=str).encode()).hexdigest()


def _differences(report: SupervisionReport, live: dict[str, Any]) -> list[Difference]:
    old = rendering.numbers_of(report.kind, report.data)
    new = rendering.numbers_of(report.kind, live)
    before = {number.key: number for part in old.parts for number in part.numbers}
    found = []
    for part in new.parts:
        for number in part.numbers:
            was = before.pop(number.key, None)
            if was is None or was.rows != number.rows:
                found.append(_difference(part.title, was, number))
    gone = [number for number in before.values() if number.rows]
    return [one for one in found if one.old != one.new or one.gone or one.come] + [
        _difference("现在没有的", number, None) for number in gone
    ]


def _difference(part: str, old: Number | None, new: Number | None) -> Difference:
    shown = new or old
    assert shown is not None  # noqa: S101  (one side exists, or there would be nothing to tell)
    before, after = (set(side.rows) if side is not None else set() for side in (old, new))
    return Difference(
        part=part,
        label=shown.label,
        measure=shown.measure,
        old=old.count if old is not None else None,
        new=new.count if new is not None else None,
        gone=tuple("　".join(row[:3]) for row in (old.rows if old is not None else ()) if row not in after),
        come=tuple("　".join(row[:3]) for row in (new.rows if new is not None else ()) if row not in before),
    )


def _texts(report: SupervisionReport, now: dict[str, dict[str, object]]) -> list[tuple[str, str, str]]:
    slots = standing.PAPERS[rendering.paper_of(report.kind)].slots
    own = {key: {"text": words} for key, words in standing.own_words(rendering.paper_of(report.kind)).items()}
    kept = own | report.standing
    return [
        (slot.title, str(kept[key]["text"]), str(now[key]["text"]))
        for key, slot in slots.items()
        if kept[key]["text"] != now[key]["text"]
    ]
