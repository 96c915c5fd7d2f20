"""Papers as PDF: the letter form measured, text read back, the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inspections.papers import rendering
from inspections.papers.findings import Addressee
from shuangjian import pdf
from tests.documents import paper_samples as samples
from tests.documents.conftest import Paper
from tests.documents.test_pdf_geometry import ink, reddish, spans

pytestmark = pytest.mark.documents
DPI = 200
MM = 25.4 / DPI


@pytest.fixture(scope="module")
def notice(paper_of: Any) -> Paper:
    return paper_of(rendering.pdf_of(samples.paper()))


@pytest.fixture(scope="module")
def opinion(paper_of: Any) -> Paper:
    return paper_of(rendering.pdf_of(samples.paper("opinion")))


@pytest.fixture(scope="module")
def draft(paper_of: Any) -> Paper:
    return paper_of(rendering.pdf_of(samples.paper(signed=False)))


def red_runs(paper: Paper) -> list[tuple[float, float]]:
    """Upper and lower edge of each run of red rows on the first page, in millimetres."""
    rows = set(reddish(paper.picture(1, DPI)))
    runs = spans([row in rows for row in range(max(rows) + 1)])
    return [(first * MM, (last + 1) * MM) for first, last in runs]


@pytest.mark.parametrize("name", ["notice", "opinion"])
def test_the_head_begins_30_mm_below_the_edge_and_the_double_line_4_mm_under_it(
    name: str, request: pytest.FixtureRequest
) -> None:
    runs = red_runs(request.getfixturevalue(name))
    head, thick, thin, low_thin, low_thick = runs[0], *runs[-4:]
    assert abs(head[0] - 30) < 0.5
    assert abs(thick[0] - runs[-5][1] - 4) < 0.6
    assert thick[1] - thick[0] > 2 * (thin[1] - thin[0])  # thick over thin
    assert low_thick[1] - low_thick[0] > 2 * (low_thin[1] - low_thin[0])  # thin over thick
    assert abs(low_thick[1] - 277) < 0.4  # ends 20 mm above the lower edge


@pytest.mark.parametrize("where", [(44, 52), (272, 280)])
def test_both_double_lines_are_170_mm_wide_and_centred(notice: Paper, where: tuple[float, float]) -> None:
    red = notice.picture(1, DPI).split()[1]  # its green part is dark where there is red ink
    part = red.crop((0, round(where[0] / MM), red.width, round(where[1] / MM))).point(
        lambda v: 255 * (v < 90)
    )
    rows = [y for y in range(part.height) if part.crop((0, y, part.width, y + 1)).getbbox()]
    box = part.crop((0, rows[0], part.width, rows[0] + 1)).getbbox()
    assert box is not None
    assert abs(box[0] * MM - 20) < 0.4
    assert abs(box[2] * MM - 190) < 0.4


def test_the_number_stands_flush_right_and_the_first_page_has_no_page_number(notice: Paper) -> None:
    words = notice.words(1)
    number = next(word for word in words if word.text.startswith("云教函"))
    assert abs(number.right - 184) < 0.6
    assert not [word for word in words if word.text == "—"]
    assert [word.text for word in notice.words(2) if 264 < word.top < 276] == ["—", "2", "—"]


def test_the_addressee_begins_at_the_edge_and_lines_hold_28_characters(notice: Paper) -> None:
    first = next(word for word in notice.words(1) if word.text.startswith("云溪县第二"))
    assert abs(first.left - 28) < 0.3
    _, columns = ink(notice.picture(1, DPI), (20, 118, 200, 262))
    assert spans(columns)[-1][1] * MM + 20 <= 184.3


def test_the_text_reads_back_in_order(notice: Paper) -> None:
    text = notice.running_text()
    order = [
        "云溪县教育局", "云教函〔2026〕15号", "整改通知书", "云溪县第二初级中学（学校标识码3136000219）：",
        "2026年5月12日（星期二），我局组织", "一、查明的事实", "问题编号2026-0139", "属于红线", "现场照片4张",
        "二、依据", "三、整改要求", "2026年7月10日（星期五）前改正，并报送现场核查记录、制度文件",
        "四、你校的权利和责任", "5个工作日内书面提出", "本通知书不是行政处罚决定", "一式三份",
        "云溪县教育局2026年5月15日", "送达回证",
    ]  # fmt: skip
    at = 0
    for words in order:
        assert words in text[at:], words
        at = text.index(words, at)


def test_an_order_names_the_officers_the_licence_and_what_may_follow(paper_of: Any) -> None:
    text = paper_of(rendering.pdf_of(samples.paper("order"))).running_text()
    for words in ("责令整改通知书", "办学许可证号教民136000070001号", "执法证号执0102", "立案查处"):
        assert words in text, words


def test_an_opinion_has_the_good_the_answer_and_the_return_report(opinion: Paper) -> None:
    text = opinion.running_text()
    for words in (
        "作业公示做得细",
        "情况属实，立即整改。",
        "2026年7月15日（星期三）前完成整改",
        samples.OFFICE,
    ):
        assert words in text, words


def test_an_opinion_that_found_nothing_says_so(paper_of: Any) -> None:
    data = samples.opinion_data(facts=(), remark="")
    text = paper_of(rendering.pdf_of(samples.paper("opinion", data))).running_text()
    assert "没有发现需要整改的问题" in text
    assert "没有提出意见" in text


def test_the_check_code_stands_at_the_foot_of_every_page_and_not_on_a_draft(
    notice: Paper, draft: Paper
) -> None:
    for page in range(1, notice.page_count + 1):
        found = [word for word in notice.words(page) if word.text == "7K3M-Q0ZX"]
        assert [280 < word.top < 292 for word in found] == [True]
    text = draft.running_text()
    assert "验证码" not in text
    assert "待编号" in text
    assert "草稿" in draft.running_text(1, 1)


def test_the_receipt_is_on_one_page(notice: Paper, opinion: Paper) -> None:
    for paper in (notice, opinion):
        pages = [
            page
            for page in range(1, paper.page_count + 1)
            if any(words in paper.running_text(page, page) for words in ("受送达单位", "送达人（两人）"))
        ]
        assert len(pages) == 1


def test_the_same_paper_gives_the_same_bytes(notice: Paper) -> None:
    rendering.pdf_of(samples.paper("order"))
    assert rendering.pdf_of(samples.paper()) == notice.data


def test_title_language_and_bookmarks_are_set(notice: Paper) -> None:
    meta = notice.reader.metadata
    assert meta is not None and meta.title == "整改通知书（云溪县第二初级中学）"
    assert notice.reader.trailer["/Root"]["/Lang"] == "zh-CN"


def test_long_names_and_many_problems_find_their_room(paper_of: Any) -> None:
    name = "云溪县" + "很长校名" * 70 + "小学"
    to = Addressee(name, f"{name}（学校标识码3136000219）", "你校", True)
    facts = tuple(replace(samples.ORDINARY, no=f"2026-{place:04}") for place in range(1, 21))
    paper = paper_of(rendering.pdf_of(samples.paper(data=samples.notice_data(to=to, facts=facts))))
    text = paper.running_text()
    assert name in text and "问题二十" in text and "2026-0020" in text
    for page in range(1, paper.page_count + 1):
        assert all(word.right < 191 for word in paper.words(page))


def test_a_missing_glyph_stops_the_paper_and_is_named() -> None:
    fact = replace(samples.ORDINARY, fact="教师\U0002ffff老师布置作业")
    with pytest.raises(pdf.CannotRender, match="U\\+2FFFF"):
        rendering.pdf_of(samples.paper(data=samples.notice_data(facts=(fact,))))
