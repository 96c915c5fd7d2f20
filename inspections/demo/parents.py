"""家长问卷 in the demo county: the finished window of the last term and the one that runs, in forty schools.

Windows are drafted, opened and ended by their workflow; what parents answered is drawn by lot as counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from inspections.demo.last_term import days_since_its_end, term_before
from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import Survey, SurveyCount, SurveyUnit
from inspections.parents.counting import questions_of
from inspections.parents.filling import stages_of
from inspections.parents.questions import DECLINE
from inspections.workflows import surveys
from shuangjian.policy.selectors import term_on

SCHOOLS = 40
FEWEST, MOST = 6, 45  # sheets of a school in a window: some stay under ten
DAYS = 10  # on which most of them come
# How often the first answer is given, the second, and so on; then 不想回答.
_WEIGHTS = (62, 21, 8, 3, 2)
_DECLINED = 4
RUNS_SINCE = 12  # days before the county's date


def stories(place: Place) -> Iterator[Story]:
    """Nothing of the last term where none is known."""
    if term_before(place) is not None:
        yield _window(place, days_since_its_end(place) + 45, "last", lasts=21)
    yield _window(place, RUNS_SINCE + 6, "now", lasts=24)


def _window(place: Place, days: int, name: str, *, lasts: int) -> Story:
    lot = place.apart(f"parents, {name}").rng
    yield place.ago(days, "10:10")
    opens_on = place.ago(days - 6).date()
    term = term_on(opens_on)
    assert term is not None  # noqa: S101  (the county's date lies in a term)
    survey = surveys.create(
        actor=place.people["zhuanban"],
        term=term,
        opens_on=opens_on,
        closes_on=opens_on + timedelta(days=lasts),
        asks_goals=True,
        plan_name=f"{term.short_title}家长问卷",
        approval_no=f"云双减〔{opens_on.year}〕6号",
    )
    yield place.ago(days - 1, "15:30")
    survey = surveys.open_window(
        survey_id=survey.pk, actor=place.people["zhuanban"], new_text=_texts(place, name)
    )
    _answer(survey, lot, until=place.as_of)


def _texts(place: Place, name: str) -> Callable[[], str]:
    """The codes of schools, the same in every build."""
    lot = place.apart(f"codes, {name}").rng
    return lambda: "".join(lot.choice(surveys.LETTERS) for _ in range(surveys.CODE_LENGTH))


def _answer(survey: Survey, lot: Random, *, until: date) -> None:
    """What comes in day by day, before the county's date."""
    units = SurveyUnit.objects.filter(survey=survey).select_related("school__school").order_by("school__code")
    found: dict[tuple[int, date, str], SurveyCount] = {}
    for unit in units[:SCHOOLS]:
        stages = stages_of(unit.school)
        for _ in range(lot.randint(FEWEST, MOST)):
            day = survey.opens_on + timedelta(days=lot.randrange(DAYS))
            stage = lot.choice(stages)
            if day >= until:
                continue
            which = unit.school_id, day, stage
            if which not in found:
                found[which] = SurveyCount(survey=survey, school=unit.school, day=day, stage=stage)
            row = found[which]
            row.sheets += 1
            for question in questions_of(survey, stage):
                codes = [one.code for one in question.answers]
                weights = [*_WEIGHTS, 1, 1][: len(codes)]
                said = lot.choices([*codes, DECLINE], [*weights, _DECLINED])[0]
                told = row.answers.setdefault(question.code, {})
                told[said] = told.get(said, 0) + 1
    SurveyCount.objects.bulk_create(found[which] for which in sorted(found))
