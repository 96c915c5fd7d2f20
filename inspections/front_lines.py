"""What supervision tells strangers on the home page: that parents are asked now."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from inspections.models import Survey
from shuangjian import clock, front
from shuangjian.dates import cn_date


def _asked_now() -> Sequence[front.Line]:
    today = clock.today()
    rows = Survey.objects.filter(state=Survey.State.OPEN, opens_on__lte=today, closes_on__gte=today)
    return [
        front.Line(
            survey.opens_on,
            f"{survey}正在进行，到{cn_date(survey.closes_on)}截止：扫学校门口海报上的码，自愿、不记名",
            reverse("help") + "#h-public",
        )
        for survey in rows.select_related("term")
    ]


def register() -> None:
    """Tell the home page; when the app is ready."""
    front.tell_notices(_asked_now)
