"""A report's annexes as a workbook with real dates and numbers: units × rules, problem list.

From the frozen figures, as the printed annexes are. Whatever people wrote is text and never a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from inspections.exports.tables import Pen, Value, set_up
from inspections.models import SupervisionReport
from inspections.reports import rendering
from inspections.reports.counting import share_of_marks
from inspections.reports.data import ProblemLine, RuleLine, SupervisionData, UnitReportData
from shuangjian.dates import cn_date

MARK_WORDS = {"ok": "符合", "partial": "部分符合", "bad": "不符合", "none": "没有查清", "out": "不涉及"}
_LEDGER = (
    ("编号", 12), ("单位", 24), ("条目", 7), ("条目名称", 22), ("严禁或不得", 11), ("红线", 7),
    ("发现情况", 40), ("来源", 12), ("发现日期", 12), ("整改类别", 10), ("整改期限", 12), ("状态", 10),
    ("销号日期", 12), ("第几次整改", 10), ("延期次数", 9),
)  # fmt: skip


def workbook_of(report: SupervisionReport) -> bytes:
    """The .xlsx of a report's annexes."""
    figures: SupervisionData | UnitReportData = rendering.figures_of(report)
    at = timezone.localtime(figures.as_of)
    told = f"{report.document_no or report.title}；数据截至{cn_date(at)} {at:%H:%M}"
    book = Workbook(write_only=True)
    if isinstance(figures, SupervisionData):
        _sheet(book, "单位和条目", told, _matrix_heads(figures.rules), _matrix_rows(figures), frozen="B3")
    else:
        _sheet(book, "条目落实情况", told, _RULES, _rule_rows(figures), frozen="A3")
    _sheet(book, "问题清单", told, _LEDGER, _ledger_rows(figures.problems), frozen="C3")
    if figures.carried:
        _sheet(book, "以前学期的问题", told, _LEDGER, _ledger_rows(figures.carried), frozen="C3")
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def _sheet(
    book: Workbook,
    title: str,
    told: str,
    heads: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Value]],
    *,
    frozen: str,
) -> None:
    sheet: Any = book.create_sheet(title)
    set_up(sheet, (width for _, width in heads), frozen=frozen)
    pen = Pen(sheet)
    sheet.append([pen.write(told, pen.title)])
    sheet.append([pen.write(head, pen.heading) for head, _ in heads])
    lines = [[pen.write(value) for value in row] for row in rows]
    for line in lines:
        sheet.append(line)
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(heads))}{max(len(lines) + 2, 3)}"


# --- Units × rules ------------------------------------------------------------------------------------------
def _matrix_heads(rules: Sequence[RuleLine]) -> list[tuple[str, int]]:
    heads = [(f"第{rule.number}条 {rule.title}", 10) for rule in rules]
    return [("单位", 24), *heads, ("符合", 7), ("查清", 7), ("问题", 7)]


def _matrix_rows(data: SupervisionData) -> Iterable[list[Value]]:
    counts: dict[str, int] = {}
    for problem in data.problems:
        counts[problem.unit] = counts.get(problem.unit, 0) + 1
    for unit in data.units:
        share = share_of_marks(unit.marks)
        marks = [MARK_WORDS[mark] for mark in unit.marks]
        yield [unit.name, *marks, share.count, share.of, counts.get(unit.name, 0)]


_RULES = (("条目", 7), ("条目名称", 30), ("落实情况", 12), ("问题", 7))


def _rule_rows(data: UnitReportData) -> Iterable[list[Value]]:
    for rule, mark in zip(data.rules, data.marks, strict=True):
        if mark != "out":
            count = sum(problem.rule == rule.number for problem in data.problems)
            yield [rule.number, rule.title, MARK_WORDS[mark], count]


# --- Problems -----------------------------------------------------------------------------------------------
def _ledger_rows(problems: Iterable[ProblemLine]) -> Iterable[list[Value]]:
    for one in problems:
        yield [
            one.no, one.unit, one.rule, one.rule_title, one.prohibition, "是" if one.red_line else "",
            one.fact, one.origin, one.found_on, one.rectifying, one.due_on, one.state, one.closed_on,
            one.rounds, one.extended,
        ]  # fmt: skip
