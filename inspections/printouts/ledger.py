"""台账 on paper: the rows that /ledger/ shows to the person, A4 landscape, A3 by choice, signed below.

Source of the columns: workflow.md §2 (问题清单, 整改台账); documents.md §7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse

from inspections import ledger
from inspections.forms.printouts import SheetForm
from inspections.models import RectificationTask
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.blocks import NOTHING, Column, Table
from inspections.reports.data import restore
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_short

MOST_ROWS = 1000  # on one paper: some 100 sheets; more is for the workbook


@dataclass(frozen=True)
class Row:
    """One problem as it stood: dates as dates, the rest as words."""

    no: str
    unit: str
    rule: int
    ban: str  # 严禁, 不得, 红线 or empty
    fact: str
    origin: str
    found_on: date
    rectifying: str
    measures: str
    person: str
    overseer: str
    due_on: date
    proofs: int
    state: str
    closed_on: date | None = None
    round: int = 1


@dataclass(frozen=True)
class LedgerData:
    county: str
    reporter: str
    words: str
    total: int
    is_a3: bool
    as_of: datetime
    rows: tuple[Row, ...]


class PrintedLedger(Printable):
    key = "ledger"
    roles = COUNTY_ROLES
    template = "ledger"
    form = SheetForm

    def asked(self, query: QueryDict) -> dict[str, str]:
        return {"query": query.urlencode()}

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        book = _book(user, parameters)
        count = book.chosen().count()
        told = [("内容", f"{count}个问题"), ("筛选", book.selected_words)]
        if count > MOST_ROWS:
            told.append(
                ("注意", f"一份最多{MOST_ROWS}个，这次印前{MOST_ROWS}个；要全部请缩小筛选或导出Excel")
            )
        back = f"{reverse('ledger')}?{book.address_with_selection}"
        return Subject(f"{the_county().name}问题整改台账", None, back, tuple(told))

    def take(self, user: User, parameters: Mapping[str, str]) -> LedgerData:
        names = the_county()
        book = _book(user, parameters)
        chosen = ledger.with_everything(book.chosen()).annotate(proofs=Count("evidence"))
        return LedgerData(
            county=names.name,
            reporter=names.bureau_name,
            words=book.selected_words,
            total=book.chosen().count(),
            is_a3=parameters.get("paper") == "a3",
            as_of=clock.now(),
            rows=tuple(_row(task) for task in chosen[:MOST_ROWS]),
        )

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(LedgerData, data)
        return {
            "paper": "wide a3" if taken.is_a3 else "wide",
            "reporter": taken.reporter,
            "words": taken.words,
            "total": taken.total,
            "as_of": moment(data["as_of"]),
            "is_cut": taken.total > len(taken.rows),
            "most": len(taken.rows),
            "table": _table(taken),
            "year": taken.as_of.year,
        }


def _book(user: User, parameters: Mapping[str, str]) -> ledger.Ledger:
    return ledger.read(user, QueryDict(parameters.get("query", "")))


def _row(task: RectificationTask) -> Row:
    problem = task.problem
    ban = "红线" if problem.is_red_line else problem.prohibition.kind if problem.prohibition else ""
    late = ledger.days_late(task)
    return Row(
        no=problem.no,
        unit=problem.organisation.name,
        rule=problem.rule.number,
        ban=ban,
        fact=problem.fact,
        origin=problem.get_origin_display(),
        found_on=problem.found_on,
        rectifying=problem.get_rectifying_display(),
        measures="\n".join(
            f"{measure.text}（{cn_short(measure.due_on)}）" for measure in task.measures_in_force
        ),
        person=ledger.person_of(task),
        overseer=task.overseer.name if task.overseer else "",
        due_on=task.due_on,
        proofs=task.proofs,  # type: ignore[attr-defined]
        state=task.get_state_display() + (f"，逾期{late}天" if late else ""),
        closed_on=clock.local_day(task.closed_at) if task.closed_at else None,
        round=task.ordinal,
    )


def _table(data: LedgerData) -> Table:
    heads = _A3 if data.is_a3 else _A4
    return Table(
        title="",
        columns=heads,
        rows=tuple(_cells(place, row, data.is_a3) for place, row in enumerate(data.rows, 1)),
    )


def _cells(place: int, row: Row, is_a3: bool) -> tuple[str, ...]:
    state = row.state + (f"\n{cn_short(row.closed_on)}" if row.closed_on else "")
    state += f"\n第{row.round}次整改" if row.round > 1 else ""
    origin = (row.origin, row.found_on.isoformat()) if is_a3 else ()
    overseer = (row.overseer or NOTHING,) if is_a3 else ()
    return (
        str(place),
        row.no,
        row.unit,
        f"第{row.rule}条" + (f"\n{row.ban}" if row.ban else ""),
        row.fact,
        *origin,
        row.rectifying,
        row.measures or NOTHING,
        row.person or NOTHING,
        *overseer,
        row.due_on.isoformat() if is_a3 else cn_short(row.due_on),
        str(row.proofs),
        state,
    )


_A4 = (
    Column("序号", 4),
    Column("编号", 9),
    Column("单位", 12, is_text=True),
    Column("条目", 6),
    Column("问题", 18, is_text=True),
    Column("类别", 7),
    Column("整改措施", 17, is_text=True),
    Column("责任人", 6),
    Column("期限", 8),
    Column("佐证\n份", 5),
    Column("状态\n日期", 8),
)
_A3 = (
    Column("序号", 3),
    Column("编号", 6),
    Column("单位", 10, is_text=True),
    Column("条目", 4),
    Column("问题", 18, is_text=True),
    Column("来源", 6),
    Column("发现日期", 6),
    Column("类别", 5),
    Column("整改措施", 18, is_text=True),
    Column("责任人", 5),
    Column("督办人", 4),
    Column("期限", 6),
    Column("佐证\n份", 3),
    Column("状态\n日期", 6),
)
