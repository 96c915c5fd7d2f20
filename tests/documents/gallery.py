"""One sample of every kind of document that the portal prints, from fixed data: name -> how it is set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from inspections.papers import rendering as papers
from inspections.papers.kinds import PaperKind
from inspections.papers.registry import KINDS
from inspections.printouts import archive
from inspections.reports import rendering as reports
from tests.documents import case_paper_samples, close_out_samples, paper_samples, printing, samples

_SMALL_COUNTY = partial(samples.supervision_data, units=6, problems=4)


def _letter(kind: PaperKind) -> bytes:
    makes = case_paper_samples if kind.key in case_paper_samples.KINDS_HERE else paper_samples
    return papers.pdf_of(makes.paper(kind.key.value))


def _printout(kind: str, data: Callable[[], object], title: str) -> bytes:
    return printing.made(kind, data(), title).content


def _box(template: str) -> bytes:
    box = printing.box_data()
    return archive._set(template, printing.order("archive", box), box, [3] * len(box.pieces))


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "report-county": lambda: reports.pdf_of(samples.county_report(_SMALL_COUNTY())),
    "report-county-draft": lambda: reports.pdf_of(samples.county_report(_SMALL_COUNTY(), signed=False)),
    "report-unit": lambda: reports.pdf_of(samples.unit_report()),
    **{f"paper-{name.replace('_', '-')}": partial(_letter, kind) for name, kind in KINDS.items()},
    "close-out": close_out_samples.pdf,
    "ledger-a4": partial(_printout, "ledger", printing.ledger_data, "云溪县问题整改台账"),
    "ledger-a3": partial(
        _printout, "ledger", partial(printing.ledger_data, is_a3=True), "云溪县问题整改台账"
    ),
    "brief": partial(_printout, "brief", printing.brief_data, "云溪县“双减”工作一页纸"),
    "self-check": partial(_printout, "check", printing.check_data, "2026年秋季学期自查表"),
    "visit-checklist": partial(_printout, "visit", printing.visit_data, "现场检查清单"),
    "visit-record": partial(
        _printout, "visit", partial(printing.visit_data, record_no="现2026-00-0007"), "现场检查记录"
    ),
    "case-file": partial(_printout, "case", printing.case_data, "问题案卷"),
    "circular-half-month": partial(_printout, "period", printing.period_data, "半月通报"),
    "return": partial(_printout, "return", printing.return_data, "双减工作半月报表"),
    "results": partial(_printout, "results", printing.results_data, "督导结果公示"),
    "models": partial(_printout, "models", printing.model_notice_data, "减负典型案例公示"),
    "letter": partial(_printout, "letter", printing.publicity_data, "致家长的一封信"),
    "placard": partial(_printout, "placard", printing.publicity_data, "宣传海报"),
    "archive-contents": partial(_box, "contents"),
    "archive-spine": partial(_box, "spine"),
}
