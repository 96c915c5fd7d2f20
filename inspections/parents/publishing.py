"""From counts to results, so that neither a result nor the difference of two tells of fewer than ten people.

Four rules, each closing one way of subtracting (docs/decisions/0105):
1. a result is of ten answers at least, and is renewed only when ten more, or none, have come;
2. results change on fixed days alone, by what was counted before that day;
3. a small school has none of its own: its group is fixed when the window opens, and no school of a group is
   given apart from it;
4. whatever is larger (the county) is the sum of results, never of counts, so that nothing is left over when
   the parts are taken away. Stages are never given apart: a limit judges each answer by its stage first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from inspections.models import Survey, SurveyCount, SurveyResult
from inspections.parents.counting import questions_of
from inspections.parents.questions import DECLINE, OVER, UNSURE, WITHIN, Question
from shuangjian.policy.judging import judge, limit_at
from shuangjian.policy.models import Limit
from shuangjian.policy.selectors import current_rulebook

LEAST = 10

Published = dict[str, int]
Counts = dict[tuple[int, str], Counter[str]]  # by group and question


def renew(survey: Survey, before: date) -> int:
    """Renew the results of ``survey`` by what was counted before the day; how many changed.

    The survey's row is locked by the caller.
    """
    known = {(row.group_id, row.question): row for row in survey.results.all()}
    changed = 0
    for (group, question), counts in sorted(_counted(survey, before).items()):
        n = counts.total()
        row = known.get((group, question))
        if n < LEAST or (row is not None and n - row.n < LEAST):
            continue
        SurveyResult.objects.update_or_create(
            survey=survey,
            group_id=group,
            question=question,
            defaults={"n": n, "answers": dict(sorted(counts.items())), "published_on": before},
        )
        changed += 1
    return changed


def _counted(survey: Survey, before: date) -> Counts:
    """What can be published of every group and question, as far as it was counted before the day."""
    questions = {one.code: one for one in questions_of(survey)}
    limits = _limits(questions.values(), survey.opens_on)
    groups = dict(survey.units.values_list("school_id", "group_id"))
    found: Counts = defaultdict(Counter)
    for row in SurveyCount.objects.filter(survey=survey, day__lt=before):
        for code, told in row.answers.items():
            if (question := questions.get(code)) is not None:
                found[groups[row.school_id], code].update(
                    _said(question, row.stage, told, limits.get(code, []))
                )
    return found


def _said(question: Question, stage: str, told: Mapping[str, int], limits: list[Limit]) -> Published:
    """The answers of one stage as they are published; 不想回答 is no answer."""
    given = {answer: count for answer, count in told.items() if answer != DECLINE}
    if not question.figure:
        return given
    values = {one.code: one.value for one in question.answers}
    limit = next((one for one in limits if not one.stages or stage in one.stages), None)
    said: Published = {}
    for answer, count in given.items():
        if limit is None or not values.get(answer):
            word = UNSURE
        else:
            word = WITHIN if judge(limit, values[answer]).is_within else OVER
        said[word] = said.get(word, 0) + count
    return said


def _limits(questions: Iterable[Question], on: date) -> dict[str, list[Limit]]:
    """By question the limits in force on the day that judge it."""
    named = {one.code: one for one in questions if one.figure}
    rows = list(
        Limit.objects.filter(
            indicator__item__rule__rulebook=current_rulebook(),
            indicator__item__code__in={item for one in named.values() for item in one.items},
            indicator__name__in={one.figure for one in named.values()},
        ).select_related("indicator__item")
    )
    in_force = limit_at(rows, on)
    return {
        code: [
            limit
            for limit in in_force
            if limit.indicator.item.code in one.items and limit.indicator.name == one.figure
        ]
        for code, one in named.items()
    }
