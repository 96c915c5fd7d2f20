"""What size costs: the board at 12,000 units, the deadline sweep over a million tasks, 32 users at once.

``board_vs_sql``: the dearer of board and heat map at province size, counted anew as after a change, ÷ its own
statements alone, sent again as they were. ``board_province_vs_county``: the same pages at 12,000 units ÷ at
300, as they are opened between two changes (``…_anew_…``: after one). ``sweep_vs_sql``: a sweep that finds
nothing new ÷ one statement that finds the tasks it looks at. All by the clock on the wall, the database
included; medians of one run. ``p95_loaded_vs_alone``, ``errors``: see ``load``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from bench import load
from bench.measuring import county
from bench.pages import Visitors

PAGES = {"board": "/board/", "table": "/board/table/"}
WHO = "zhuanban"
ROUNDS, SWEEPS = 11, 3
LOAD_UNITS = 700  # of which one in twenty has not begun its self-check of the term
SPREAD_DAYS = 365  # over which a million open tasks fall due


def measure(*, quick: bool = False) -> dict[str, float]:
    """See the module's own words; ``quick`` takes small counties for all sizes."""
    small, many, large = (30, 120, 60) if quick else ("county", LOAD_UNITS, "province")
    rounds = 2 if quick else ROUNDS
    with county("bench.bare_urls", size=small):
        before = {name: _page(path, rounds) for name, path in PAGES.items()}
    with county("shuangjian.urls", size=many):
        loaded = load.measure(quick=quick)
    with county("bench.bare_urls", size=large):
        after = {name: _page(path, rounds) for name, path in PAGES.items()}
        sweep, statement, tasks = _sweep(1 if quick else SWEEPS)
    results: dict[str, float] = {
        "board_vs_sql": max(page.anew / page.statements for page in after.values()),
        "board_province_vs_county": max(after[name].kept / before[name].kept for name in PAGES),
        "board_anew_province_vs_county": max(after[name].anew / before[name].anew for name in PAGES),
        "sweep_vs_sql": sweep / statement,
        **loaded,
        "sweep_seconds": sweep,
        "sweep_open_tasks": tasks,
    }
    for size, pages in (("county", before), ("province", after)):
        for name, page in pages.items():
            parts = {"": page.kept, "_anew": page.anew, "_statements": page.statements}
            results |= {f"milliseconds_{name}_{size}{part}": 1000 * own for part, own in parts.items()}
    return {key: round(value, 3) for key, value in results.items()}


@dataclass(frozen=True)
class _Times:
    """Seconds of a page between two changes of the county's work, after one, and of its statements alone."""

    kept: float
    anew: float
    statements: float


def _seconds(call: Callable[[], object], rounds: int) -> float:
    """Median by the clock on the wall, after one call that warms up."""
    call()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _page(path: str, rounds: int) -> _Times:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from shuangjian import navigation

    visitors = Visitors()

    def anew() -> None:
        navigation.forget()
        visitors.get(WHO, path)

    visitors.get(WHO, path)
    with CaptureQueriesContext(connection) as seen:
        anew()
    statements = [one["sql"] for one in seen.captured_queries if one["sql"].startswith("SELECT")]

    def replay() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("%", "%%"), [])
                cursor.fetchall()

    return _Times(
        _seconds(partial(visitors.get, WHO, path), rounds), _seconds(anew, rounds), _seconds(replay, rounds)
    )


def _sweep(rounds: int) -> tuple[float, float, int]:
    """Seconds of the sweep, of the bare statement, and how many tasks were open."""
    from django.db import connection

    from inspections.models import RectificationTask
    from inspections.workflows import deadlines
    from shuangjian import clock

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        cursor.execute(
            "UPDATE inspections_rectificationtask SET state = 'rectifying', closed_at = NULL,"
            " closed_by_id = NULL, overdue_noted_on = NULL, due_on = %s + (id %% %s)::int",
            [clock.today() - timedelta(days=5), SPREAD_DAYS],
        )
        cursor.execute("VACUUM ANALYZE inspections_rectificationtask")
    deadlines.sweep()  # what has come due is told once

    def bare() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT t.id, t.due_on, p.no, p.organisation_id FROM inspections_rectificationtask t"
                " JOIN inspections_problem p ON p.id = t.problem_id"
                " WHERE t.state = 'rectifying' AND t.due_on <= %s",
                [clock.today() + timedelta(days=10)],
            )
            return cursor.fetchall()

    return _seconds(deadlines.sweep, rounds), _seconds(bare, rounds), RectificationTask.objects.open().count()
