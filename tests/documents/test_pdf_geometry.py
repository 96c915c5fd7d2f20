"""GB/T 9704 measured on the PDF itself: 28 × 22, margins, red head, page numbers, turned sheets, 版记."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby, pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from PIL import Image

from inspections.reports import lines, rendering
from inspections.reports.blocks import Paragraph, Span
from shuangjian import pdf
from tests.documents import samples
from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents
CHARACTER = 15.75 * 25.4 / 72  # 三号 in millimetres
LINE = 10.448
SMALL = 14 * 25.4 / 72  # 四号


def spans(flags: list[bool]) -> list[tuple[int, int]]:
    """First and last place of each run of True."""
    found, at = [], 0
    for flag, run in groupby(flags):
        length = len(list(run))
        if flag:
            found.append((at, at + length - 1))
        at += length
    return found


def ink(picture: Image.Image, box: tuple[float, float, float, float]) -> tuple[list[bool], list[bool]]:
    """Which rows and which columns of a part (millimetres) hold ink."""
    scale = picture.width / 210 if picture.width < picture.height else picture.width / 297
    part = (
        picture.crop(tuple(round(side * scale) for side in box)).convert("L").point(lambda v: 255 * (v < 140))
    )
    width, height = part.size
    rows = [part.crop((0, y, width, y + 1)).getbbox() is not None for y in range(height)]
    columns = [part.crop((x, 0, x + 1, height)).getbbox() is not None for x in range(width)]
    return rows, columns


def reddish(picture: Image.Image) -> list[int]:
    """Rows that hold red ink."""
    red, green, _ = picture.split()
    mask = Image.eval(green, lambda value: 255 * (value < 90))
    strong = Image.eval(red, lambda value: 255 * (value > 150))
    both = Image.composite(strong, Image.new("L", mask.size), mask)
    return [y for y in range(both.height) if both.crop((0, y, both.width, y + 1)).getbbox()]


@pytest.fixture(scope="module")
def grid(paper_of: Any) -> Paper:
    """Two pages of nothing but text."""
    text = Paragraph((Span("国" * (26 + 28 * 30)),))
    blocks = render_to_string("reports/_blocks.html", {"blocks": [lines.set_paragraph(text)]})
    html = f'<!DOCTYPE html><html lang="zh-CN"><body data-mark="">{blocks}</body></html>'
    sheets = rendering.sheets_of(rendering.SHEET_NAMES)
    return paper_of(pdf.html_to_pdf(html, stylesheets=sheets))


def test_a_full_page_has_22_lines_of_28_characters(grid: Paper) -> None:
    picture = grid.picture(1, 200)
    rows, _ = ink(picture, (20, 30, 200, 265))
    _, columns = ink(picture, (20, 46, 200, 265))  # below the first line, which is indented
    assert (len(spans(rows)), len(spans(columns))) == (22, 28)
    texts = grid.text(1, 1).split()
    assert texts[:22] == ["国" * 26, *["国" * 28] * 21]


def test_the_characters_fill_the_block_from_edge_to_edge(grid: Paper) -> None:
    picture = grid.picture(1, 200)
    scale = 200 / 25.4
    rows, _ = ink(picture, (0, 30, 210, 265))
    _, columns = ink(picture, (0, 46, 210, 265))
    top, bottom = spans(rows)[0][0] / scale + 30, spans(rows)[-1][1] / scale + 30
    left, right = spans(columns)[0][0] / scale, spans(columns)[-1][1] / scale
    air = 0.22 * CHARACTER  # this character's ink doesn't fill its square
    assert 37 <= top <= 37 + air
    assert 262 - air <= bottom <= 262
    assert 28 <= left <= 28 + air
    assert 184 - air <= right <= 184
    first = grid.words(1)[1]
    assert (round(first.left, 1), round(first.right)) == (28.0, 184)
    tops = [first / scale for first, _ in spans(rows)]
    pitches = [after - before for before, after in pairwise(tops)]
    assert all(abs(pitch - LINE) < 0.2 for pitch in pitches)


def test_even_pages_mirror_the_margins(grid: Paper) -> None:
    first = grid.words(2)[0]
    assert (round(first.left, 1), round(first.right)) == (26.0, 182)


def test_sheets_are_a4_and_only_the_matrix_is_turned(county_paper: Paper) -> None:
    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in county_paper.reader.pages]
    turned = [number for number, size in enumerate(sizes, 1) if size == (842, 595)]
    assert set(sizes) == {(595, 842), (842, 595)}
    for number in turned:
        assert "被督导单位减负三十条" in county_paper.running_text(number, number) or number - 1 in turned


def number_words(paper: Paper, page: int) -> tuple[float, float, float]:
    """Left, right and middle height of 「— n —」 at the foot of an upright page."""
    found = [word for word in paper.words(page) if 264 < word.top < 276]  # under them the check code
    assert [word.text for word in found] == ["—", str(page), "—"]
    return found[0].left, found[-1].right, (found[0].top + found[0].bottom) / 2


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(county_paper: Paper, page: int) -> None:
    left, right, _ = number_words(county_paper, page)
    if page % 2:
        assert abs(right - (210 - 26 - SMALL)) < 0.6
    else:
        assert abs(left - (26 + SMALL)) < 0.6


def test_the_dash_of_the_number_lies_7_mm_below_the_block(county_paper: Paper) -> None:
    for page in (1, 2, county_paper.page_count - 1):
        left, _, _ = number_words(county_paper, page)
        dash, _ = ink(county_paper.picture(page, 200), (left, 263, left + 3, 280))
        assert abs(spans(dash)[0][0] * 25.4 / 200 + 263 - (262 + 7)) < 0.4


def test_a_turned_sheet_has_its_number_where_an_upright_one_has_it(county_paper: Paper) -> None:
    turned = [n for n, page in enumerate(county_paper.reader.pages, 1) if page.mediabox.width > 700]
    assert {page % 2 for page in turned} == {0, 1}  # the sample has both kinds
    for page in turned:
        picture = county_paper.picture(page)
        rows, columns = ink(picture, (20, 10, 34.5, 200))
        scale = picture.width / 297
        depth = spans(columns)[-1][1] / scale + 20
        assert abs(depth - 28) < 1.2  # its right edge: 7 mm from the block's
        places = [row / scale + 10 for run in spans(rows) for row in run]
        if page % 2:
            assert abs(max(places) - (210 - 26 - SMALL)) < 0.8
        else:
            assert abs(min(places) - (26 + SMALL)) < 0.8


def test_the_red_head_begins_35_mm_below_the_block_s_edge(county_paper: Paper) -> None:
    rows = reddish(county_paper.picture(1, 200))
    runs = spans([row in set(rows) for row in range(rows[-1] + 1)])
    assert abs(runs[0][0] * 25.4 / 200 - 72) < 0.5
    line_top = runs[-1][0] * 25.4 / 200
    assert runs[-1][1] - runs[-1][0] < 10  # the line itself, under the number
    number = next(word for word in county_paper.words(1) if word.text.startswith("云教督"))
    baseline_box = (number.top + number.bottom) / 2 + CHARACTER / 2
    assert abs(line_top - baseline_box - 4) < 0.6


def test_the_last_page_is_even_and_ends_with_the_colophon(county_paper: Paper, unit_paper: Paper) -> None:
    for paper in (county_paper, unit_paper):
        assert paper.page_count % 2 == 0
        last = paper.page_count
        assert "2026年11月26日印发" in paper.running_text(last, last)
        rows, _ = ink(paper.picture(last, 200), (90, 200, 110, 266))
        assert abs(spans(rows)[-1][1] * 25.4 / 200 + 200 - 262) < 0.4


def test_a_page_that_holds_the_colophon_alone_has_no_number(small_paper: Paper, unit_paper: Paper) -> None:
    beside = small_paper.running_text(small_paper.page_count)
    assert beside.startswith("附件6")
    assert f"—{small_paper.page_count}—" in beside
    alone = unit_paper.running_text(unit_paper.page_count)
    assert alone == f"{samples.OFFICE}2026年11月26日印发"


@dataclass
class Sheet:
    """What the renderer tells of a page."""

    anchors: dict[str, tuple[float, float]] = field(default_factory=dict)
    _page_box: Any = field(default_factory=lambda: SimpleNamespace(children=[]))


@pytest.mark.parametrize(
    ("pages", "end", "expected"),
    [
        (1, 100.0, "own foot"),  # odd: the back of the last sheet
        (2, 100.0, "own over"),  # even with room
        (2, 950.0, "own own blank foot"),  # even and full: neither moved text nor an odd foot
    ],
)
def test_the_foot_finds_the_last_even_page(pages: int, end: float, expected: str) -> None:
    own = [Sheet({"end": (0.0, end)}) for _ in range(pages)]
    blank, foot = Sheet(), Sheet({"foot": (0.0, 900.0)})
    names = {id(blank): "blank", id(foot): "foot"} | {id(page): "own" for page in own}
    found = pdf._with_foot(own, [blank, foot])
    assert " ".join(names.get(id(page), "over") for page in found) == expected
    assert len(found) % 2 == 0


def test_the_report_to_the_government_names_its_signer_one_character_in(county_paper: Paper) -> None:
    words = county_paper.words(1)
    number = next(word for word in words if word.text.startswith("云教督"))
    signer = next(word for word in words if word.text.endswith("陈志远"))
    assert abs(number.left - (28 + CHARACTER)) < 0.5
    assert abs(signer.right - (184 - CHARACTER)) < 0.6


def test_a_report_to_a_unit_has_its_number_in_the_middle_and_no_signer(unit_paper: Paper) -> None:
    words = unit_paper.words(1)
    number = next(word for word in words if word.text.startswith("云教督"))
    assert abs((number.left + number.right) / 2 - (28 + 78)) < 0.6
    assert "签发人" not in unit_paper.text(1, 1)


def test_the_date_ends_four_characters_in_and_the_office_is_centred_on_it(county_paper: Paper) -> None:
    for page in range(1, county_paper.page_count):
        dates = [word for word in county_paper.words(page) if word.text == "2026年11月26日"]
        if dates:
            break
    edge = 184 if page % 2 else 182
    assert abs(dates[0].right - (edge - 4 * CHARACTER)) < 0.6
    office = next(word for word in county_paper.words(page) if word.text == "教育督导委员会办公室")
    assert abs((office.left + office.right) / 2 - (dates[0].left + dates[0].right) / 2) < 0.6
