"""销号确认单 as PDF: one page, thumbnails, a broken picture named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inspections.papers import close_out
from tests.documents.close_out_samples import DATA, form
from tests.documents.conftest import Paper
from tests.files import samples as pictures

pytestmark = pytest.mark.documents


@pytest.fixture
def photos(monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes | None]:
    found: dict[int, bytes | None] = dict.fromkeys((1, 2, 3), pictures.picture())
    monkeypatch.setattr(close_out, "_pictures", lambda row: found)
    return found


def test_it_is_one_page_with_its_pictures_and_reads_back(paper_of: Any, photos: dict[int, Any]) -> None:
    paper: Paper = paper_of(close_out.pdf_of(form()))
    assert paper.page_count == 1
    text = paper.running_text()
    for words in ("问题销号确认单", "销2026-0147", "云教函〔2026〕15号", "核对6个班名册", "7K3M-Q0ZX"):
        assert words in text, words
    assert len(paper.reader.pages[0].images) >= 1
    bottom = max(word.bottom for word in paper.words(1))
    assert bottom < 281


def test_a_long_one_is_set_closer_and_stays_one_page(paper_of: Any, photos: dict[int, Any]) -> None:
    long = tuple(replace(one, words="核查情况属实，已落实到班级。" * 11) for one in DATA.opinions)
    measures = tuple(f"{place}. {'整改措施' * 18}（王某，7月3日）" for place in range(1, 6))
    paper: Paper = paper_of(close_out.pdf_of(form(replace(DATA, opinions=long, measures=measures))))
    assert paper.page_count == 1


def test_a_picture_that_cannot_be_opened_is_named_and_the_form_comes_out(
    paper_of: Any, photos: dict[int, Any]
) -> None:
    photos[2] = None
    text = paper_of(close_out.pdf_of(form())).running_text()
    assert "照片打不开" in text
    assert "新名册.jpg" in text


def test_the_same_form_gives_the_same_bytes(photos: dict[int, Any]) -> None:
    assert close_out.pdf_of(form()) == close_out.pdf_of(form())
