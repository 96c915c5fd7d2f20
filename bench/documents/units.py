"""Many units' reports: beside a plain call for each, beside a new process for each, with two workers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.documents.makers import Maker

_SMALLEST = 4  # reports of the slower comparisons, at least


def measure(documents: int) -> dict[str, float]:
    """Ratios over ``documents`` reports; makers take turns, so that all see the same machine."""
    with _makers("ours", "plain") as (ours, plain):
        rows = [(ours.make(number, 0), plain.make(number, 0)) for number in range(documents + 1)][1:]
    cpu = [sum(row[way]["cpu"] for row in rows) for way in (0, 1)]
    peak = [rows[-1][way]["memory"] for way in (0, 1)]
    return {
        "unit_reports_vs_plain": round(cpu[1] / cpu[0], 2),
        "unit_reports_memory_vs_plain": round(peak[0] / peak[1], 2),
        "unit_reports_vs_plain_process": _beside_new_processes(max(_SMALLEST, documents // 25)),
        "two_workers_vs_one": _two_workers(max(_SMALLEST, documents // 5)),
        "unit_report_cpu_seconds": round(cpu[0] / documents, 3),
        "plain_cpu_seconds": round(cpu[1] / documents, 3),
        "unit_report_pages": statistics.median(row[0]["pages"] for row in rows),
        "unit_report_kilobytes": round(statistics.median(row[0]["bytes"] for row in rows) / 1024),
        "unit_report_memory_megabytes": round(peak[0] / 1024),
    }


@contextmanager
def _makers(*ways: str) -> Iterator[list[Maker]]:
    with ExitStack() as ended:
        makers = [Maker(way) for way in ways]
        for maker in makers:
            ended.callback(maker.end)
        yield makers


def _beside_new_processes(documents: int) -> float:
    """Elapsed time, since a new process mostly waits for its own start."""
    with _makers("ours", "plain_process") as (ours, plain):
        ours.make(0, 0)
        rows = [(ours.make(number, 0), plain.make(number, 0)) for number in range(1, documents + 1)]
    return round(sum(row[1]["clock"] for row in rows) / sum(row[0]["clock"] for row in rows), 2)


def _two_workers(documents: int) -> float:
    with _makers("ours", "ours") as (one, two):
        for maker in (one, two):
            maker.make(0, 0)
        begun = time.perf_counter()
        for number in range(documents):
            one.make(number, 0)
        alone = time.perf_counter() - begun
        begun = time.perf_counter()
        for number in range(0, documents, 2):
            one.begin(number, 0)
            two.begin(number + 1, 0)
            one.finish()
            two.finish()
        together = time.perf_counter() - begun
    return round(alone / together, 2)
