"""The questions as data: read once from questions.yaml, checked, the same for every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DECLINE = "decline"
DECLINE_WORDS = "不想回答"
# A question with a limit is published by what the limit says of the answer, never by stage: a stage of a
# small school would be a group of its own.
WITHIN, OVER, UNSURE = "within", "over", "unsure"
JUDGED = {WITHIN: "在规定以内", OVER: "超过规定", UNSURE: "不清楚"}


@dataclass(frozen=True)
class Answer:
    code: str
    words: str
    value: str = ""  # what a limit judges: minutes, hours, a time of day


@dataclass(frozen=True)
class Question:
    """One question. ``good``: the published answers that are as they should be."""

    code: str
    part: str
    text: str
    rules: tuple[str, ...]
    answers: tuple[Answer, ...]
    good: frozenset[str]
    stages: frozenset[str] = frozenset()
    items: tuple[str, ...] = ()
    figure: str = ""
    hint: str = ""

    @property
    def is_optional(self) -> bool:
        return self.part == "goals"

    @property
    def codes(self) -> frozenset[str]:
        """What a sheet may say to it."""
        return frozenset(one.code for one in self.answers) | {DECLINE}

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [*((one.code, one.words) for one in self.answers), (DECLINE, DECLINE_WORDS)]

    @property
    def published(self) -> dict[str, str]:
        """The words of what is published of it, in order."""
        return dict(JUDGED) if self.figure else {one.code: one.words for one in self.answers}

    def is_asked_of(self, stage: str) -> bool:
        return not self.stages or stage in self.stages


@dataclass(frozen=True)
class Sheet:
    """The whole file: stages, questions by code in their order, tips for the family."""

    stages: Mapping[str, str]
    parts: Mapping[str, str]
    questions: Mapping[str, Question]
    tips: tuple[str, ...]


@lru_cache(maxsize=1)
def sheet() -> Sheet:
    """The file, read once a process. Raises ValueError where it contradicts itself."""
    path = Path(__file__).with_name("questions.yaml")
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = {one["code"]: _question(one) for one in raw["questions"]}
    if len(found) != len(raw["questions"]):
        raise ValueError("a question's code is given twice")
    return Sheet(
        stages={one["code"]: one["words"] for one in raw["stages"]},
        parts={one["code"]: one["title"] for one in raw["parts"]},
        questions=found,
        tips=tuple(raw["tips"]),
    )


def _question(raw: Mapping[str, Any]) -> Question:
    answers = tuple(Answer(one["code"], one["words"], one.get("value", "")) for one in raw["answers"])
    good = frozenset(raw.get("good", [])) or frozenset({WITHIN})
    question = Question(
        code=raw["code"],
        part=raw["part"],
        text=raw["text"],
        rules=tuple(raw["rules"]),
        answers=answers,
        good=good,
        stages=frozenset(raw.get("stages", [])),
        items=tuple(raw.get("items", [])),
        figure=raw.get("figure", ""),
        hint=raw.get("hint", ""),
    )
    if not good <= set(question.published) or bool(question.figure) == ("good" in raw):
        raise ValueError(f"{question.code} is judged neither by a limit nor by its good answers, or by both")
    return question


def asked_in(season: str, *, with_goals: bool) -> list[Question]:
    """What a term asks, in order; ``season``: autumn or spring."""
    parts = ["school", season, *(["goals"] if with_goals else [])]
    return [one for part in parts for one in sheet().questions.values() if one.part == part]
