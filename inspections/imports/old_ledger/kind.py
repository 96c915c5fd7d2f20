"""An old ledger as a kind of workbook: who reads one in, its template, one problem taken over."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import reverse

from inspections.imports.base import OneByOne, Permitted
from inspections.imports.old_ledger.columns import SHEET
from inspections.imports.old_ledger.planning import PlannedProblem, plan_of
from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.writing import written
from inspections.models import ImportRow
from inspections.workflows.old_ledger import take_over
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User

_NOTES = (
    "从第3行起填写，一个问题一行；不要合并单元格，不要改表头，没有写问题的行不导入。",
    "未销号的转为平台的问题：写了措施和责任人的是整改中，没有写的由单位交整改计划；期限不变。",
    "已销号的记为历史，在单位页面和台账里查得到，不计入本平台的发现、整改和销号。",
    "已经导入的行不会重复；导入过的问题在问题页办理，不能用表格修改。",
)


class OldLedgerImport(OneByOne, Permitted):
    """The county's problems from before the portal, entered by the task force."""

    what: ClassVar[str] = "old-ledger"
    title: ClassVar[str] = "历史台账"
    noun: ClassVar[str] = "个问题"
    key_heading: ClassVar[str] = ""
    permission: ClassVar[str] = "inspections.import_old_ledger"
    has_blank: ClassVar[bool] = True
    filled_label: ClassVar[str] = "下载带现有单位的表"
    next_page: ClassVar[tuple[str, str]] = ("ledger", "看台账")
    guidance: ClassVar[str] = (
        "平台启用以前的问题，一个一行。未销号的转为问题继续整改，已销号的只作历史，不计入现在的工作。"
    )

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        if not is_filled:
            return "历史台账导入模板.xlsx", written([SHEET], {}, _NOTES)
        units = Organisation.objects.visible_to(user).units().active().order_by("kind", "pinyin_key", "pk")
        told = ({"code": unit.code, "unit_name": unit.name} for unit in units)
        rows = [[values.get(column.field, "") for column in SHEET] for values in told]
        return f"历史台账{clock.today():%Y%m%d}.xlsx", written([SHEET], {SHEET.name: rows}, _NOTES)

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        return plan_of(sheets, user, progress)

    def write_one(self, planned: PlannedRow, user: User, row: ImportRow) -> Organisation:
        """Take one problem over. Raises DomainError."""
        assert isinstance(planned, PlannedProblem)  # noqa: S101  (what ``plan`` above made)
        assert planned.old is not None  # noqa: S101  (what is on record is never confirmed)
        return take_over(old=planned.old, row=row, actor=user).organisation

    def address_of(self, row: ImportRow) -> str:
        return reverse("problem", args=[row.problem.no])


OLD_LEDGER = OldLedgerImport()
