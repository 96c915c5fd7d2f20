"""A sheet on its way over the screens: it lives in the page's forms alone, nothing is kept here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from inspections.models import Survey
from inspections.parents.counting import questions_of
from inspections.parents.questions import Question
from shuangjian.accounts.models import Organisation
from shuangjian.policy.scope import stage_grades

A_SCREEN = 3  # questions
STAGES = ("lower", "upper", "junior", "senior")
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Filling:
    """What a parent has said so far: the stage, answers that fit it, the random number of the form.

    ``screen``: the one that was shown last, 0 the stage's. Whatever does not fit is dropped.
    """

    questions: list[Question]  # of the stage, in order; all of the window before one was chosen
    stage: str
    answers: Mapping[str, str]
    screen: int
    key: str

    @classmethod
    def read(cls, survey: Survey, school: Organisation, posted: Mapping[str, str]) -> Filling:
        stage = posted.get("stage", "")
        stage = stage if stage in stages_of(school) else ""
        questions = questions_of(survey, stage)
        answers = {
            one.code: posted[one.code] for one in questions if stage and posted.get(one.code) in one.codes
        }
        key = posted.get("sheet", "")
        last = len(_screens(questions))
        number = posted.get("screen", "")
        return cls(
            questions=questions,
            stage=stage,
            answers=answers,
            screen=min(int(number), last) if stage and re.fullmatch("[0-9]{1,2}", number) else 0,
            key=key if _KEY.fullmatch(key) else secrets.token_hex(16),
        )

    @property
    def screens(self) -> list[list[Question]]:
        return _screens(self.questions)

    def on(self, screen: int) -> list[Question]:
        """The questions of a screen; none of the stage's."""
        return self.screens[screen - 1] if screen else []

    def numbers(self, screen: int) -> list[int]:
        """Their numbers, counted through the sheet."""
        before = sum(len(one) for one in self.screens[: screen - 1]) if screen else 0
        return [before + place + 1 for place in range(len(self.on(screen)))]

    def elsewhere(self, screen: int) -> list[tuple[str, str]]:
        """The answers that the page carries along unseen."""
        here = {one.code for one in self.on(screen)}
        return [(code, answer) for code, answer in self.answers.items() if code not in here]

    @property
    def first_missing(self) -> int:
        """The first screen on which a question that is asked of everybody has no answer; 0: all have one."""
        for number, screen in enumerate(self.screens, start=1):
            if any(one.code not in self.answers and not one.is_optional for one in screen):
                return number
        return 0


def stages_of(school: Organisation) -> list[str]:
    """The stages that the school teaches, in order."""
    facts = school.school
    return [one for one in STAGES if set(stage_grades(facts.system, [one])) & set(facts.grades)]


def _screens(questions: list[Question]) -> list[list[Question]]:
    """A few questions each; another part begins on a screen of its own."""
    screens: list[list[Question]] = []
    for one in questions:
        if not screens or len(screens[-1]) == A_SCREEN or screens[-1][0].part != one.part:
            screens.append([])
        screens[-1].append(one)
    return screens
