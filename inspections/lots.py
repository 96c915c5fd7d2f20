"""Drawing by lot: every draw of the portal, so that whoever has its published inputs draws the same again.

The generator is Python's ``random.Random`` seeded with a text; ``sample`` picks. A double draw (双随机) takes
its lists as one frozen document, hashed with SHA-256 over its canonical JSON (keys sorted, no blanks, UTF-8),
and seeds itself with the hash and the announced seed: another list is another draw. Nothing is read here but
the arguments.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypedDict


class FrozenUnit(TypedDict):
    """A unit that can be drawn."""

    code: str
    name: str


class FrozenInspector(TypedDict):
    """A person who can be drawn. ``barred``: codes of the units to which he does not go (回避)."""

    key: int
    name: str
    barred: list[str]


class Frozen(TypedDict):
    """All that a double draw is made from, as it was published. ``salt`` hides the list behind its hash."""

    no: str
    salt: str
    unit_count: int
    team_size: int
    most_per_inspector: int
    units: list[FrozenUnit]
    left_out: list[dict[str, str]]
    inspectors: list[FrozenInspector]


class Drawn(TypedDict):
    """One unit in the order of drawing and its team; an empty one where not enough people could go."""

    unit: str
    team: list[int]


def new_seed() -> str:
    """A seed that nobody knows before the draw: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def draw_share(pool: list[str], share: int, seed: str) -> list[str]:
    """``share`` per cent of ``pool``, rounded up, in the order of the pool: the same seed, the same list."""
    chosen = set(_generator(seed).sample(pool, ceil(len(pool) * share / 100)))
    return [number for number in pool if number in chosen]


def hash_of(frozen: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    text = json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def draw_double(frozen: Frozen, seed: str) -> list[Drawn]:
    """Units, then a team for each of them in the order of drawing.

    Nobody goes where he is barred, nor to more units than ``most_per_inspector``. Where fewer can go than
    the team needs, the unit stays without one and is staffed by hand.
    """
    lots = _generator(f"{hash_of(frozen)}:{seed}")
    codes = [unit["code"] for unit in frozen["units"]]
    visits_of = {person["key"]: 0 for person in frozen["inspectors"]}
    drawn: list[Drawn] = []
    for code in lots.sample(codes, min(frozen["unit_count"], len(codes))):
        free = [
            person["key"]
            for person in frozen["inspectors"]
            if code not in person["barred"] and visits_of[person["key"]] < frozen["most_per_inspector"]
        ]
        team = lots.sample(free, frozen["team_size"]) if len(free) >= frozen["team_size"] else []
        for key in team:
            visits_of[key] += 1
        drawn.append({"unit": code, "team": team})
    return drawn


def _generator(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 (a draw that anybody can repeat, no secret)


@dataclass(frozen=True)
class Replay:
    """A draw made again: what it gives, and each thing that does not agree, as a sentence."""

    hash: str
    drawn: list[Drawn]
    faults: list[str]

    @property
    def agrees(self) -> bool:
        return not self.faults


def replay(
    frozen: Frozen, *, seed: str, list_hash: str, recorded: Sequence[Drawn], witnessed_hash: str
) -> Replay:
    """Draw again from the published inputs and compare.

    ``witnessed_hash`` is the hash that the audit trail kept at the announcement: it shows a list that was
    changed together with its hash.
    """
    found = hash_of(frozen)
    drawn = draw_double(frozen, seed) if seed else []
    faults = []
    if found != list_hash:
        faults.append(f"名单与公布的校验码不符：公布的是{list_hash}，现在的名单算得{found}")
    if witnessed_hash != list_hash:
        faults.append(f"校验码与公布时留痕的不符：留痕的是{witnessed_hash or '（没有）'}，现在是{list_hash}")
    if drawn != list(recorded):
        faults.append("用公布的名单和种子重抽，结果与登记的不同")
    return Replay(found, drawn, faults)
