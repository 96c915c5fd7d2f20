"""The columns of a register's workbook, made from its definition: one line of an entry is one row."""

from __future__ import annotations

from inspections.imports.sheets import Column, Sheet, titled
from shuangjian.policy.models import Term
from shuangjian.registers.definitions import Field, Layout, Register, Type

LINE, NAME, EXPLANATION = "_line", "_name", "_explanation"  # beside the register's own fields
_KINDS = {
    Type.WHOLE: "number",
    Type.NUMBER: "number",
    Type.CLOCK: "clock",
    Type.DATE: "date",
    Type.CHOICE: "choice",
    Type.CHOICES: "choices",
    Type.YES_NO: "yes_no",
}
_EXAMPLES = {Type.CLOCK: "16:30", Type.DATE: "2026-09-01", Type.YES_NO: "是"}
_CODES = ("学校标识码", "统一社会信用代码", "信用代码", "学校代码", "机构代码", "代码")
_NAMES = ("学校", "学校名称", "机构", "机构名称", "单位", "名称")


def sheet_of(register: Register, term: Term | None) -> Sheet:
    """The one table of a register's workbook."""
    own = {field.label for field in register.fields}
    columns = [
        Column("code", "单位代码", "code", required=True, width=22, also=_free(_CODES, own),
               hint="文本格式，不要让表格软件改成数字"),
        Column(NAME, "单位名称", width=24, also=_free(_NAMES, own), hint="只供核对，不改单位的名称"),
    ]  # fmt: skip
    if register.layout is Layout.GRADES:
        columns.append(Column(LINE, "年级", "grades", required=True, example="三年级", width=10))
    elif register.layout is Layout.STAGES:
        columns.append(Column(LINE, "学段", required=True, hint="小学、初中或高中", example="小学", width=10))
    columns += [_column(field) for field in register.fields]
    columns.append(
        Column(EXPLANATION, "情况说明", width=30, hint="核对时提示有疑点、而情况属实的，写明原因和打算")
    )
    holds = "rows" if register.layout is Layout.ROWS else "lines"
    sheet = Sheet(register.title[:31], register.kind, tuple(columns), holds=holds)
    of_term = "" if register.is_standing or term is None else f"（{term.title}）"
    return titled(sheet, f"{register.title}{of_term}")


def _free(headings: tuple[str, ...], own: set[str]) -> tuple[str, ...]:
    """Without those that the register asks something else by."""
    return tuple(one for one in headings if one not in own)


def _column(field: Field) -> Column:
    return Column(
        field.key,
        f"{field.label}（{field.unit}）" if field.unit else field.label,
        _KINDS.get(field.type, "text"),
        required=field.required,
        hint="；".join(filter(None, [field.guidance, _scope_of(field)])),
        example=_EXAMPLES.get(field.type, ""),
        choices=list(field.choices) or None,
        width=max(14, min(30, 2 * len(field.label) + 4)),
        unit=field.unit,
    )


def _scope_of(field: Field) -> str:
    return "有的单位或年级不填" if field.stages or field.categories or field.modes else ""
