"""For the tests of the parents' questionnaire: a window, its codes, sheets as a phone sends them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.test import Client

from inspections.models import Survey, SurveyCode, SurveyCount
from inspections.parents.counting import questions_of
from inspections.workflows import surveys
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term
from tests.cast import Cast

_HIDDEN = re.compile(r'<input type="hidden" name="(\w[\w-]*)" value="([^"]*)">')


def drafted(cast: Cast, term: Term, *, opens_on: date | None = None, **changed: Any) -> Survey:
    """A window of two weeks on the yearly list, from today or the day that is given."""
    opens_on = opens_on or clock.today()
    values = {
        "opens_on": opens_on,
        "closes_on": opens_on + timedelta(days=14),
        "plan_name": "2026年督导计划",
        "approval_no": "云教督〔2026〕3号",
    }
    return surveys.create(actor=cast.task_force, term=term, **values | changed)  # type: ignore[arg-type]


def opened(cast: Cast, **changed: Any) -> Survey:
    """The window of the term, open from today."""
    survey = drafted(cast, Term.objects.get(code="2026-autumn"), **changed)
    return surveys.open_window(survey_id=survey.pk, actor=cast.task_force)  # type: ignore[arg-type]


def address_of(school: Organisation) -> str:
    return f"/q/{SurveyCode.objects.get(school=school, retired_on=None).text}/"


def hidden_of(page: str) -> dict[str, str]:
    """What the page carries along unseen."""
    return {name: value for name, value in _HIDDEN.findall(page) if name != "csrfmiddlewaretoken"}


def good_sheet(survey: Survey, stage: str, **changed: str) -> dict[str, str]:
    """A whole sheet of the stage: the first answer to each question, some of them changed."""
    answers = {one.code: one.answers[0].code for one in questions_of(survey, stage)}
    return {**answers, **changed}


def hand_in(
    client: Client,
    survey: Survey,
    school: Organisation,
    stage: str = "upper",
    *,
    key: str = "",
    **changed: str,
) -> Any:
    """Hand a whole sheet in at once, as its last screen does; the answer of the portal."""
    sheet = {"stage": stage, "screen": "99", "go": "next", **good_sheet(survey, stage, **changed)}
    return client.post(address_of(school), {**sheet, **({"sheet": key} if key else {})})


def totals(survey: Survey, school: Organisation) -> tuple[int, dict[str, Counter[str]]]:
    """(sheets, answers by question) that were counted of the school, over days and stages."""
    sheets, answers = 0, {}  # type: ignore[var-annotated]
    for row in SurveyCount.objects.filter(survey=survey, school=school):
        sheets += row.sheets
        for code, told in row.answers.items():
            answers.setdefault(code, Counter()).update(told)
    return sheets, answers
