"""The ledger as a workbook. Source of the columns: workflow.md §2 (问题清单, 整改台账)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from inspections.exports.tables import Column, Table
from inspections.exports.tables import workbook_of as written
from inspections.ledger import days_late, person_of
from inspections.models import RectificationTask
from shuangjian import clock

SHEET = "问题整改台账"


def _measures(task: RectificationTask) -> str:
    return "\n".join(f"{m.text}（{m.person}，{m.due_on}）" for m in task.measures_in_force)


def _day(moment: datetime | None) -> date | None:
    return clock.local_day(moment) if moment is not None else None


def _first_due(task: RectificationTask) -> date | None:
    """原期限 where the date was extended."""
    granted = task.granted_extensions
    return granted[0].from_on if granted else None


def _broken(task: RectificationTask) -> str:
    """What is broken, in the wording of its list."""
    broken = task.problem.prohibition
    return f"{broken.kind}{broken.phrase}" if broken is not None else ""


def _name(one: Any) -> str:
    return str(one.name) if one is not None else ""


def _finder(task: RectificationTask) -> str:
    """Nobody of the portal's where an old ledger tells of it: who imported it found nothing."""
    return "" if task.problem.is_taken_over else _name(task.problem.found_by)


def _remark(task: RectificationTask) -> str:
    problem = task.problem
    number = f"，原编号{problem.old_no}" if problem.old_no else ""
    return f"历史台账导入{number}" if problem.is_taken_over else ""


COLUMNS = (
    Column("编号", 12, lambda task: task.problem.no),
    Column("单位代码", 20, lambda task: task.organisation.code),
    Column("单位", 24, lambda task: task.organisation.name),
    Column("类别", 12, lambda task: task.organisation.get_kind_display()),
    Column("乡镇", 12, lambda task: _name(task.organisation.township)),
    Column("督学责任区", 16, lambda task: _name(task.organisation.area)),
    Column("条目", 7, lambda task: task.problem.rule.number),
    Column("条目名称", 22, lambda task: task.problem.rule.title),
    Column("检查项", 9, lambda task: task.problem.item.short_code if task.problem.item else ""),
    Column("严禁或不得", 30, _broken),
    Column("性质", 10, lambda task: task.problem.get_severity_display()),
    Column("发现情况", 40, lambda task: task.problem.fact),
    Column("来源", 12, lambda task: task.problem.get_origin_display()),
    Column("发现日期", 12, lambda task: task.problem.found_on),
    Column("发现人", 10, _finder),
    Column("整改类别", 10, lambda task: task.problem.get_rectifying_display()),
    Column("第几次整改", 10, lambda task: task.ordinal),
    Column("整改措施", 40, _measures),
    Column("责任人", 12, person_of),
    Column("督办人", 10, lambda task: _name(task.overseer)),
    Column("状态", 10, lambda task: task.get_state_display()),
    Column("原期限", 12, _first_due),
    Column("整改期限", 12, lambda task: task.due_on),
    Column("逾期天数", 9, days_late),
    Column("申请销号日期", 13, lambda task: _day(task.applied_at)),
    Column("整改完成情况", 40, lambda task: task.statement),
    Column("核查日期", 12, lambda task: _day(task.verified_at)),
    Column("核查人", 10, lambda task: _name(task.verified_by)),
    Column("销号日期", 12, lambda task: _day(task.closed_at)),
    Column("销号人", 10, lambda task: _name(task.closed_by)),
    Column("销号编号", 14, lambda task: task.close_no),
    Column("备注", 20, _remark),
)


def workbook_of(rows: Iterable[RectificationTask], *, words: str, as_of: datetime) -> tuple[bytes, int]:
    """(bytes of the .xlsx, how many rows it holds). ``rows`` come from ``ledger.with_everything``."""
    return written(Table(SHEET, COLUMNS, words, as_of), rows)
