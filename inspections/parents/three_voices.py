"""What a school says of itself, what inspectors saw there, what its parents say: by rule and term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspections.parents.voice import Voice
from inspections.reports.data import RuleLine
from inspections.reports.records import Book, Records
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.judging import conclusion
from shuangjian.policy.models import Term


@dataclass(frozen=True)
class RuleVoices:
    """One rule. ``own`` and ``seen``: meets, partly, fails, na, "" where nothing was said."""

    rule: RuleLine
    own: str
    seen: str
    parents: list[Voice]


def three_voices(unit: Organisation, term: Term, voices: Mapping[str, Voice | None]) -> list[RuleVoices]:
    """The rules of which parents are asked; ``voices`` as ``parents_voice`` gives them."""
    book = Book.of(term)
    records = Records.of(term, [unit], clock.now(), book)
    own, seen = records.answers.get(unit.pk, {}), records.seen.get(unit.pk, {})
    codes: dict[int, list[str]] = {}
    for item in book.items:
        codes.setdefault(item.rule.number, []).append(item.code)
    said: dict[int, list[Voice]] = {}
    for voice in filter(None, voices.values()):
        for code in voice.question.rules:
            said.setdefault(int(code.removeprefix("R")), []).append(voice)
    return [
        RuleVoices(
            rule,
            _of(own, codes.get(rule.number, [])),
            _of(seen, codes.get(rule.number, [])),
            said[rule.number],
        )
        for rule in book.rules
        if rule.number in said
    ]


def _of(values: Mapping[str, str], codes: list[str]) -> str:
    return conclusion(values[code] for code in codes if values.get(code))
