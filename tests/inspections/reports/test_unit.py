"""One unit's report as blocks, without a database; and what the office writes itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inspections.reports import lines, rendering, unit
from inspections.reports.blocks import Paragraph, Span, Text, numeral, paragraphs_of
from inspections.reports.data import FigureLine, Share
from tests.documents import samples


def words(data: Any, sections: Any = None) -> str:
    text = unit.text_of(data, sections or samples.UNIT_TEXTS)
    return "\n".join(block.text for block in text.blocks if isinstance(block, Paragraph))


def test_it_speaks_to_the_unit_of_its_own_rules() -> None:
    text = words(samples.unit_data())
    assert "对你单位（小学，代码3152000001）" in text
    assert "涉及学校办学行为条目12条，查清12条，符合9条（9/12，75.0%）" in text
    assert "上学期为9/12，75.0%。" in text


def test_figures_outside_their_limit_are_counted() -> None:
    data = samples.unit_data()
    over = FigureLine(4, "书面家庭作业（三年级）", "75分钟/天", "不超过60分钟/天", False)
    free = FigureLine(9, "电子产品教学", "20%", "", None)
    text = unit.text_of(replace(data, figures=(*data.figures, over, free)), {})
    assert any(
        "共6项，有限值的5项，符合限值4项（4/5，80.0%）" in getattr(block, "text", "") for block in text.blocks
    )


def test_a_unit_without_problems_has_no_ledger() -> None:
    quiet = replace(
        samples.unit_data(), problems=(), figures=(), before=None, visits=(), self_check="missing"
    )
    text = words(quiet)
    assert "本学期没有登记问题。没有查清的条目不等于没有问题。" in text
    assert "本学期没有实地督导，应提交的自查没有提交" in text
    assert [annex.title for annex in unit.annexes_of(quiet)] == ["条目落实情况表"]


# --- The office's own text ---


def test_each_line_of_a_text_becomes_a_numbered_point() -> None:
    text = Text()
    text.heading("主要做法和成效")
    text.written(
        "1. 作业下降。平均时间由58分钟降到49分钟。\n\n"
        "（二）课后服务稳定开展。\n3、3.5公里内有接送点，覆盖5所学校。"
    )
    assert [getattr(block, "text", "") for block in text.blocks] == [
        "一、主要做法和成效",
        "（一）作业下降。平均时间由58分钟降到49分钟。",
        "（二）课后服务稳定开展。",
        "（三）3.5公里内有接送点，覆盖5所学校。",
    ]


def test_the_first_short_sentence_is_the_point_s_own_heading() -> None:
    text = Text()
    text.written("作业下降。平均时间下降。")
    assert text.blocks[0].spans == (Span("（一）作业下降。", "kai"), Span("平均时间下降。"))  # type: ignore[union-attr]


def test_a_number_of_the_fact_is_not_taken_for_the_point_s_number() -> None:
    assert paragraphs_of("2026年起实行\n12.5%的学生参加\n 1．作业") == [
        "2026年起实行",
        "12.5%的学生参加",
        "作业",
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (23, "二十三"), (100, "一百"), (104, "一百零四"),
        (110, "一百一十"), (230, "二百三十"), (999, "九百九十九"),
    ],
)  # fmt: skip
def test_numerals(number: int, expected: str) -> None:
    assert numeral(number) == expected


# --- Lines, titles, signatures ---


def test_the_file_of_steps_is_what_the_code_writes() -> None:
    assert lines.STEPS_CSS.read_text(encoding="utf-8") == lines.steps_css()


def test_every_class_that_is_used_is_in_the_stylesheets() -> None:
    sheet = lines.STEPS_CSS.read_text(encoding="utf-8")
    for report in (samples.county_report(), samples.unit_report()):
        for block in rendering._context(report)["blocks"]:
            for line in getattr(block, "lines", ()) if block.kind == "paragraph" else ():
                assert not line.css or f".{line.css} {{" in sheet


def test_spacing_beyond_the_steps_is_held_at_their_ends() -> None:
    assert lines.spacing_class(0.0004) == ""
    assert lines.spacing_class(0.012) == "p12"
    assert lines.spacing_class(-0.02) == "m20"
    assert (lines.spacing_class(-1), lines.spacing_class(1)) == ("m36", "p160")


@pytest.mark.parametrize(
    ("longest", "size"), [("关于" * 10, "t22"), ("关于" * 12, "t18"), ("关于" * 20, "t16")]
)
def test_a_long_title_is_set_smaller_and_never_torn(longest: str, size: str) -> None:
    assert rendering.title_size(["短", longest]) == size


def test_a_signature_longer_than_its_room_is_broken_by_meaning() -> None:
    signed = samples.county_report().signed_on
    assert rendering.signature_lines(samples.OFFICE, signed) == ["云溪县人民政府", "教育督导委员会办公室"]
    assert rendering.signature_lines("云溪县教育督导室", signed) == ["云溪县教育督导室"]
    odd = "某某自治县教育督导工作领导协调小组办公室"
    assert "".join(rendering.signature_lines(odd, signed)) == odd


def test_the_preview_is_the_page_without_anything_inline() -> None:
    html = rendering.preview_html(samples.county_report(signed=False))
    assert "style=" not in html
    assert "<style" not in html
    assert "<script" not in html
    assert 'href="/static/css/report.css"' in html
    assert "抄送：" in html
    assert "待编号" in html
    assert "因校舍加固停课" in html


def test_sections_and_their_duty() -> None:
    for kind in ("county", "unit"):
        keys = [key for key, _, _ in rendering.sections_of(kind)]
        assert {key for key, _ in rendering.required_sections(kind)} == {"practice", "advice"}
        assert rendering.first_sections(kind, {}) == dict.fromkeys(keys, "")


def test_the_summary_names_the_same_shares() -> None:
    summary = dict(rendering.summary_of(samples.county_report()))
    assert summary["实地督导单位"] == "22/24，91.7%"
    assert summary["问题"] == "22个"
    assert dict(rendering.summary_of(samples.unit_report()))["条目符合"] == str(Share(9, 12))
