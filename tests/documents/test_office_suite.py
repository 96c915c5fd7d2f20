"""Every .docx and .xlsx opened by another program (P31): LibreOffice finds the same words and dates."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from pypdf import PdfReader

from inspections.models import Paper
from inspections.papers import word
from inspections.reports import workbook
from inspections.reports.word import docx_of
from inspections.returns import shipped
from tests.documents import case_paper_samples, paper_samples, samples

pytestmark = pytest.mark.documents

PAPERS: dict[str, Paper] = {
    **{kind: paper_samples.paper(kind) for kind in ("notice", "order", "opinion")},
    **{kind: case_paper_samples.paper(kind) for kind in case_paper_samples.KINDS_HERE},
}
REPORTS = {"county": samples.county_report(), "unit": samples.unit_report()}
# In UTF-8, everything as it is shown, a file for every sheet (-1).
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def open_and_save(files: Iterable[Path], form: str, at: Path) -> None:
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{at}/profile", "--convert-to", form]
    subprocess.run([*command, "--outdir", at, *files], check=True, capture_output=True, timeout=180)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the office suite made of every text document and workbook: PDF and csv."""
    at = tmp_path_factory.mktemp("office")
    texts = {name: docx_of(report) for name, report in REPORTS.items()}
    texts |= {name: word.docx_of(paper) for name, paper in PAPERS.items()}
    statistics, tables = shipped.shipped()
    books = {f"{name}-annexes": workbook.workbook_of(report) for name, report in REPORTS.items()}
    books |= {
        f"table{place}": shipped.workbook(table, {one.code: one for one in statistics})
        for place, table in enumerate(tables)
    }
    for name, data in texts.items():
        (at / f"{name}.docx").write_bytes(data)
    for name, data in books.items():
        (at / f"{name}.xlsx").write_bytes(data)
    open_and_save(sorted(at.glob("*.docx")), "pdf", at)
    open_and_save(sorted(at.glob("*.xlsx")), AS_CSV, at)
    return at


@pytest.mark.parametrize("name", [*REPORTS, *PAPERS])
def test_a_text_document_says_its_title_number_and_day(opened: Path, name: str) -> None:
    file = opened / f"{name}.pdf"
    said = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
    text = "".join(said.split())
    row = REPORTS.get(name) or PAPERS[name]
    assert "".join(row.title.split()) in text or row.get_kind_display() in text
    assert row.document_no in text
    if name != "talk_record":  # it is dated by hand, beside the three names
        assert f"{row.signed_on.year}年{row.signed_on.month}月{row.signed_on.day}日" in text
    first = PdfReader(file).pages[0].mediabox
    assert (round(first.width), round(first.height)) == (595, 842)


def sheet(opened: Path, name: str) -> list[list[str]]:
    return list(csv.reader((opened / f"{name}.csv").open(encoding="utf-8-sig")))


def test_the_annexes_hold_days_and_numbers(opened: Path) -> None:
    told, heads, *rows = sheet(opened, "county-annexes-问题清单")
    assert told[0].startswith("云教督〔2026〕7号；数据截至2026年")
    lines = [dict(zip(heads, row, strict=True)) for row in rows]
    expected = samples.problem_lines()
    assert [line["编号"] for line in lines] == [one.no for one in expected]
    assert [line["整改期限"] for line in lines] == [f"{one.due_on:%Y-%m-%d}" for one in expected]
    assert {line["条目"] for line in lines} == {str(one.rule) for one in expected}
    _, heads, *rows = sheet(opened, "county-annexes-单位和条目")
    assert len(rows) == 24 and heads[0] == "单位" and all(int(row[-1]) >= 0 for row in rows)


@pytest.mark.parametrize("place", range(len(shipped.shipped()[1])))
def test_a_table_that_goes_up_keeps_its_rows(opened: Path, place: int) -> None:
    table = shipped.shipped()[1][place]
    rows = sheet(opened, f"table{place}-报表")
    assert rows[0][0] == table.name
    assert [row[0] for row in rows if row[0].isdigit()] == [str(at + 1) for at in range(len(table.figures))]
