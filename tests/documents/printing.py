"""Printouts for the tests: orders that are in no database, with what was frozen for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from inspections.models import Printout
from inspections.printouts import ledger
from inspections.printouts.base import Made
from inspections.printouts.kinds import KINDS
from inspections.reports.data import dump

MORNING = datetime(2026, 11, 16, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def order(kind: str, data: Any, title: str = "云溪县问题整改台账") -> Printout:
    """An order as its job reads it."""
    return Printout(
        no="2026-Y0012",
        kind=kind,
        title=title,
        data=dump(data),
        digest="2b608e17" * 8,
        template_version="0123456789ab",
    )


def made(kind: str, data: Any, title: str = "云溪县问题整改台账") -> Made:
    return KINDS[kind].make(order(kind, data, title), lambda *said: None)


ROW = ledger.Row(
    no="2026-0131",
    unit="城关镇第一小学",
    rule=4,
    ban="",
    fact="五年级2个班书面作业平均71分钟，超过60分钟",
    origin="县级检查",
    found_on=date(2026, 9, 21),
    rectifying="限期整改",
    measures="作业统筹表上墙，年级组每周会商（10月20日）",
    person="张敏",
    overseer="王建国",
    due_on=date(2026, 10, 30),
    proofs=2,
    state="已销号",
    closed_on=date(2026, 10, 28),
)


def ledger_data(count: int = 15, *, is_a3: bool = False, **changed: Any) -> ledger.LedgerData:
    """A ledger of so many problems; ``changed`` is said of each row."""
    rows = tuple(replace(ROW, no=f"2026-{place:04}", **changed) for place in range(1, count + 1))
    return ledger.LedgerData(
        county="云溪县",
        reporter="云溪县教育局",
        words="全部",
        total=count,
        is_a3=is_a3,
        as_of=MORNING,
        rows=rows,
    )
