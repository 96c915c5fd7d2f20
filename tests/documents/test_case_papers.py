"""Papers of accountability, letters and records as PDF: text read back, sheets, same bytes."""

from __future__ import annotations

from typing import Any

import pytest

from inspections.papers import rendering
from tests.documents import case_paper_samples as samples
from tests.documents.conftest import Paper
from tests.documents.test_pdf_geometry import reddish

pytestmark = pytest.mark.documents

# What each kind says, in the order in which it says it.
SAYS = {
    "talk": (
        "云教督〔2026〕8号", "约谈通知书", "决定对你校进行约谈", "一、约谈事由",
        "八年级作业公示问题两次逾期未改",
        "问题编号2026-0151", "2026年5月20日（星期三）9时30分", "县教育局二楼会议室", "三、参加人员",
        "四、需要准备的材料", "五、救济途径", "30日内", "云溪县文教路1号", "15日内", "60日内作出决定",
        "不停止本决定的执行", "2026年5月15日", "送达回证",
    ),
    "circular": (
        "情况通报", "各学校、校外培训机构：", "一、基本事实", "5月8日校长书面说明了情况", "二、性质和教训",
        "学校没有专人负责", "三、通报决定", "予以通报批评", "四、工作要求", "五、救济途径", "云州市市府路9号",
    ),
    "proposal": (
        "问责建议书", "中共云溪县委教育工作委员会：", "建议对分管副校长予以批评教育",
        "2026年6月30日（星期二）前",
        "本建议不是处理决定",
    ),
    "praise": ("表扬通报", "随机问了12名家长", "作业总量由年级组统筹", "二、学习要求", "不作为招生推荐"),
    "transfer": (
        "移交函", "云溪县市场监督管理局：", "启明教育培训中心（统一社会信用代码", "一、移交的问题",
        "问题编号2026-0139",
        "虚假宣传由市场监管部门查处", "5个工作日内填写回执", "2026年7月15日（星期三）前", "移交函回执",
        "云教函〔2026〕22号收悉", "不予接收", "承办人",
    ),
    "consult": ("商请函", "请派员参加5月25日的联合检查", "问题的整改和销号仍由我局负责", "商请函回执",
    "部分同意"),
    "talk_record": (
        "约谈纪要", "编号：约谈纪要2026-Z0003", "被约谈单位", "一、参加人员", "张华校长", "二、指出的问题",
        "三、约谈记录", "已安排专人", "四、承诺事项", "每周五公示下周作业", "2026年6月1日",
        "被约谈人（签字）",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def all_papers(paper_of: Any) -> dict[str, Paper]:
    return {kind: paper_of(rendering.pdf_of(samples.paper(kind))) for kind in samples.KINDS_HERE}


@pytest.mark.parametrize("kind", samples.KINDS_HERE)
def test_the_text_reads_back_in_order(all_papers: dict[str, Paper], kind: str) -> None:
    text, at = all_papers[kind].running_text(), 0
    for words in SAYS[kind]:
        assert words in text[at:], words
        at = text.index(words, at)


@pytest.mark.parametrize("kind", samples.KINDS_HERE)
def test_nobody_issues_in_the_name_of_the_task_force(all_papers: dict[str, Paper], kind: str) -> None:
    assert "双减工作专班" not in all_papers[kind].running_text()  # P11


@pytest.mark.parametrize("kind", samples.KINDS_HERE)
def test_nothing_runs_over_the_edge(all_papers: dict[str, Paper], kind: str) -> None:
    paper = all_papers[kind]
    for page in range(1, paper.page_count + 1):
        assert all(word.right < 191 for word in paper.words(page)), page


@pytest.mark.parametrize("kind", ["transfer", "consult"])
def test_the_return_slip_is_a_sheet_of_its_own(all_papers: dict[str, Paper], kind: str) -> None:
    paper = all_papers[kind]
    last = paper.running_text(paper.page_count, paper.page_count)
    assert "回执" in last and "回复单位" in last
    assert "依照职责办理" not in last and "商请事项" not in last


@pytest.mark.parametrize("kind", ["talk_record"])
def test_a_record_has_no_red_ink_and_no_number_of_the_office(all_papers: dict[str, Paper], kind: str) -> None:
    paper = all_papers[kind]
    assert not list(reddish(paper.picture(1, 100)))
    assert "〔2026〕8号" not in paper.running_text(1, 1) or kind == "talk_record"  # its notice is named
    assert "送达回证" not in paper.running_text()


@pytest.mark.parametrize("kind", ["talk_record"])
def test_the_lines_for_signatures_are_on_one_page(all_papers: dict[str, Paper], kind: str) -> None:
    paper = all_papers[kind]
    pages = {
        page
        for page in range(1, paper.page_count + 1)
        for word in paper.words(page)
        if "（签字）" in word.text
    }
    assert len(pages) == 1


@pytest.mark.parametrize("kind", ["talk", "talk_record"])
def test_the_same_paper_gives_the_same_bytes(all_papers: dict[str, Paper], kind: str) -> None:
    assert rendering.pdf_of(samples.paper(kind)) == all_papers[kind].data
