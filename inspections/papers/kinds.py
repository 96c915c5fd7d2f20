"""What a kind of paper consists of, and what one is drafted from. Each kind has its module beside this one.

load (the only queries) → text (pure) → template → PDF. A new kind: its label in ``Paper.Kind``, its module
with a ``PaperKind``, its form in forms/papers.py, its line in registry.py, and a template where none fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from inspections.models import Paper, RectificationTask, Sanction, Visit
from inspections.reports.blocks import Text
from inspections.standing import Slot, Standing
from shuangjian.accounts.models import County, Organisation

EXAMPLES = {
    "单位": "某小学",
    "发文机关": "某县教育局",
    "联系方式": "整改情况在某县双减工作平台填报，联系电话0000-6120000。",
}
Given = Mapping[str, Any]  # what the drafter typed in beside the records, as plain JSON


@dataclass(frozen=True)
class Subject:
    """What a paper is drafted from: the unit that it is about, its occasion, the cases that it speaks of."""

    organisation: Organisation
    visit: Visit | None = None
    tasks: tuple[RectificationTask, ...] = ()
    sanction: Sanction | None = None
    department: Organisation | None = None  # to which a letter goes


@dataclass(frozen=True)
class PaperKind:
    """One kind. ``load`` gives a frozen dataclass of type ``figures``; ``text`` makes blocks of it.

    ``fault`` says why it cannot be drafted from a subject (empty: it can). ``sections``: (key, title, hint)
    of what the office writes, ``required`` those without which it isn't sent to the leader. ``slots``: its
    standing texts, ``examples`` of their placeholders' values, which ``values`` takes from the figures.
    ``about``: what its page begins from. A record has neither issuer's number nor texts: it is made in one
    go.
    """

    key: Paper.Kind
    issuer: Literal["bureau", "office"]  # never the task force (P11)
    figures: type
    fault: Callable[[Subject], str]
    load: Callable[[Subject, Given], Any]
    text: Callable[[Any, Mapping[str, str], Standing], Text]
    about: Literal["problems", "case", "sanction", "unit"] = "problems"
    addressee: Callable[[Any], str] = lambda data: str(data.to.line)
    sections: tuple[tuple[str, str, str], ...] = ()
    required: tuple[str, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=lambda: {"closing": closing()})
    examples: Mapping[str, str] = field(default_factory=lambda: EXAMPLES)
    values: Callable[[Any], Mapping[str, str]] = lambda data: values_of(data)
    template: str = "papers/letter.html"
    from_unit: bool = True  # can be drafted from a unit's open cases, not from a visit alone
    has_receipt: bool = True  # a 送达回证 to cut off
    reply: str = ""  # the template of a 回执 on a page of its own, to be filled in and returned

    @property
    def is_record(self) -> bool:
        return self.key in Paper.RECORDS

    def code_of(self, names: County) -> str:
        """The 代字 under which it is counted."""
        return names.letter_code if self.issuer == "bureau" else names.doc_code


def closing(words: str = "") -> Slot:
    return Slot("结尾", "印在正文最后，一段一行；占位没有内容时，那一段不印", words)


def values_of(data: Any) -> dict[str, str]:
    """What the placeholders stand for that every kind has; a letter is about the unit, not to it."""
    unit = getattr(data, "unit", None) or data.to
    return {"单位": unit.name, "发文机关": data.issuer, "联系方式": getattr(data, "contact", "")}


def issuer_name(kind: PaperKind, names: County) -> str:
    return names.bureau_name if kind.issuer == "bureau" else names.supervision_office_name
