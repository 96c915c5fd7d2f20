"""销号确认单 as PDF: one page, thumbnails, a broken picture named, hostile text inert."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inspections.models import CloseOutForm
from inspections.papers import close_out
from inspections.papers.close_out import CloseOutData, Opinion, ProofLine
from inspections.reports.data import dump
from tests.documents.conftest import Paper
from tests.documents.test_papers import Skeleton
from tests.files import samples as pictures
from tests.hostile import HOSTILE

pytestmark = pytest.mark.documents
PROOFS = tuple(
    ProofLine(caption, date(2026, 7, 3), f"{place}f3a91c4", place)
    for place, caption in enumerate(("已改正：编班公示.jpg", "已改正：新名册.jpg", "执行记录：任课表.jpg"), 1)
)
DATA = CloseOutData(
    number="销2026-0147",
    unit="云溪县第二初级中学（3136000219）",
    problem="2026-0139（政府督导）",
    rule="第3条 均衡编班配置师资",
    prohibition="严禁以任何名义设重点班、快慢班、实验班（红线）",
    rectifying="限期整改",
    notice="云教函〔2026〕15号，2026年5月15日",
    first_due="2026年7月10日（星期五）",
    extensions="无",
    measures=("1. 停止“实验班”名义（王某，5月18日）", "2. 重新均衡编班并公示（李某，7月3日）"),
    proofs=PROOFS,
    opinions=(
        Opinion("单位自评", "负责人（签名、盖章）", "已按要求完成整改，材料真实。", "唐宁，2026年7月6日"),
        Opinion("初核意见", "督学（签名）", "现场核查。核对6个班名册，与公示一致。", "周某，2026年7月8日"),
        Opinion("审批意见", "分管领导（签名）", "同意销号。", "陈志远，2026年7月9日"),
    ),
    result="同意销号",
    look_back="结果：　　　　　　　　签名：　　　　　　　日期：",
    portal="云溪县双减工作平台",
    printed_at=datetime(2026, 7, 9, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai")),
)


def form(data: CloseOutData = DATA) -> CloseOutForm:
    return CloseOutForm(data=dump(data), check_code="7K3M-Q0ZX")


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


def test_hostile_text_is_inert(photos: dict[int, Any]) -> None:
    def said(words: str) -> set[tuple[str, ...]]:
        proofs = (replace(PROOFS[0], caption=words), replace(PROOFS[1], caption=words, file=None))
        opinions = tuple(replace(one, words=words, by=words) for one in DATA.opinions)
        data = replace(
            DATA, unit=words, measures=(words,), proofs=proofs, opinions=opinions, extensions=words
        )
        return Skeleton(close_out.page_of(form(data))).tags

    allowed = said("文字")
    for words in HOSTILE:
        assert said(words) <= allowed, words
