"""The rules as one would tell them to a parent (data/plain.yaml), and what is done about each in this county.

The words are the portal's own and quote no figure. What is done is counted by the app that has the records
(``count_by``): policy lies below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FEWEST_TOLD = 5  # reliability rule 26: of fewer one says that they are few
_counters: list[Callable[[str], Sequence[tuple[str, str]]]] = []


@dataclass(frozen=True)
class Plain:
    """What a rule says, and what a parent can do."""

    says: str
    do: str


@lru_cache(maxsize=1)
def _all() -> dict[str, Plain]:
    path = Path(__file__).with_name("data") / "plain.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {code: Plain(**words) for code, words in raw.items()}


def plain_words(rule_code: str) -> Plain | None:
    """Of a rule of the nation; None of the county's own."""
    return _all().get(rule_code)


def in_public(count: int, measure: str) -> str:
    """A count as strangers read it: 「少于5个」 where it is small, so that nobody is guessed."""
    if 0 < count < FEWEST_TOLD:
        return f"少于{FEWEST_TOLD}{measure}"
    return f"{count}{measure}"


def count_by(counter: Callable[[str], Sequence[tuple[str, str]]]) -> None:
    """Say what is done about a rule: ``counter(code)`` gives (what, count in words). Call in ready()."""
    if counter not in _counters:
        _counters.append(counter)


def done_in_the_county(rule_code: str) -> list[tuple[str, str]]:
    """What all apps know of the rule, in their order."""
    return [line for counter in _counters for line in counter(rule_code)]
