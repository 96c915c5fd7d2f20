"""The .docx of a report: what it says, its faces and tables, hostile text inert, and that others open it."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document

from inspections.models import SupervisionReport
from inspections.reports.word import docx_of
from tests.documents import samples
from tests.hostile import HOSTILE, RARE_NAMES

pytestmark = pytest.mark.documents
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def body_of(data: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read("word/document.xml"))


def text_of(data: bytes) -> str:
    """All words of body and tables, paragraph by paragraph."""
    rows = body_of(data).iter(f"{W}p")
    return "\n".join("".join(part.text or "" for part in row.iter(f"{W}t")) for row in rows)


def test_it_says_what_the_paper_says() -> None:
    report = samples.county_report()
    text = text_of(docx_of(report))
    assert "云教督〔2026〕7号" in text
    assert f"{samples.supervision_data().addressee}：" in text
    assert "共发现问题22个" in text
    assert "2026年11月26日" in text
    for title in ("附件1", "问题清单", "指标和计算口径"):
        assert title in text
    for line in samples.problem_lines():
        assert line.no in text


def test_a_draft_says_that_it_is_one() -> None:
    text = text_of(docx_of(samples.unit_report(signed=False)))
    assert "草稿，不作为正式文件" in text
    assert "待编号" in text
    assert "草稿" not in text_of(docx_of(samples.unit_report()))


def test_faces_and_page_are_those_of_an_official_paper() -> None:
    data = docx_of(samples.county_report())
    faces = {fonts.get(f"{W}eastAsia") for fonts in body_of(data).iter(f"{W}rFonts")}
    assert {"仿宋", "黑体", "楷体"} <= faces
    first, wide, *_ = Document(BytesIO(data)).sections
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    assert [round(side.mm) for side in (first.top_margin, first.left_margin)] == [37, 28]
    assert (round(wide.page_width.mm), round(wide.page_height.mm)) == (297, 210)


def test_tables_repeat_their_heads_and_split_no_row() -> None:
    body = body_of(docx_of(samples.county_report()))
    for table in body.iter(f"{W}tbl"):
        rows = list(table.iter(f"{W}tr"))
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        assert len({len(row.findall(f"{W}tc")) for row in rows}) == 1
    names = {element.tag for element in body.iter()}
    assert not {f"{W}sdt", f"{W}drawing", f"{W}pict", f"{W}object"} & names


def hostile_report(words: str) -> SupervisionReport:
    data = samples.unit_data()
    report = samples.unit_report(data, signed=False)
    report.sections = {"practice": words, "advice": words}
    report.data["unit_name"] = f"甲{words}乙"
    return report


@pytest.mark.parametrize("words", [*HOSTILE[::9], "\x00\x0b", "\ud800", *RARE_NAMES[:3]])
def test_hostile_words_are_only_words(words: str) -> None:
    data = docx_of(hostile_report(words))
    root = body_of(data)
    assert not {f"{W}hyperlink", f"{W}instrText", f"{W}altChunk"} & {one.tag for one in root.iter()}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        links = archive.read("word/_rels/document.xml.rels").decode()
        assert "External" not in links
        assert "DOCTYPE" not in archive.read("word/document.xml").decode()
    plain = re.sub(r"\s", "", words.splitlines()[0]) if words.splitlines() else ""
    if plain.isalnum():
        assert plain in re.sub(r"\s", "", text_of(data))


def test_an_office_suite_opens_it(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    source = tmp_path / "报告.docx"
    source.write_bytes(docx_of(samples.county_report()))
    command = [
        office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(source),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    pdf = tmp_path / "报告.pdf"
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    assert "云教督〔2026〕7号" in "".join(text.split())
