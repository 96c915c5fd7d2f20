"""A return as data, in the shape in which collection platforms (一表通) take tables: codes and names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from inspections.models import UpwardReturn
from inspections.returns.filling import unit_name
from inspections.text_cells import no_formula
from shuangjian.accounts.selectors import the_county


def _fields(row: UpwardReturn) -> list[dict[str, Any]]:
    return [
        {
            "code": line.statistic.code,
            "name": line.statistic.name,
            "unit": line.statistic.measure,
            "value": None if line.value is None else line.value_words,
        }
        for line in row.lines.all()
    ]


def as_json(row: UpwardReturn) -> bytes:
    """One object: table, unit, period, fields. Figures are text, so that none is rounded."""
    template, county = row.template, the_county()
    told = {
        "table": {
            "code": template.code,
            "name": template.name,
            "version": template.ordinal,
            "demanded_by": template.demanded_by,
            "document_no": template.document_no,
        },
        "unit": {"code": row.organisation.code, "name": unit_name(), "region": county.name},
        "period": {
            "kind": template.span,
            "first": row.period_first.isoformat(),
            "last": row.period_last.isoformat(),
            "words": row.period_words,
        },
        "figures_on": row.figures_on.isoformat(),
        "no": row.no,
        "ordinal": row.ordinal,
        "corrects": row.corrects.no if row.corrects else None,
        "state": row.get_state_display(),
        "zero_report": row.is_zero,
        "fields": _fields(row),
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


HEADS = (
    "表号", "表名", "编号", "第几次上报", "期始", "期止", "数据截至", "单位代码", "单位名称",
    "指标代码", "指标名称", "计量单位", "数值",
)  # fmt: skip


def as_csv(row: UpwardReturn) -> bytes:
    """One line a figure, with what it belongs to; with a mark of its encoding, as table programs want it."""
    common = (
        row.code,
        row.template.name,
        row.no,
        str(row.ordinal),
        row.period_first.isoformat(),
        row.period_last.isoformat(),
        row.figures_on.isoformat(),
        row.organisation.code,
        unit_name(),
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for one in _fields(row):
        words = [*common, one["code"], one["name"], one["unit"]]
        writer.writerow([*map(no_formula, words), "" if one["value"] is None else one["value"]])
    return out.getvalue().encode("utf-8-sig")


# By the word in the address: type and writer.
FORMATS: dict[str, tuple[str, Callable[[UpwardReturn], bytes]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv; charset=utf-8", as_csv),
}
