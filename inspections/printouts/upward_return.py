"""上报表 on paper: the office's table with its figures, to be signed by three and sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inspections.models import UpwardReturn
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.data import restore
from inspections.returns.filling import drawn, unit_name
from inspections.returns.sheets import Grid
from inspections.workflows import returns
from shuangjian import clock
from shuangjian.accounts.access import get_visible
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.dates import cn_date


@dataclass(frozen=True)
class ReturnData:
    """``notes``: what was changed by hand, and why it differs from last time."""

    no: str
    title: str
    unit: str
    demanded_by: str
    document_no: str
    period: str
    figures_on: str
    state: str
    corrects: str
    is_zero: bool
    filled_by: str
    checked_by: str
    sent_by: str
    sent_on: str
    grids: tuple[Grid, ...]
    notes: tuple[str, ...]
    as_of: datetime


class PrintedReturn(Printable):
    key = "return"
    roles = COUNTY_ROLES
    template = "upward_return"
    asks = ("return",)

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        row = _row(user, parameters)
        told = (("内容", "按上级的表排印，附改动理由和变化说明，填表人、审核人、单位负责人签名盖章"),)
        return Subject(f"上报表{row.no}{row.title}", None, row.get_absolute_url(), told)

    def take(self, user: User, parameters: Mapping[str, str]) -> ReturnData:
        row = _row(user, parameters)
        return ReturnData(
            no=row.no,
            title=row.template.name,
            unit=unit_name(),
            demanded_by=row.template.demanded_by,
            document_no=row.template.document_no,
            period=row.period_words,
            figures_on=row.figures_words,
            state=row.get_state_display(),
            corrects=row.corrects.no if row.corrects else "",
            is_zero=row.is_zero,
            filled_by=row.submitted_by.name if row.submitted_by else "",
            checked_by=row.checked_by.name if row.checked_by else "",
            sent_by=row.sent_by.name if row.sent_by else "",
            sent_on=cn_date(row.sent_at) if row.sent_at else "",
            grids=tuple(drawn(row)),
            notes=tuple(_notes(row)),
            as_of=clock.now(),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"paper": "wide", "row": restore(ReturnData, data), "as_of": moment(data["as_of"])}


def _row(user: User, parameters: Mapping[str, str]) -> UpwardReturn:
    rows = returns.whole().select_related("submitted_by", "checked_by", "sent_by")
    row: UpwardReturn = get_visible(rows, user, no=parameters.get("return", ""))
    return row


def _notes(row: UpwardReturn) -> list[str]:
    found = []
    for line in row.lines.all():
        name = line.statistic.name
        if line.reason:
            found.append(f"{name}：自动取数{line.taken_words}，改为{line.value_words}。{line.reason}")
        if line.explanation:
            found.append(f"{name}：上期{line.before_words}，本期{line.value_words}。{line.explanation}")
    return found
