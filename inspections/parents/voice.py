"""What the parents say, for pages and reports: only ever what was published (publishing.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from inspections.models import Survey, SurveyResult, SurveyUnit
from inspections.parents.counting import questions_of
from inspections.parents.questions import Question
from inspections.reports.data import Share
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term


@dataclass(frozen=True)
class Voice:
    """The answers to one question: ``n`` people, ``answers`` by code, never fewer than ten."""

    question: Question
    n: int
    answers: Mapping[str, int]

    @property
    def good(self) -> Share:
        """Those who say that it is as it should be."""
        return Share(sum(self.answers.get(code, 0) for code in self.question.good), self.n)

    @property
    def said(self) -> str:
        """The answers that are as they should be, in words: 没有, 自愿或没有参加."""
        return "或".join(
            words for code, words in self.question.published.items() if code in self.question.good
        )

    @property
    def lines(self) -> list[tuple[str, Share]]:
        """(answer in words, share), in the order of the question."""
        published = self.question.published.items()
        return [(words, Share(self.answers.get(code, 0), self.n)) for code, words in published]


def parents_voice(term: Term, unit: Organisation | None = None) -> dict[str, Voice | None]:
    """By question of the term's window what the parents of a school say, of the county without a unit.

    None under ten answers. A school that belongs to a group gets its group's. Empty where no window was
    opened in the term, or the unit was not asked. The county is the sum of what was published.
    """
    survey = Survey.objects.exclude(state=Survey.State.DRAFT).filter(term=term).select_related("term").first()
    if survey is None:
        return {}
    results = SurveyResult.objects.filter(survey=survey)
    if unit is not None:
        asked = SurveyUnit.objects.filter(survey=survey, school=unit).first()
        if asked is None:
            return {}
        results = results.filter(group_id=asked.group_id)
    found: dict[str, Counter[str]] = {}
    for code, answers in results.values_list("question", "answers"):
        found.setdefault(code, Counter()).update(answers)
    return {one.code: _voice(one, found.get(one.code)) for one in questions_of(survey)}


def _voice(question: Question, answers: Counter[str] | None) -> Voice | None:
    return Voice(question, answers.total(), dict(answers)) if answers else None
