"""What a unit's report costs beside a plain rendering of the same words, document by document in one run.

``unit_reports_vs_plain``: CPU time of the portal's pipeline (frozen figures to PDF, GB/T 9704) ÷ that of a
warm process which calls ``HTML(string=…).write_pdf()`` once per document on a simple page with the same
words and tables in Noto CJK. The two processes take turns, so that both see the same machine.
"""

from __future__ import annotations

import html
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from script.lib.places import ROOT

DOCUMENTS = 12
_WORKER = "import sys; from bench.documents import work; work(sys.argv[1])"


def measure() -> dict[str, float]:
    """The ratio, and what it is made of."""
    workers = {name: _Worker(name) for name in ("ours", "plain")}
    try:
        for worker in workers.values():
            worker.render(0)  # warm: fonts, templates and stylesheets are read once a process
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
        for number in range(1, DOCUMENTS + 1):
            for name, worker in workers.items():
                taken[name].append(worker.render(number))
    finally:
        for worker in workers.values():
            worker.end()
    seconds = {name: statistics.median(one["seconds"] for one in rows) for name, rows in taken.items()}
    whole = {name: sum(one["seconds"] for one in rows) for name, rows in taken.items()}
    return {
        "unit_reports_vs_plain": round(whole["ours"] / whole["plain"], 3),
        "unit_report_seconds": round(seconds["ours"], 3),
        "plain_seconds": round(seconds["plain"], 3),
        "unit_report_pages": statistics.median(one["pages"] for one in taken["ours"]),
        "plain_pages": statistics.median(one["pages"] for one in taken["plain"]),
        "unit_report_kilobytes": round(statistics.median(one["bytes"] for one in taken["ours"]) / 1024),
    }


class _Worker:
    """A process that renders the document whose number it is told, and says what that cost."""

    def __init__(self, name: str) -> None:
        # The plain process has the machine's own font settings, as without this project.
        settings = {key: value for key, value in os.environ.items() if key != "FONTCONFIG_FILE"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, name],
            cwd=ROOT,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def render(self, number: int) -> dict[str, float]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def work(name: str) -> None:
    """The loop of a worker: a number in, one line of JSON out."""
    import django

    django.setup()
    from io import BytesIO

    from pypdf import PdfReader

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    render = {"ours": _ours, "plain": _plain}[name]()
    for line in sys.stdin:
        begun = time.process_time()
        data = render(int(line))
        seconds = time.process_time() - begun
        pages = len(PdfReader(BytesIO(data)).pages)
        out.write(json.dumps({"seconds": seconds, "pages": pages, "bytes": len(data)}) + "\n")
        out.flush()


def _ours() -> Callable[[int], bytes]:
    from inspections.reports import rendering
    from tests.documents import samples

    return lambda number: rendering.pdf_of(samples.unit_report(samples.unit_data(number)))


def _plain() -> Callable[[int], bytes]:
    from weasyprint import HTML

    def render(number: int) -> bytes:
        return HTML(string=plain_page(number)).write_pdf()

    return render


PLAIN_CSS = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm; @bottom-center { content: counter(page) } }
html { font: 15.75pt/10.448mm "Noto Serif CJK SC"; } body { margin: 0 }
h1 { font: bold 22pt "Noto Serif CJK SC"; text-align: center } h2 { font: 15.75pt "Noto Sans CJK SC" }
p { margin: 0; text-indent: 2em; text-align: justify }
.annex { break-before: page }
table { width: 100%; border-collapse: collapse; font-size: 10.5pt; line-height: 5mm }
td, th { border: .3mm solid black; padding: 1mm }
"""


def plain_page(number: int) -> str:
    """The words and tables of unit report ``number`` as somebody would write them without this pipeline."""
    from inspections.reports import unit
    from inspections.reports.blocks import Paragraph, Table
    from tests.documents import samples

    data = samples.unit_data(number)
    report = samples.unit_report(data)

    def block(one: Any) -> str:
        if isinstance(one, Paragraph):
            return (
                f"<h2>{html.escape(one.text)}</h2>" if one.level == 1 else f"<p>{html.escape(one.text)}</p>"
            )
        assert isinstance(one, Table)
        head = "".join(f"<th>{html.escape(column.head)}</th>" for column in one.columns)
        rows = [*one.rows, *([one.total] if one.total else [])]
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        return f"<p>{one.title}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    annexes = "".join(
        f'<div class="annex"><h1>{annex.title}</h1>{"".join(block(one) for one in annex.blocks)}</div>'
        for annex in unit.annexes_of(data)
    )
    text = "".join(block(one) for one in unit.text_of(data, report.sections).blocks)
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{report.title}</title>'
        f"<style>{PLAIN_CSS}</style></head><body><p>{report.document_no}</p><h1>{report.title}</h1>"
        f"<p>{data.unit_name}：</p>{text}"
        f"<p>{data.office_name}</p><p>2026年11月26日</p>{annexes}</body></html>"
    )
