"""The .docx of a report: what it says, its faces and tables, and that hostile text is inert."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from xml.etree import ElementTree

import pytest
from docx import Document

from inspections.models import Paper
from inspections.papers import word
from inspections.reports.word import docx_of
from shuangjian.word import plain
from tests.documents import case_paper_samples, paper_samples, samples
from tests.hostile import HOSTILE, PAPER, RARE_NAMES

pytestmark = pytest.mark.documents
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def body_of(data: bytes) -> ElementTree.Element:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read("word/document.xml"))


def text_of(data: bytes) -> str:
    """All words of body and tables, paragraph by paragraph."""
    rows = body_of(data).iter(f"{W}p")
    return "\n".join("".join(part.text or "" for part in row.iter(f"{W}t")) for row in rows)


def case_paper(kind: str, words: str, text: str) -> bytes:
    return word.docx_of(case_paper_samples.said_everywhere(kind, words, text))


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


EVERY = [*HOSTILE, *PAPER, *RARE_NAMES, "\x00\x01", "\ud800"]
CASES = [Paper.Kind(kind) for kind in case_paper_samples.KINDS_HERE]


def hostile_report(words: str, text: str) -> bytes:
    report = samples.unit_report(signed=False)
    report.sections = {"practice": text, "advice": text}
    report.data["unit_name"] = words
    return docx_of(report)


DOCUMENTS: dict[str, Callable[[str, str], bytes]] = {
    "report": hostile_report,
    "notice": lambda words, text: word.docx_of(paper_samples.said_everywhere("notice", words, text)),
    "opinion": lambda words, text: word.docx_of(paper_samples.said_everywhere("opinion", words, text)),
    **{kind.value: partial(case_paper, kind.value) for kind in CASES},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_hostile_words_are_only_words(name: str) -> None:
    """All of them in one document: each as it is, but for what XML cannot hold."""
    text = "\n".join(f"〈{place}〉{words}〈/{place}〉" for place, words in enumerate(EVERY))
    data = DOCUMENTS[name]("甲<w:hyperlink/>&amp;乙", text)
    root = body_of(data)
    assert not {f"{W}hyperlink", f"{W}instrText", f"{W}altChunk"} & {one.tag for one in root.iter()}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert "External" not in archive.read("word/_rels/document.xml.rels").decode()
        assert "<!DOCTYPE" not in archive.read("word/document.xml").decode()
    said = "".join(text_of(data).split())
    assert "甲<w:hyperlink/>&amp;乙" in said
    for line in plain(text).splitlines():
        assert "".join(line.split()) in said, line


@pytest.mark.parametrize("kind", [Paper.Kind.TRANSFER, Paper.Kind.TALK_RECORD])
def test_a_paper_says_who_to_whom_and_when(kind: Paper.Kind) -> None:
    text = text_of(word.docx_of(case_paper_samples.paper(kind.value)))
    assert kind.label in text and case_paper_samples.NUMBERS[kind.value] in text
    if kind == Paper.Kind.TRANSFER:
        assert "云溪县市场监督管理局：" in text and "2026年5月15日" in text
    else:
        assert "被约谈单位：" in text and "记录人（签字）：" in text
