"""Sentences that are nearly the same: shingles of characters, min-hashes in bands, then the true likeness.

Source of the method: Broder, On the resemblance and containment of documents (1997). Pure: no query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import Generic, TypeVar

SHORTEST = 12  # characters that carry meaning: a shorter sentence is the same by chance
ALIKE = 0.85  # share of two sentences' pairs of characters that they have in common
_BANDS, _ROWS = 10, 5  # finds 997 of 1000 pairs that are alike, offers one of ten that are half alike
_NO_MEANING = re.compile(r"[\W_]+")
Key = TypeVar("Key", bound=Hashable)


def plain(text: str) -> str:
    """A sentence without what does not change it: width of characters, blanks, punctuation."""
    return _NO_MEANING.sub("", unicodedata.normalize("NFKC", text)).lower()


def shingles(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a plain sentence."""
    return frozenset(one + other for one, other in pairwise(text))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


def groups(texts: Mapping[Key, str]) -> list[list[Key]]:
    """The keys of sentences that are nearly the same, those of two and more, in the order given."""
    by_text: dict[str, list[Key]] = {}
    for key, text in texts.items():
        words = plain(text)
        if len(words) >= SHORTEST:
            by_text.setdefault(words, []).append(key)
    sets = {words: shingles(words) for words in by_text}
    joined = Joined(by_text)
    for one, other in _candidates(sets):
        if not joined.are_together(one, other) and alike(sets[one], sets[other]):
            joined.join(one, other)
    found = [[key for words in group for key in by_text[words]] for group in joined.groups()]
    return [group for group in found if len(group) > 1]


def _candidates(sets: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Pairs that share a band of their min-hashes: nearly all that are alike, few others."""
    buckets: dict[tuple[int, ...], list[str]] = {}
    for words, parts in sets.items():
        hashes = [int.from_bytes(blake2b(part.encode(), digest_size=8).digest(), "big") for part in parts]
        for band in range(_BANDS):
            lowest = (min((value ^ _SALTS[band * _ROWS + row]) for value in hashes) for row in range(_ROWS))
            buckets.setdefault((band, *lowest), []).append(words)
    for bucket in buckets.values():
        for at, one in enumerate(bucket):
            for other in bucket[at + 1 :]:
                yield one, other


_SALTS = [
    int.from_bytes(blake2b(f"salt {number}".encode(), digest_size=8).digest(), "big")
    for number in range(_BANDS * _ROWS)
]


class Joined(Generic[Key]):
    """Keys that are joined pair by pair into groups."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._above: dict[Key, Key] = {key: key for key in keys}

    def _top(self, key: Key) -> Key:
        while self._above[key] != key:
            self._above[key] = self._above[self._above[key]]
            key = self._above[key]
        return key

    def join(self, one: Key, other: Key) -> None:
        self._above[self._top(other)] = self._top(one)

    def are_together(self, one: Key, other: Key) -> bool:
        return self._top(one) == self._top(other)

    def groups(self) -> list[list[Key]]:
        found: dict[Key, list[Key]] = {}
        for key in self._above:
            found.setdefault(self._top(key), []).append(key)
        return list(found.values())
