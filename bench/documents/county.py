"""A county's report of hundreds of pages: beside Chromium and Typst, and the memory of a further page."""

from __future__ import annotations

from bench.documents.makers import Maker

_TENTH = 10


def measure(units_listed: int) -> dict[str, float]:
    """``units_listed`` decides the length; 1,500 units with 3,000 problems give some 300 pages."""
    small = _once("ours", units_listed // _TENTH)
    ours, chromium, typst = (_once(way, units_listed) for way in ("ours", "chromium", "typst"))
    further = max(1, ours["pages"] - small["pages"])
    return {
        "county_report_vs_chromium": round(chromium["clock"] / ours["clock"], 2),
        "county_report_vs_typst": round(typst["clock"] / ours["clock"], 2),
        "memory_growth_per_page_kb": round((ours["memory"] - small["memory"]) / further),
        "county_report_seconds": round(ours["clock"], 1),
        "county_report_pages": ours["pages"],
        "chromium_pages": chromium["pages"],
        "typst_pages": typst["pages"],
        "county_report_megabytes": round(ours["memory"] / 1024),
    }


def _once(way: str, units_listed: int) -> dict[str, float]:
    """One report in a process of its own, after a short one that warms it."""
    maker = Maker(way)
    try:
        maker.make(0, 3)
        return maker.make(0, units_listed)
    finally:
        maker.end()
