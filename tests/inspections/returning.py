"""For the tests of 上报: an office's workbook as offices draw them, a table in use, a return on its way."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from inspections.models import ReturnTemplate, Statistic, UpwardReturn
from inspections.workflows import return_templates, returns, statistics
from inspections.workflows.returns import Entry
from shuangjian.files import services as files
from tests.cast import Cast

FACTS: dict[str, Any] = {
    "name": "双减月报",
    "demanded_by": "市教育局",
    "document_no": "市教函〔2026〕9号",
    "span": "month",
    "due_after": 5,
}
CODE = "市双减1表"


def office_table(*, rows: int = 2) -> bytes:
    """Merged title in red, a printed unit cell, ``rows`` figures in column C, a total by formula, an end."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "月报"
    page.merge_cells("A1:D1")
    page["A1"] = "双减工作月报"
    page["A1"].font = Font(bold=True, size=20, color="C00000")
    page["A2"], page["C2"] = "填报单位：", "截至："
    for at, head in enumerate(("序号", "指标", "数", "备注"), start=1):
        page.cell(3, at, head).fill = PatternFill("solid", fgColor="FFFF00")
    for at in range(rows):
        page.cell(4 + at, 1, at + 1)
        page.cell(4 + at, 2, f"第{at + 1}项")
    page.cell(4 + rows, 2, "合计")
    page.cell(4 + rows, 3, f"=SUM(C4:C{3 + rows})")
    page.cell(5 + rows, 1, "单位负责人（盖章）：")
    page.merge_cells(start_row=5 + rows, start_column=1, end_row=5 + rows, end_column=4)
    page.column_dimensions["B"].width = 33
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def uploaded(cast: Cast, content: bytes | None = None, **changed: Any) -> ReturnTemplate:
    """A table that went through the entrance, nothing bound yet."""
    upload = SimpleUploadedFile("月报.xlsx", content or office_table())
    actor: Any = cast.task_force
    stored = files.receive(upload=upload, uploader=actor, kinds=files.TABLE)
    return return_templates.upload(actor=actor, stored=stored, **{"code": CODE, **FACTS, **changed})


def figures(cast: Cast) -> tuple[Statistic, Statistic]:
    """One that the portal counts (problems found), one that is keyed in."""
    common: dict[str, Any] = {
        "actor": cast.task_force,
        "measure": "个",
        "definition": "本期登记的",
        "since_on": date(2026, 9, 1),
    }
    return (
        statistics.add(code="CS01", name="发现问题", query="found", source="", **common),
        statistics.add(code="CS02", name="处理广告", query="", source="市场监管局通报", **common),
    )


def in_use(cast: Cast, *, starts_on: date, **changed: Any) -> ReturnTemplate:
    """A table of two figures in C4 and C5, unit and date bound; with a return of every month that is over."""
    row = uploaded(cast, **changed)
    counted, keyed = figures(cast)
    common: dict[str, Any] = {
        "template_id": row.pk,
        "actor": cast.task_force,
        "version": None,
        "sheet": 0,
    }
    return_templates.bind(**common, place="A2", word="unit")
    return_templates.bind(**common, place="C2", word="figures_on")
    return_templates.bind(**common, place="C4", statistic=counted)
    return_templates.bind(**common, place="C5", statistic=keyed)
    actor: Any = cast.task_force
    return return_templates.publish(template_id=row.pk, actor=actor, version=None, starts_on=starts_on)


def keyed_in(cast: Cast, row: UpwardReturn, value: int, explanation: str = "") -> UpwardReturn:
    """The figures as they were counted, the keyed one as given, each with the same explanation."""
    entries = {
        line.pk: Entry(
            line.value if line.statistic.query else Decimal(value), line.reason, explanation=explanation
        )
        for line in row.lines.select_related("statistic")
    }
    actor: Any = cast.task_force
    return returns.fill(return_id=row.pk, actor=actor, version=None, entries=entries)


def sent(cast: Cast, row: UpwardReturn, value: int = 3, explanation: str = "") -> UpwardReturn:
    """Filled in by the task force, checked by 督导室, sent by the leader."""
    people: Any = cast
    row = keyed_in(cast, row, value, explanation)
    returns.submit(return_id=row.pk, actor=people.task_force, version=None, is_zero=True)
    returns.check(return_id=row.pk, actor=people.supervision, version=None)
    return returns.send(return_id=row.pk, actor=people.leader, version=None)


def of_month(first: date) -> UpwardReturn:
    """The newest return of the month that begins so."""
    return UpwardReturn.objects.filter(code=CODE, period_first=first).latest("ordinal")
