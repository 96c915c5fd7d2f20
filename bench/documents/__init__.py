"""What papers cost beside other ways of making them, in one run.

Speeds are the other way's time ÷ ours (above 1 is ahead), memory is our peak ÷ the other's.

``unit_reports_vs_plain``: many units' reports, CPU time. Plain is one warm process that calls
``HTML(string=…).write_pdf(stylesheets=…)`` once a report, with the same HTML and stylesheets and the
machine's own fonts, the full Noto CJK among them; ``…_vs_plain_process`` starts a new process for each.
``county_report_vs_chromium``, ``…_vs_typst``: a county's report of some 300 pages, elapsed time, with
Chromium on the same HTML and Typst on the same words and tables.
``two_workers_vs_one``: elapsed time of one worker ÷ that of two on the same reports.
"""

from __future__ import annotations

from bench.documents import county, units


def measure(*, quick: bool = False) -> dict[str, float]:
    """All ratios, with what they are made of; ``quick`` only shows that every part runs."""
    return {**units.measure(5 if quick else 500), **county.measure(units_listed=30 if quick else 1500)}
