"""Standing texts without a database: placeholders are checked, filled, and hold no hole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspections import standing
from inspections.reports import supervision, unit
from inspections.reports.blocks import Paragraph
from tests.documents import samples
from tests.hostile import HOSTILE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "请填写文字"),
        ("{督导机构}组织督导。", "缺少占位“{学期}”"),
        ("{学期}{校长}督导。", "没有“{校长}”这个占位"),
        ("{学期督导。", "花括号没有成对"),
        ("学期}督导{学期}。", "花括号没有成对"),
        ("{}{学期}", "没有“{}”这个占位"),
        ("{学期.__class__}{学期}", "没有“{学期.__class__}”这个占位"),
    ],
)
def test_what_does_not_fit_is_named(text: str, says: str) -> None:
    assert says in "；".join(standing.faults("county_report", "opening", text))


@pytest.mark.parametrize("text", ["{ 学期 }督导。", "｛学期｝督导。", "{学期}\n{县}。"])
def test_what_fits_is_taken(text: str) -> None:
    assert standing.faults("county_report", "opening", text) == []


def test_the_portal_s_own_words_pass_their_own_check() -> None:
    for kind, paper in standing.PAPERS.items():
        for key, slot in paper.slots.items():
            assert standing.faults(kind, key, slot.words) == [], (kind, key)


def test_a_paragraph_with_nothing_to_fill_in_is_left_out() -> None:
    assert standing.filled("电话{联系电话}。\n特此报告。", {"联系电话": ""}) == ["特此报告。"]
    data = replace(samples.unit_data(), hotline="")
    text = "\n".join(b.text for b in unit.text_of(data, {}).blocks if isinstance(b, Paragraph))
    assert "联系电话" not in text
    assert "联系电话0" in "\n".join(
        b.text for b in unit.text_of(replace(data, hotline="0571-1"), {}).blocks if isinstance(b, Paragraph)
    )


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert standing.filled("{单位}。", {"单位": "{学期}小学", "学期": "秋季"}) == ["{学期}小学。"]
    for hostile in HOSTILE[:40]:
        assert standing.filled("{单位}", {"单位": hostile or "—"}) == [(hostile or "—").strip()]


def test_a_report_prints_its_own_words_in_their_places() -> None:
    own = {
        "basis": "按照县委的要求。",
        "opening": "{督导机构}在{学期}督导。",
        "demands": "1. 请立行立改。\n2. 请报{县}。",
        "closing": "特此报告。",
    }
    data = samples.supervision_data(units=2, problems=1)
    lines = [b.text for b in supervision.text_of(data, {}, own).blocks if isinstance(b, Paragraph)]
    assert lines[0].startswith(f"按照县委的要求，{samples.OFFICE}在{data.term_title}督导。")
    assert lines[-3:] == ["1. 请立行立改。", f"2. 请报{data.county_name}。", "特此报告。"]
