"""Every kind of document with the same words in each place that people fill: name -> its page and its PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from inspections.models import SupervisionReport
from inspections.papers import close_out
from inspections.papers import rendering as papers
from inspections.papers.registry import KINDS
from inspections.printouts import archive
from inspections.printouts.base import page_of
from inspections.printouts.kinds import KINDS as PRINTABLE
from inspections.reports import rendering as reports
from inspections.reports.data import MissingLine
from tests.documents import case_paper_samples, close_out_samples, paper_samples, printing, samples


@dataclass(frozen=True)
class Said:
    """A document: the page from which it is set, and how it is set."""

    page: str
    pdf: Callable[[], bytes]


def _paper(kind: str, words: str, text: str) -> Said:
    makes = case_paper_samples if kind in case_paper_samples.KINDS_HERE else paper_samples
    row = makes.said_everywhere(kind, words, text)
    return Said(papers.preview_html(row), lambda: papers.pdf_of(row))


def _report(report: SupervisionReport, text: str) -> Said:
    report.sections = dict.fromkeys(report.sections, text)
    return Said(reports.page_of(report), lambda: reports.pdf_of(report))


def _county(words: str, text: str) -> Said:
    data = samples.supervision_data(units=4, problems=2)
    names = {unit.name: f"{unit.name}{words}" for unit in data.units}
    changed = replace(
        data,
        addressee=words,
        units=tuple(replace(one, name=names[one.name], remark=words) for one in data.units),
        problems=tuple(replace(one, unit=names[one.unit], fact=words) for one in data.problems),
        missing=(MissingLine(words, words),),
        methods=(words,),
        copies=(words,),
        hotline=words,
    )
    return _report(samples.county_report(changed), text)


def _unit(words: str, text: str) -> Said:
    data = samples.unit_data()
    changed = replace(
        data,
        unit_name=words,
        problems=tuple(replace(one, unit=words, fact=words) for one in data.problems),
        figures=tuple(replace(one, name=words, value=words) for one in data.figures),
        hotline=words,
    )
    return _report(samples.unit_report(changed), text)


def _form(words: str, text: str) -> Said:
    data = close_out_samples.said_everywhere(words, text)
    return Said(close_out.page_of(close_out_samples.form(data)), lambda: close_out_samples.pdf(data))


def _printed(kind: str, data: Any, words: str) -> Said:
    order = printing.order(kind, data, f"双减{words}")
    printable = PRINTABLE[kind]
    page = page_of(printable.template, order, printable.context(order.data))
    return Said(page, lambda: printable.make(order, lambda *said: None).content)


def _ledger(words: str, text: str) -> Said:
    """A problem a line of ``text``: no row is torn, so none holds more than a page."""
    every = printing.ledger_data(1, fact=words, unit=words, measures=words, person=words, overseer=words)
    rows = tuple(replace(every.rows[0], fact=line) for line in text.split("\n"))
    return _printed("ledger", replace(every, rows=rows), words)


def _brief(words: str, text: str) -> Said:
    data = printing.brief_data(words)
    urgent = tuple(replace(data.urgent[0], fact=line) for line in text.split("\n"))
    return _printed("brief", replace(data, urgent=urgent), words)


def _check(words: str, text: str) -> Said:
    data = printing.check_data(words, items=6)
    rule = data.rules[0]
    items = tuple(replace(rule.items[0], said=(line,)) for line in text.split("\n"))
    return _printed("check", replace(data, rules=(replace(rule, items=items), *data.rules[1:])), words)


def _record(words: str, text: str) -> Said:
    data = printing.visit_data(words, record_no="现2026-00-0007", items=6)
    return _printed("visit", replace(data, summary=text, unit=words, people=words, refused=words), words)


def _case(words: str, text: str) -> Said:
    data = printing.case_data(words)
    lines = replace(data.sections[0], title=words, lines=tuple(text.split("\n")))
    return _printed("case", replace(data, sections=(lines, *data.sections[1:])), words)


def _period(words: str, text: str) -> Said:
    return _printed("period", replace(printing.period_data(words), said=tuple(text.split("\n"))), words)


def _return(words: str, text: str) -> Said:
    return _printed("return", printing.return_data(words, tuple(text.split("\n"))), words)


def _results(words: str, text: str) -> Said:
    data = printing.results_data(2, words)
    units = tuple(replace(data.units[0], name=line) for line in text.split("\n"))
    return _printed(
        "results", replace(data, units=(*data.units, *units), address=words, hotline=words), words
    )


def _models(words: str, text: str) -> Said:
    data = printing.model_notice_data(2, words)
    lines = tuple(replace(data.cases[0], title=words, citation=line) for line in text.split("\n"))
    return _printed("models", replace(data, cases=lines, address=words, hotline=words, permit=words), words)


def _publicity(kind: str, words: str, text: str) -> Said:
    data = printing.publicity_data(words)
    return _printed(kind, replace(data, lines=tuple(text.split("\n")), hotline=words), words)


def _box(template: str, words: str, text: str) -> Said:
    box = printing.box_data(2, words)
    pieces = tuple(replace(box.pieces[0], number=words, title=line) for line in text.split("\n"))
    box = replace(box, keeper=words if template == "contents" else text, pieces=pieces)
    order = printing.order("archive", box, words)
    counts: list[int | None] = [3] * len(pieces)
    page = page_of(template, order, archive._context_of(box, counts))
    return Said(page, lambda: archive._set(template, order, box, counts))


# By its name: from the words in every place, and the text in the place where the most is written.
SAID: dict[str, Callable[[str, str], Said]] = {
    "report-county": _county,
    "report-unit": _unit,
    **{f"paper-{kind}": partial(_paper, kind) for kind in KINDS},
    "close-out": _form,
    "ledger": _ledger,
    "brief": _brief,
    "self-check": _check,
    "visit-record": _record,
    "case-file": _case,
    "circular-half-month": _period,
    "return": _return,
    "results": _results,
    "models": _models,
    "letter": partial(_publicity, "letter"),
    "placard": partial(_publicity, "placard"),
    "archive-contents": partial(_box, "contents"),
    "archive-spine": partial(_box, "spine"),
}
