"""家长问卷海报: one sheet of A4 for a school's gate, its QR code as large as the sheet allows.

The code is drawn from the address alone, so that the same address gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse

from inspections.models import Survey, SurveyCode
from inspections.permissions_surveys import KEEPERS
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.data import restore
from shuangjian import clock
from shuangjian.accounts.access import get_visible, require
from shuangjian.accounts.models import User
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date
from shuangjian.journal.errors import Refused

_QUIET = 4  # modules of white around a code, by ISO/IEC 18004


@dataclass(frozen=True)
class PosterData:
    school: str
    host: str
    hotline: str
    address: str
    dates: str  # of the window that runs or comes next; empty between windows
    as_of: datetime


class PrintedPoster(Printable):
    key = "poster"
    roles = frozenset(KEEPERS)
    template = "poster"
    asks = ("unit",)

    def _code(self, user: User, parameters: Mapping[str, str]) -> SurveyCode:
        rows = SurveyCode.objects.filter(retired_on=None).select_related("school")
        code: SurveyCode = get_visible(rows, user, school__code=parameters.get("unit", ""))
        require(user, "inspections.replace_survey_code", code)
        return code

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        code = self._code(user, parameters)
        told = (
            ("内容", "A4纸一张：二维码、怎样填、“自愿填写，老师不统计、不截图”"),
            ("网址", reverse("survey-answer", args=[code.text])),
        )
        return Subject(f"{code.school.name}家长问卷海报", code.school, reverse("survey-codes"), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> PosterData:
        code = self._code(user, parameters)
        if not settings.PORTAL_URL:
            raise Refused("还没有设平台网址（PORTAL_URL），请系统管理员设好后再打印")
        county = the_county()
        path = reverse("survey-answer", args=[code.text])
        return PosterData(
            school=code.school.name,
            host=county.host_name or county.bureau_name,
            hotline=county.hotline,
            address=settings.PORTAL_URL.rstrip("/") + path,
            dates=_dates(code),
            as_of=clock.now(),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        poster = restore(PosterData, data)
        size, path = drawn(poster.address)
        return {
            "paper": "poster",
            "poster": poster,
            "size": size,
            "path": path,
            "as_of": moment(data["as_of"]),
        }


def _dates(code: SurveyCode) -> str:
    rows = Survey.objects.filter(
        state=Survey.State.OPEN, closes_on__gte=clock.today(), units__school=code.school
    )
    survey = rows.order_by("opens_on").first()
    return f"{cn_date(survey.opens_on)}至{cn_date(survey.closes_on)}" if survey is not None else ""


def drawn(address: str) -> tuple[int, str]:
    """(modules of a side with the white around, path of the black ones) of the address's QR code."""
    code = segno.make(address, error="m", micro=False)
    rows = [
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(code.matrix, start=_QUIET)
        for x, dark in enumerate(row, start=_QUIET)
        if dark
    ]
    return len(code.matrix) + 2 * _QUIET, "".join(rows)
