"""A sheet becomes numbers and is gone: it is added to one row of its school, its day and its stage."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from django.db import transaction

from inspections.models import Survey, SurveyCount, SurveySheet
from inspections.parents.questions import Question, asked_in
from shuangjian import clock
from shuangjian.accounts.models import Organisation


def questions_of(survey: Survey, stage: str = "") -> list[Question]:
    """What the window asks, of one stage where it is known."""
    season = survey.term.code.rpartition("-")[2]
    asked = asked_in(season, with_goals=survey.asks_goals)
    return [one for one in asked if not stage or one.is_asked_of(stage)]


def add(*, survey: Survey, school: Organisation, stage: str, answers: Mapping[str, str], key: str) -> bool:
    """Count a sheet, whose answers were checked; False where the form with this random ``key`` did already.

    Writes no audit entry and no time: either would say when somebody answered. Locks the day's row.
    """
    digest = sha256(f"{survey.pk}:{key}".encode()).hexdigest()[:32]
    with transaction.atomic():
        _, is_new = SurveySheet.objects.get_or_create(digest=digest, defaults={"survey": survey})
        if not is_new:
            return False
        which = {"survey": survey, "school": school, "day": clock.today(), "stage": stage}
        SurveyCount.objects.bulk_create([SurveyCount(**which)], ignore_conflicts=True)
        row = SurveyCount.objects.select_for_update().get(**which)
        row.sheets += 1
        for question, answer in answers.items():
            told = row.answers.setdefault(question, {})
            told[answer] = told.get(answer, 0) + 1
        row.save(update_fields=["sheets", "answers"])
    return True
