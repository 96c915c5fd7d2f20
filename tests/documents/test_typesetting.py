"""Lines that end evenly: what may begin and end one, what is never torn, how far marks are drawn together."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from shuangjian import font_cuts, pdf, typefaces
from shuangjian.typesetting import NO_END, NO_START, TIGHTEST, Run, compose

pytestmark = pytest.mark.documents

TEXT = (
    "根据《教育督导条例》和《中小学生减负措施》（减负三十条），县人民政府教育督导委员会办公室于2026年3月2日至6月26日，"
    "开展“双减”工作专项督导。应查单位18家，实查16家（16/18，88.9%）；联系电话0000-6120012。"
)


def widths(line: object, family: str = "FandolFang") -> float:
    total = 0.0
    for piece in line.pieces:  # type: ignore[attr-defined]
        for character in piece.text:
            total += typefaces.advance(character, family) * (0.5 if piece.halved else 1)
    return total


@pytest.mark.parametrize("measure", [10.0, 17.0, 28.07])
def test_every_line_but_the_last_fills_the_measure(measure: float) -> None:
    lines = compose([Run(TEXT, "fang", "FandolFang")], measure=measure, indent=2)
    assert "".join(line.text for line in lines) == TEXT
    for place, line in enumerate(lines[:-1]):
        room = measure - (2 if place == 0 else 0)
        assert widths(line) + (len(line.text) - 1) * line.spacing == pytest.approx(room, abs=0.01)


@pytest.mark.parametrize("measure", [9.0, 16.0, 21.5, 28.07])
def test_no_closing_mark_begins_a_line_and_no_opening_one_ends_it(measure: float) -> None:
    lines = compose([Run(TEXT * 3, "fang", "FandolFang")], measure=measure, indent=2)
    for before, after in pairwise(lines):
        assert after.text[0] not in NO_START
        assert before.text[-1] not in NO_END


@pytest.mark.parametrize("measure", [9.0, 16.0, 21.5, 28.07])
def test_figures_are_never_torn(measure: float) -> None:
    lines = compose([Run(TEXT * 3, "fang", "FandolFang")], measure=measure, indent=2)
    ends = "|".join(line.text for line in lines)
    for figure in ("2026", "16/18", "88.9%", "0000-6120012"):
        assert ends.count(figure) == 3


def test_a_word_longer_than_a_line_is_broken_where_it_must() -> None:
    address = "https://" + "example" * 8
    lines = compose([Run(f"见{address}。", "fang", "FandolFang")], measure=12, indent=2)
    assert "".join(line.text for line in lines) == f"见{address}。"
    assert len(lines) > 2


def test_pairs_of_marks_stand_closer() -> None:
    line = compose([Run("（《条例》）。国", "fang", "FandolFang")], measure=28)[0]
    halved = "".join(piece.text for piece in line.pieces if piece.halved)
    assert halved == "《》）"


def test_spacing_stays_within_what_looks_even() -> None:
    lines = compose([Run(TEXT * 4, "fang", "FandolFang")], measure=28.07, indent=2)
    assert all(TIGHTEST <= line.spacing <= 0.09 for line in lines)


def test_styles_keep_their_order_and_their_words() -> None:
    runs = [
        Run("（一）课后服务稳定开展。", "kai", "FandolKai"),
        Run("全县中小学全部开展。" * 4, "fang", "FandolFang"),
    ]
    lines = compose(runs, measure=20, indent=2)
    styles = [piece.style for line in lines for piece in line.pieces]
    assert styles == sorted(styles, key=["kai", "fang"].index)
    assert "".join(line.text for line in lines) == runs[0].text + runs[1].text


def test_nothing_gives_no_line() -> None:
    assert compose([Run("  ", "fang", "FandolFang")], measure=28) == []


# --- Faces ---


def test_widths_come_from_the_face_that_prints_the_character() -> None:
    assert typefaces.advance("国", "FandolFang") == 1
    assert 0.4 < typefaces.advance("2", "FandolFang") < 0.7
    assert "珺" not in typefaces.face("FandolFang")
    assert typefaces.advance("珺", "FandolFang") == 1  # from the face behind it


def test_a_missing_character_is_told_with_the_words_round_it() -> None:
    (missing,) = typefaces.missing_characters(["学校在操场设\U0002ffff标牌一块"])
    assert str(missing) == "“\U0002ffff”（U+2FFFF，见“学校在操场设\U0002ffff标牌一块”）"


def test_the_renderer_and_the_widths_read_the_same_folders() -> None:
    conf = typefaces.FONTS_CONF.read_text(encoding="utf-8")
    for family, file_name in typefaces.FILES.items():
        assert f"<string>{family}</string>" in conf
        path = typefaces.find(file_name)
        assert path is not None
        assert str(path.parent) in conf


def test_fonts_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "folders", lambda: ())
    monkeypatch.setattr(typefaces, "cuts", typefaces.cuts.__wrapped__)
    assert "FandolFang-Regular.otf" in typefaces.missing_files()
    with pytest.raises(typefaces.FontsMissing, match="fonts-noto-cjk"):
        typefaces.face.__wrapped__("FandolFang")


def test_cuts_are_made_once_and_come_before_the_full_faces(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    path = typefaces.find("FandolKai-Regular.otf")
    assert path is not None
    folder = font_cuts.ensure({path: "FandolKai"}, typefaces.FONTS_CONF)
    made = (folder / "FandolKai-Regular.otf").stat()
    assert font_cuts.ensure({path: "FandolKai"}, typefaces.FONTS_CONF) == folder
    assert (folder / "FandolKai-Regular.otf").stat().st_mtime_ns == made.st_mtime_ns
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name]  # nothing half-made stays
    named = [item.text for item in ElementTree.parse(folder / "fonts.conf").iter("dir")]
    assert named == [str(folder), *map(str, typefaces.folders())]


def test_a_cut_has_the_widths_of_its_face() -> None:
    for family, name in typefaces.FILES.items():
        path = typefaces.find(name)
        assert path is not None
        full, face = typefaces._widths(typefaces._open(path, family)), typefaces.face(family)
        assert all(face.width(character) == full.get(ord(character)) for character in "国督导，。“（0a…—㛃𠮷")


def test_a_paper_is_set_from_the_cuts() -> None:
    """A cut's glyphs are numbered to 9,000; in the full face this character has a number above 40,000."""
    style = "<style>html { font-family: 'Noto Serif CJK SC' }</style>"
    page = f"<html><head>{style}</head><body><p>龚</p></body></html>"
    reader = PdfReader(BytesIO(pdf.html_to_pdf(page)))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    glyphs = [
        number for font in fonts for number in _numbered(font["/DescendantFonts"][0].get_object()["/W"])
    ]
    assert glyphs
    assert max(glyphs) < 9000


def _numbered(widths: Any) -> list[int]:
    """The glyphs of a PDF's list of widths: number [width …], or first last width."""
    return [int(one) for one, after in pairwise(widths) if isinstance(after, list)]
