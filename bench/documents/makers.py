"""The ways of making a paper, each in a process of its own that is told what to make, line by line.

A line in is a JSON list of arguments; the line out says seconds of CPU and of the clock, pages, bytes and the
process's peak of memory so far.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from script.lib.places import ROOT

_WORKER = "import sys; from bench.documents.makers import work; work(sys.argv[1])"


class Maker:
    """A process that makes papers in one way."""

    def __init__(self, way: str) -> None:
        self.way = way
        # Plain rendering has the machine's own font settings, as without this project.
        settings = {key: value for key, value in os.environ.items() if key != "FONTCONFIG_FILE"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, way],
            cwd=ROOT,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, *arguments: Any) -> None:
        """Tell it to make one; ``finish`` waits for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()

    def finish(self) -> dict[str, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.way} ended without an answer")
        answer: dict[str, float] = json.loads(line)
        return answer

    def make(self, *arguments: Any) -> dict[str, float]:
        self.begin(*arguments)
        return self.finish()

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def work(way: str) -> None:
    """The loop of a maker."""
    import django

    django.setup()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes beside the answers
    prepare = _WAYS[way]
    for line in sys.stdin:
        make = prepare(*json.loads(line))
        cpu, clock = time.process_time(), time.perf_counter()
        data = make()
        answer = {
            "cpu": time.process_time() - cpu,
            "clock": time.perf_counter() - clock,
            "pages": pages_of(data),
            "bytes": len(data),
            "memory": _peak(),
        }
        out.write(json.dumps(answer) + "\n")
        out.flush()


def pages_of(data: bytes) -> int:
    from io import BytesIO

    from pypdf import PdfReader

    return len(PdfReader(BytesIO(data)).pages)


def _peak() -> int:
    """Peak of memory in kilobytes: this process, or the largest of those it has started."""
    sizes = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(sizes)


def report_of(number: int, units_listed: int) -> Any:
    """Unit report ``number``, or with ``units_listed`` a county's report that lists so many units."""
    from tests.documents import samples

    if not units_listed:
        return samples.unit_report(samples.unit_data(number))
    return samples.county_report(samples.supervision_data(units=units_listed, problems=units_listed * 2))


def page_of(report: Any) -> str:
    """The HTML from which our pipeline makes the paper."""
    from inspections.reports import rendering

    return rendering.page_of(report)


def _ours(number: int, units_listed: int) -> Callable[[], bytes]:
    from inspections.reports import rendering

    report = report_of(number, units_listed)
    return lambda: rendering.pdf_of(report)


def _plain(number: int, units_listed: int) -> Callable[[], bytes]:
    from weasyprint import CSS, HTML

    from inspections.reports import rendering

    page = page_of(report_of(number, units_listed))

    def make() -> bytes:
        sheets = [CSS(filename=str(path)) for path in rendering.sheets_of(rendering.SHEET_NAMES)]
        data: bytes = HTML(string=page).write_pdf(stylesheets=sheets)
        return data

    return make


def _plain_process(number: int, units_listed: int) -> Callable[[], bytes]:
    from inspections.reports import rendering

    page = page_of(report_of(number, units_listed))
    code = (
        "import sys; from weasyprint import CSS, HTML; sheets = [CSS(filename=one) for one in sys.argv[1:]]; "
        "sys.stdout.buffer.write(HTML(string=sys.stdin.read()).write_pdf(stylesheets=sheets))"
    )
    command = [sys.executable, "-c", code, *map(str, rendering.sheets_of(rendering.SHEET_NAMES))]
    return lambda: subprocess.run(command, input=page.encode(), capture_output=True, check=True).stdout


def _chromium(number: int, units_listed: int) -> Callable[[], bytes]:
    from inspections.reports import rendering

    page = page_of(report_of(number, units_listed))
    style = "\n".join(path.read_text(encoding="utf-8") for path in rendering.sheets_of(rendering.SHEET_NAMES))
    program = os.environ["CHROMIUM"]

    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, "page.html"), Path(folder, "page.pdf")
            source.write_text(page.replace("</head>", f"<style>{style}</style></head>"), encoding="utf-8")
            flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
            command = [
                program,
                *flags,
                f"--user-data-dir={folder}/profile",
                f"--print-to-pdf={made}",
                str(source),
            ]
            subprocess.run(command, capture_output=True, check=True)
            return made.read_bytes()

    return make


def _typst(number: int, units_listed: int) -> Callable[[], bytes]:
    import typst

    from bench.documents.typst_source import source_of

    source = source_of(report_of(number, units_listed)).encode()

    def make() -> bytes:
        data: bytes = typst.compile(source, format="pdf")
        return data

    return make


_WAYS: dict[str, Callable[[int, int], Callable[[], bytes]]] = {
    "ours": _ours,
    "plain": _plain,
    "plain_process": _plain_process,
    "chromium": _chromium,
    "typst": _typst,
}
