"""How much the import of a dirty workbook of 5,000 rows costs beside the least that anybody could do.

``import_vs_floor``: time by the clock from the uploaded file to the last written row (the limited child reads
it, the dry run asks the register's own form about each row and names each fault by its cell, the good rows
are confirmed alone, every unit is saved with its version, its doubts and its entry of the trail) ÷ that of
the fastest reader and one bulk insert of as many rows, in turn, after a short one of each.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from bench.measuring import county

ROUNDS = 3
ROWS, FEW_ROWS = 5_000, 200
_DATES = ("2026-10-08", "2026/10/8", "2026年10月8日", "２０２６．１０．０８", date(2026, 10, 8))
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
REGISTER = "penalties"  # kept row by row by the bureau, for every institution


def measure(*, quick: bool = False) -> dict[str, float]:
    """Seconds of both ways and their ratio."""
    rounds, rows = (1, FEW_ROWS) if quick else (ROUNDS, ROWS)
    with county("shuangjian.urls"):
        warm_up = _workbook(FEW_ROWS, rounds)
        _import(warm_up)
        _floor(warm_up)
        books = [_workbook(rows, number) for number in range(rounds)]
        taken = [(_seconds(partial(_import, book)), _seconds(partial(_floor, book))) for book in books]
    imported = statistics.median(one for one, _ in taken)
    floor = statistics.median(other for _, other in taken)
    return {
        "import_vs_floor": statistics.median(one / other for one, other in taken),
        "rows": float(rows),
        "import_seconds": imported,
        "floor_seconds": floor,
    }


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _workbook(rows: int, number: int) -> bytes:
    """A sheet that says something else in every round. One row in fifty is of no unit; the first unit has
    formulas; dates and codes are written as people write them."""
    from openpyxl import Workbook

    from shuangjian.accounts.models import Organisation

    codes = list(
        Organisation.objects.filter(kind="institution", status="active").values_list("code", flat=True)
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("行政处罚")
    sheet.append(["附件2", "", "", "", "", "", ""])
    sheet.append([" 单位代码 ", "单位名称", "决定书文号", "决定日期", "决定机关", "种类", "公示下线日期"])
    for at in range(rows):
        code = codes[at % len(codes)]
        told = "99999999" if at % 50 == 7 else code.translate(_FULL_WIDTH) if at % 3 else f" {code}"
        document = f"云教罚〔2026〕{number}-{at}号"
        authority = '="云溪县"&"教育局"' if code == codes[0] else "云溪县教育局"
        sheet.append([told, "", document, _DATES[at % len(_DATES)], authority, "警告", ""])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _import(data: bytes) -> None:
    from inspections.models import Import
    from inspections.workflows import imports
    from shuangjian.accounts.models import User
    from shuangjian.files.services import XLSX, store_generated
    from shuangjian.journal import jobs
    from shuangjian.journal.models import Job

    user = User.objects.get(username="zhuanban")
    stored = store_generated(data=data, name="行政处罚.xlsx", content_type=XLSX)
    row = imports.upload(what=REGISTER, actor=user, stored=stored)
    jobs.run_now(Job.objects.get(key=f"{imports.CHECK_JOB}:{row.pk}").pk)
    jobs.run_now(imports.confirm(import_id=row.pk, actor=user, version=None, is_partial=True).pk)
    row = Import.objects.get(pk=row.pk)
    refused = row.rows.exclude(state="done").count()
    if row.state != Import.State.DONE or refused:
        raise RuntimeError(f"the import is {row.state}, {refused} refused")


def _floor(data: bytes) -> None:
    from django.db import transaction
    from python_calamine import CalamineWorkbook

    from shuangjian.registers.models import Entry, EntryVersion

    cells: list[list[Any]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    )
    entry = Entry.objects.filter(register=REGISTER).latest("pk")
    with transaction.atomic():
        EntryVersion.objects.bulk_create(
            [
                EntryVersion(
                    entry=entry,
                    ordinal=1_000_000 + at,
                    lines=[{"key": str(at), "answers": dict(enumerate(map(str, row)))}],
                    written_by_id=entry.written_by_id,
                    written_at=entry.written_at,
                )
                for at, row in enumerate(cells[2:])
            ]
        )
        transaction.set_rollback(True)
