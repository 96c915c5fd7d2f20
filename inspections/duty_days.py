"""On which day a duty was fulfilled by a self-check, a visit, the parents' window, a model case.

Source: plan.yaml P1-3a to d, P2-1b, P2-2b, P2-3c; 教育督导条例第14条 (two visits of regular supervision
a term).
"""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from inspections.models import ModelCase, Round, SelfCheck, Submission, Survey, Visit
from shuangjian.policy.fulfilment import fulfil_by
from shuangjian.policy.models import Obligation

_BY = Obligation.Fulfilled


def _day(rows: QuerySet[Any], moment: str, which: int = 0) -> Subquery:
    """The day of the earliest row, or of the n-th after it."""
    days = rows.order_by(moment).annotate(on=TruncDate(moment)).values("on")
    return Subquery(days[which : which + 1], output_field=DateField())


def _submitted() -> Subquery:
    """The first submission counts: a check that came back and was mended was in time. One that is with the
    unit again is not done."""
    handed_in = Submission.objects.filter(
        self_check__organisation=OuterRef("organisation"),
        self_check__round__obligation=OuterRef("obligation"),
        self_check__state__in=[SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED],
    )
    return _day(handed_in, "submitted_at")


def _published() -> Subquery:
    rounds = Round.objects.filter(obligation__phase=OuterRef("obligation__phase"), published_at__isnull=False)
    return _day(rounds, "published_at")


def _visited() -> Subquery:
    visits = Visit.objects.filter(
        organisation=OuterRef("organisation"),
        state=Visit.State.CONFIRMED,
        confirmed_at__date__gte=OuterRef("obligation__phase__starts_on"),
    )
    return _day(visits.exclude(kind=Visit.Kind.LOOK_BACK), "confirmed_at")


def _visited_twice() -> Subquery:
    visits = Visit.objects.filter(
        organisation=OuterRef("organisation"),
        term=OuterRef("term"),
        kind=Visit.Kind.REGULAR,
        state=Visit.State.CONFIRMED,
    )
    return _day(visits, "confirmed_at", which=1)


def _models_published() -> Subquery:
    """One that was withdrawn later was published all the same."""
    cases = ModelCase.objects.filter(published_at__date__gte=OuterRef("obligation__phase__starts_on"))
    return _day(cases, "published_at")


def _asked_parents() -> Subquery:
    """The window that was open within the step's days."""
    windows = Survey.objects.exclude(state=Survey.State.DRAFT).filter(
        opens_on__lte=OuterRef("obligation__phase__ends_on"),
        closes_on__gte=OuterRef("obligation__phase__starts_on"),
    )
    return Subquery(windows.order_by("opens_on").values("opens_on")[:1], output_field=DateField())


def register() -> None:
    """Tell the plan how self-checks, visits and model cases fulfil it; when the app is ready."""
    fulfil_by(_BY.CHECK, _submitted)
    fulfil_by(_BY.ROUND, _published)
    fulfil_by(_BY.VISIT, _visited)
    fulfil_by(_BY.TERM_VISITS, _visited_twice)
    fulfil_by(_BY.MODELS, _models_published)
    fulfil_by(_BY.SURVEY, _asked_parents)
