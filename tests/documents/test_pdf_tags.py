"""The file for archives and for screen readers: PDF/A-2a named, tagged, with language, title and outline."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from inspections.reports import rendering
from tests.documents import samples
from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents


def structure(paper: Paper) -> list[str]:
    """The tags of the structure tree in reading order, as poppler reads it."""
    answer = subprocess.run(
        ["pdfinfo", "-struct", str(paper.path)], capture_output=True, check=True, text=True
    )
    return [words[0].rstrip(":") for line in answer.stdout.splitlines() if (words := line.split())]


def structure_text(paper: Paper) -> str:
    """The text as the structure tree gives it: what a screen reader says, in its order."""
    command = ["pdfinfo", "-struct-text", str(paper.path)]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    said = [line.strip()[1:-1] for line in answer.splitlines() if line.strip().startswith('"')]
    return "".join("".join(said).split())


def test_the_file_names_archive_tags_language_and_title(county_paper: Paper) -> None:
    root: Any = county_paper.reader.trailer["/Root"]
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    metadata = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="2"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert county_paper.reader.metadata is not None
    assert county_paper.reader.metadata.title in metadata


def test_headings_and_tables_are_tagged(county_paper: Paper) -> None:
    tags = structure(county_paper)
    assert tags.count("H1") == 1
    headings = [tag for tag in tags if tag in ("H1", "H2", "H3")]
    assert headings[0] == "H1"
    assert headings.count("H2") >= 5  # the parts of the text, the annexes
    assert tags.count("TR") > 50
    assert {"Table", "TH", "TD", "P"} <= set(tags)


def test_every_word_is_reached_by_the_tags(county_paper: Paper, unit_paper: Paper) -> None:
    for paper in (county_paper, unit_paper):
        said = structure_text(paper)
        for words in ("总体情况", "整改情况", "云溪县人民政府教育督导委员会办公室"):
            assert words in said
    assert "印发" in structure_text(county_paper)  # the 版记, laid out apart, belongs to the tree too


def test_the_outline_follows_the_headings(county_paper: Paper) -> None:
    outline = county_paper.reader.outline
    assert outline[0].title.startswith("云溪县")
    below = [item.title for item in outline[1] if not isinstance(item, list)]
    assert below[0].startswith("一、")
    assert any("单位" in title for title in below[-8:])


def test_a_draft_is_no_less(paper_of: Any) -> None:
    paper = paper_of(rendering.pdf_of(samples.unit_report(signed=False)))
    assert "H2" in structure(paper)
