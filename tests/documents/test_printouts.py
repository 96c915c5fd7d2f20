"""Printouts measured on the PDF: geometry, repeated heads, whole rows, pages, rare words."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from inspections.conclusions import Conclusion
from inspections.printouts import archive, results
from inspections.reports.data import ProblemLine, RuleLine, UnitLine
from shuangjian import pdf
from tests.documents import printing, samples
from tests.documents.conftest import MM, Paper
from tests.hostile import RARE_NAMES

pytestmark = pytest.mark.documents


def sides(page: Any) -> tuple[int, int]:
    """Width and height of a page in millimetres."""
    return round(float(page.mediabox.width) * MM), round(float(page.mediabox.height) * MM)


@pytest.fixture(scope="module")
def ledger(paper_of: Any) -> Paper:
    return paper_of(printing.made("ledger", printing.ledger_data(23)).content)


def test_the_ledger_lies_across_a4_or_a3(ledger: Paper, paper_of: Any) -> None:
    assert {sides(page) for page in ledger.reader.pages} == {(297, 210)}
    wide = paper_of(printing.made("ledger", printing.ledger_data(23, is_a3=True)).content)
    assert {sides(page) for page in wide.reader.pages} == {(420, 297)}
    assert wide.page_count < ledger.page_count
    assert "督办人" in wide.running_text() and "督办人" not in ledger.running_text()


def test_the_binding_side_is_the_inner_one_of_both_pages_of_a_sheet(ledger: Paper) -> None:
    def left(page: int) -> float:
        return next(word.left for word in ledger.words(page) if word.text.startswith("编号2026"))

    assert left(1) == pytest.approx(28, abs=0.3)
    assert left(2) == pytest.approx(24, abs=0.3)
    bottoms = [word.bottom for word in ledger.words(1) if word.text == "第4条"]
    assert max(bottoms) <= 210 - 26


def test_each_page_of_the_ledger_repeats_its_heads_and_no_row_is_torn(ledger: Paper) -> None:
    rows = []
    for number in range(1, ledger.page_count + 1):
        text = "".join(ledger.text(number, number).split())
        for head in ("填报单位：云溪县教育局", "共23个", "整改措施", "责任人", f"第{number}页"):
            assert head in text, (number, head)
        assert f"共{ledger.page_count}页" in text and "2B60-8E17" in text
        places = text.count("2026-00")
        assert text.count("10月20日") == places, "each row has its end on the page of its beginning"
        rows.append(places)
    assert sum(rows) == 23


def test_the_ledger_is_signed_once_below_its_last_row(ledger: Paper) -> None:
    text = ledger.running_text()
    assert text.count("单位负责人（盖章）：") == 1
    last = "".join(ledger.text(ledger.page_count, ledger.page_count).split())
    assert "2026-0023" in last and last.index("2026-0023") < last.index("填表人：")


def test_the_ledger_says_when_it_is_cut(paper_of: Any) -> None:
    data = replace(printing.ledger_data(3), total=1200)
    assert "符合条件的有1200个，本件印前3个" in paper_of(printing.made("ledger", data).content).running_text()


@pytest.mark.long
def test_a_thousand_problems_print_with_every_number(paper_of: Any) -> None:
    paper = paper_of(printing.made("ledger", printing.ledger_data(1000)).content)
    text = paper.running_text()
    assert all(f"2026-{place:04}" in text for place in range(1, 1001))
    assert paper.page_count > 80


def test_the_leaders_page_is_one_page_however_full_it_is(paper_of: Any) -> None:
    full = paper_of(printing.made("brief", printing.brief_data("国" * 60), "云溪县“双减”工作一页纸").content)
    assert full.page_count == 1
    text = full.running_text()
    assert "整改完成率—" in text and "88/100，88%" in text and "逾期38天" in text


@pytest.mark.parametrize("words", ["严控书面作业总量", "国" * 60])
def test_a_circular_has_two_pages_and_both_counts(paper_of: Any, words: str) -> None:
    paper = paper_of(printing.made("period", printing.period_data(words), "半月通报").content)
    assert paper.page_count == 2
    text = paper.running_text()
    assert "16/18，88.9%" in text and "云溪县教育局2026年11月16日" in text and "专班" not in text


def test_a_circular_of_a_quiet_period_prints_dashes_and_no_invented_nought(paper_of: Any) -> None:
    text = paper_of(
        printing.made("period", printing.period_data(is_full=False), "通报").content
    ).running_text()
    assert "本期没有登记问题" in text and "没有逾期未销号的问题" in text and "工作要求" not in text
    assert "举报办结——" in text


def test_public_results_have_their_definition_and_hide_small_counts(paper_of: Any) -> None:
    paper = paper_of(printing.made("results", printing.results_data(), "公示").content)
    text = paper.running_text()
    assert text.count("达标：查清的条目全部符合") == 2, "in the text and under the table"
    assert "少于5" in text and "第17条规范培训服务行为—少于5" in text
    assert "自2026年12月28日起至2027年1月5日止" in text and "（此件公开发布）" in text
    assert text.index("城关镇第一小学1学校") < text.index("城关镇第一小学2学校")


def test_conclusions_follow_their_definition() -> None:
    data = samples.supervision_data(units=6, problems=0)
    rules = tuple(RuleLine(number, "条目", "school") for number in (4, 5))
    problem = replace(_problem(), unit="甲校", rule=4, closed_on=None, red_line=False)

    def said(marks: tuple[str, ...], *problems: ProblemLine) -> str:
        unit = UnitLine(name="甲校", group="school", marks=marks)
        whole = replace(data, rules=rules, units=(unit,), problems=problems, carried=())
        return results.conclusion_of(unit, whole)

    closed = replace(problem, closed_on=problem.due_on)
    assert said(("ok", "ok")) == said(("ok", "none")) == Conclusion.MET.label
    assert said(("ok", "partial")) == Conclusion.NEARLY.label
    assert said(("bad", "ok"), closed) == Conclusion.NEARLY.label
    assert said(("bad", "ok"), problem) == said(("bad", "ok")) == Conclusion.UNMET.label
    assert said(("bad", "ok"), closed, problem) == Conclusion.UNMET.label
    assert said(("ok", "ok"), replace(problem, red_line=True)) == Conclusion.UNMET.label
    assert said(("none", "out")) == Conclusion.UNKNOWN.label


def _problem() -> ProblemLine:
    return samples.supervision_data(units=6, problems=1).problems[0]


def test_the_checklist_has_room_to_write_and_the_record_what_was_found(paper_of: Any) -> None:
    blank = paper_of(printing.made("visit", printing.visit_data(), "清单").content)
    text = blank.running_text()
    assert text.count("□有问题") == 30 and "现场检查清单" in text and "有问题3项" not in text
    assert {sides(page) for page in blank.reader.pages} == {(210, 297)}
    record = paper_of(printing.made("visit", printing.visit_data(record_no="现2026-00-0007"), "记录").content)
    text = record.running_text()
    assert "编号：现2026-00-0007" in text and "有问题3项" in text and "□" not in text
    assert text.count("（照片3—4）") == 1 and text.count("符合照片9") == 1
    assert "网上确认人：王芳（校长）" in text and "本记录不是责令整改通知书" in text


def test_a_self_check_prints_its_boxes_and_who_signs(paper_of: Any) -> None:
    text = paper_of(printing.made("check", printing.check_data(), "自查表").content).running_text()
    assert "■部分符合" in text and "□符合" in text and "校长王芳（签字）" in text
    assert "在平台编号2026-C0031下上传，即为提交" in text


def test_the_boxs_list_and_spine(paper_of: Any) -> None:
    box = printing.box_data()
    order = printing.order("archive", box)
    listed = paper_of(archive._set("contents", order, box, [3] * 30))
    text = listed.running_text()
    for head in ("卷内目录", "件号", "文号", "题名", "日期", "页数", "保管期限", "共30件90页"):
        assert head in text
    assert text.count("保管期限") == listed.page_count
    spine = paper_of(archive._set("spine", order, box, [3] * 30))
    assert spine.page_count == 1
    assert "城关镇第一小学" in spine.running_text() and "2026-Y0012" in spine.running_text()


# --- Words of people ----------------------------------------------------------------------------------------
def test_rare_names_print(paper_of: Any) -> None:
    names = [
        name
        for name in RARE_NAMES
        if pdf.typefaces.missing_characters([name]) == []
        and all(unicodedata.name(character, "").startswith("CJK") for character in name)
    ]
    assert len(names) >= 20
    data = printing.ledger_data(len(names))
    rows = tuple(replace(row, person=name) for row, name in zip(data.rows, names, strict=True))
    text = paper_of(printing.made("ledger", replace(data, rows=rows)).content).running_text()
    assert [name for name in names if "".join(name.split()) not in text] == []


def test_a_character_without_glyph_is_named_and_nothing_is_made() -> None:
    with pytest.raises(pdf.CannotRender, match="U\\+12000"):
        printing.made("ledger", printing.ledger_data(1, fact="\N{CUNEIFORM SIGN A}"))


def test_a_name_of_300_characters_stays_in_its_cell(paper_of: Any) -> None:
    name = "云溪县" * 100
    paper = paper_of(printing.made("ledger", printing.ledger_data(3, unit=name)).content)
    assert paper.running_text().count("云溪县" * 2) > 100
    for number in range(1, paper.page_count + 1):
        assert max(word.right for word in paper.words(number)) <= 297 - 24 + 0.5


def test_the_same_order_gives_the_same_bytes() -> None:
    for kind, data in (("ledger", printing.ledger_data(30)), ("period", printing.period_data())):
        assert printing.made(kind, data).content == printing.made(kind, data).content
