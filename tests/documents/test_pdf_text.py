"""The text that comes out of the file: sentences as written, figures as counted, the draft marked as such."""

from __future__ import annotations

import re
from typing import Any

import pytest

from inspections.models import SupervisionReport
from inspections.reports import rendering, supervision
from inspections.reports.counting import rectification
from tests.documents import samples
from tests.documents.conftest import Paper

pytestmark = pytest.mark.documents


def test_sentences_are_found_as_they_are_read(county_paper: Paper) -> None:
    text = county_paper.running_text()
    for sentence in (
        "云溪县人民政府教育督导委员会办公室关于2026年秋季学期“双减”工作（减负三十条）落实情况的督导报告",
        "根据《教育督导条例》和《中小学生减负措施》（减负三十条）",
        "应督导单位24家，实地督导22家（22/24，91.7%）。",
        "（二）课后服务稳定开展。全县中小学全部开展课后服务，参加学生6842人，占在校学生7315人的93.5%。",
        "云溪县第二初级中学（红线）：八年级以“实验班”名义单独编班1个。",
        "建议县人民政府于2026年12月31日前落实课后服务补助。",
    ):
        assert sentence in text, sentence


def test_sections_stand_in_order_and_are_numbered_without_gaps(county_paper: Paper) -> None:
    text = county_paper.running_text()
    titles = ["总体情况", "主要做法和成效", "存在问题", "整改情况", "校外培训专项情况", "意见建议和下一步"]
    places = [text.index(f"{number}、{title}") for number, title in zip("一二三四五六", titles, strict=True)]
    assert places == sorted(places)
    annexes = [
        "落实情况表",
        "问题清单",
        "问题单位整改情况表",
        "实地督导单位和日期",
        "数据缺口和原因",
        "指标和计算口径",
    ]
    places = [text.rindex(title) for title in annexes]
    assert places == sorted(places)


def test_the_figures_of_text_chart_and_tables_are_those_of_the_rows(county_paper: Paper) -> None:
    data = samples.supervision_data()
    text = county_paper.running_text()
    shares = supervision.group_shares(data)
    for key in ("school", "institution"):
        share = shares[key]
        assert f"查清{share.of}项次，符合{share.count}项次，占{share.percent_text}" in text
        assert f"{share.counts}{share.percent_text}" in text  # beside the bars
    done = rectification(data.problems, data.until_on)
    assert f"到期应整改{done.due}个，凭佐证销号{done.rate.count}个（{done.rate}）" in text
    assert f"共发现问题{len(data.problems)}个" in text
    in_order = county_paper.running_text(raw=True)  # cells of several lines, one after the other
    for problem in data.problems:
        assert problem.no in text
        assert problem.fact in in_order


def test_every_problem_stands_once_in_the_ledger(county_paper: Paper) -> None:
    text = county_paper.running_text()
    assert sorted(re.findall(r"2026-01[0-9]{2}", text)) == [problem.no for problem in samples.problem_lines()]


def test_a_unit_s_paper_speaks_of_that_unit_alone(unit_paper: Paper) -> None:
    text = unit_paper.running_text()
    assert "云溪县第1中心小学：" in text
    assert "对你单位（小学，代码3152000001）" in text
    assert "城关镇第一小学" not in text
    assert 2 <= unit_paper.page_count <= 6


def test_the_draft_says_so_on_every_page_and_has_neither_number_nor_date(draft_paper: Paper) -> None:
    first = draft_paper.running_text(1, 1)
    assert "待编号" in first
    assert "〔2026〕" not in first
    for page in range(1, draft_paper.page_count):
        assert draft_paper.running_text(page, page).startswith("草稿"), page
    assert "年月日印发" in draft_paper.running_text(draft_paper.page_count)


def test_the_signed_paper_does_not_call_itself_a_draft(county_paper: Paper) -> None:
    assert "草稿" not in county_paper.running_text()


def test_a_corrected_version_names_what_it_corrects(paper_of: Any) -> None:
    old = SupervisionReport(no="2026-R0001", document_no="云教督〔2026〕7号")
    report = samples.unit_report(report_version=2, corrects=old)
    assert "（本报告为第2版，更正云教督〔2026〕7号）" in paper_of(rendering.pdf_of(report)).running_text()


def test_the_file_says_what_it_is(county_paper: Paper) -> None:
    info = county_paper.reader.metadata
    assert info.title.startswith("云溪县人民政府教育督导委员会办公室关于2026年秋季学期")
    assert info.author == samples.OFFICE
    assert county_paper.reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert info["/CreationDate"].startswith("D:20261126")
