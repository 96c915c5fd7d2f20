"""The measurements of papers run from end to end; what they say is for a quiet machine to tell."""

from __future__ import annotations

import pytest

from bench import documents

pytestmark = [pytest.mark.documents, pytest.mark.long]

RATIOS = {
    "unit_reports_vs_plain",
    "unit_reports_memory_vs_plain",
    "county_report_vs_chromium",
    "county_report_vs_typst",
    "memory_growth_per_page_kb",
    "two_workers_vs_one",
}


def test_every_way_of_making_papers_makes_them() -> None:
    results = documents.measure(quick=True)
    assert set(results) >= RATIOS
    assert all(results[name] > 0 for name in RATIOS)
    assert min(results[f"{way}_pages"] for way in ("county_report", "chromium", "typst")) > 10
