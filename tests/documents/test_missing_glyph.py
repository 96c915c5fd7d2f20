"""A character without a glyph stops the paper and is named with its place; rare ones that have one pass."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.reports import rendering
from shuangjian import pdf, typefaces
from tests.documents import samples

pytestmark = pytest.mark.documents

RARE = "珺喆玥堃昇曌㛃䶮𠮷𡋾"  # names of people and places, two of them from ext. B


def test_the_character_and_its_place_are_named() -> None:
    report = samples.unit_report()
    report.sections["practice"] = "学校在操场设\U0002ffff标牌一块，便于识别。"
    with pytest.raises(pdf.CannotRender) as caught:
        rendering.pdf_of(report)
    assert "U+2FFFF" in str(caught.value)
    assert "操场设" in str(caught.value)


def test_a_missing_character_in_a_table_is_found_too() -> None:
    data = samples.unit_data()
    report = samples.unit_report(data)
    report.data["problems"][0]["fact"] = "情况\U0001f600已核"
    with pytest.raises(pdf.CannotRender, match="U\\+1F600"):
        rendering.pdf_of(report)


def test_rare_names_are_printed(paper_of: Any) -> None:
    report = samples.unit_report()
    report.sections["practice"] = f"教师{RARE}等负责。"
    assert RARE in paper_of(rendering.pdf_of(report)).running_text()


def test_characters_that_print_nothing_are_no_matter() -> None:
    assert typefaces.missing_characters(["甲\u200d乙\ufe0f丙\ufeff"]) == []


def test_a_font_that_cannot_be_cut_down_stops_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<html><head><style>html { font-family: FandolKai }</style></head><body><p>甲</p></body></html>"
    pdf.html_to_pdf(page)  # the renderer is loaded
    from weasyprint.pdf import fonts

    def refuses(self: Any, to_unicode: Any, hinting: Any) -> None:
        fonts.LOGGER.warning('Unable to subset "%s" with HarfBuzz', self.family)

    monkeypatch.setattr(fonts.Font, "_harfbuzz_subset", refuses)
    with pytest.raises(pdf.CannotRender, match="字库没有能嵌入"):
        pdf.html_to_pdf(page)


def test_a_machine_without_the_fonts_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "missing_files", lambda: ["FandolFang-Regular.otf"])
    typefaces.cuts.cache_clear()
    try:
        with pytest.raises(pdf.CannotRender, match=r"FandolFang-Regular\.otf.*texlive-lang-chinese"):
            rendering.pdf_of(samples.unit_report())
    finally:
        typefaces.cuts.cache_clear()
