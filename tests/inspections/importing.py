"""For the tests of the import: sheets as the entrance for files reads them, rows without a mistake."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from inspections.imports.sheets import Sheet
from inspections.imports.units.columns import INSTITUTIONS, SCHOOLS
from inspections.models import Import
from inspections.workflows import imports
from shuangjian.accounts.models import User
from shuangjian.files import services as files
from shuangjian.journal import jobs
from shuangjian.journal.models import Job
from tests.files.workbooks import workbook
from tests.registry import submit, text_of

SCHOOL = {
    "name": "河口小学", "code": "3152000099", "school_type": "小学", "grades": "1至6", "pupil_count": "320",
    "township": "城关镇",
}  # fmt: skip
INSTITUTION = {
    "name": "育才艺术培训中心", "code": "91350100M000100Y43", "category": "非学科类", "modes": "线下",
    "authority": "文化和旅游", "township": "城关镇",
}  # fmt: skip


def rows_of(sheet: Sheet, *rows: dict[str, Any], columns: list[str] | None = None) -> list[list[Any]]:
    """A sheet with its head and these rows, by the fields of the columns."""
    names = columns or [column.field for column in sheet]
    head = [sheet.column(name).printed for name in names]
    return [head, *([row.get(name) for name in names] for row in rows)]


def raw(sheet: Sheet, *rows: dict[str, Any], **marks: list[str]) -> dict[str, Any]:
    """The same as ``files.read_workbook`` would give it."""
    empty: dict[str, list[str]] = {"formulas": [], "errors": [], "merged": []}
    return {"name": sheet.name, "rows": rows_of(sheet, *rows), **empty, **marks}


def school(**changed: Any) -> dict[str, Any]:
    return raw(SCHOOLS, SCHOOL | changed)


def institution(**changed: Any) -> dict[str, Any]:
    return raw(INSTITUTIONS, INSTITUTION | changed)


def bytes_of(*sheets: dict[str, Any]) -> bytes:
    """An .xlsx of raw sheets."""
    return workbook(**{sheet["name"]: sheet["rows"] for sheet in sheets})


def uploaded(actor: User, *sheets: dict[str, Any], what: str = "units") -> Import:
    """An import that went through the entrance and whose job has looked it through."""
    upload = SimpleUploadedFile("单位名单.xlsx", bytes_of(*sheets))
    stored = files.receive(upload=upload, uploader=actor, kinds=files.TABLE)
    row = imports.upload(what=what, actor=actor, stored=stored)
    looked_through(row)
    return row


def looked_through(row: Import) -> None:
    """Let the job do the dry run."""
    assert jobs.run_now(Job.objects.get(key=f"{imports.CHECK_JOB}:{row.pk}").pk)
    row.refresh_from_db()


# --- By the pages, as a person does --------------------------------------------
def template(browser: Client, what: str) -> Workbook:
    answer = browser.get(f"/imports/{what}/template/")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def fill(sheet: Any, number: int, **cells: Any) -> None:
    """Fill cells of a row by a part of their headings; the headings stand in row 2."""
    heads = {str(cell.value): cell.column for cell in sheet[2]}
    for name, value in cells.items():
        column = next(at for head, at in heads.items() if head.startswith(name))
        sheet.cell(number, column).value = value


def send(browser: Client, what: str, book: Workbook) -> Any:
    """Upload it and let the job look it through; the page of the dry run."""
    out = io.BytesIO()
    book.save(out)
    answer = submit(
        browser, f"/imports/{what}/", {"workbook": SimpleUploadedFile("填好.xlsx", out.getvalue())}
    )
    assert answer.status_code == 302, text_of(answer)
    looked_through(Import.objects.first())  # type: ignore[arg-type]
    return browser.get(answer["Location"])


def confirm(browser: Client, do: str = "confirm") -> str:
    """Confirm the newest import and let its job do it; the page of the result."""
    row = Import.objects.first()
    assert row is not None
    answer = submit(browser, f"/imports/{row.pk}/", {"do": do}, version=row.version)
    assert answer.status_code == 302, text_of(answer)
    assert jobs.run_now(Job.objects.get(key=f"imports.run:{row.pk}").pk)
    return text_of(browser.get(f"/imports/{row.pk}/"))
