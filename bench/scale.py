"""What size costs: the board at 12,000 units, the deadline sweep over a million tasks.

``board_vs_sql``: the dearer of board and heat map at province size ÷ its own statements alone, sent again as
they were. ``board_province_vs_county``: the same page at 12,000 units ÷ at 300. ``sweep_vs_sql``: a sweep
that finds nothing new ÷ one statement that finds the tasks it looks at. All by the clock on the wall, the
database included; medians of one run. ``p95_loaded_vs_alone``, ``errors``: see ``load``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
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
    """See the module's own words; ``quick`` takes two small counties for the two sizes."""
    small, large = (30, 60) if quick else ("county", "province")
    rounds = 2 if quick else ROUNDS
    with county("bench.bare_urls", size=small):
        before = {name: _seconds(partial(Visitors().get, WHO, path), rounds) for name, path in PAGES.items()}
    with county("shuangjian.urls", size=120 if quick else LOAD_UNITS):
        loaded = load.measure(quick=quick)
    with county("bench.bare_urls", size=large):
        pages = {name: _beside_its_statements(path, rounds) for name, path in PAGES.items()}
        sweep, statement, tasks = _sweep(1 if quick else SWEEPS)
    to_sql = {name: page / bare for name, (page, bare) in pages.items()}
    to_county = {name: pages[name][0] / before[name] for name in PAGES}
    results: dict[str, float] = {
        "board_vs_sql": round(max(to_sql.values()), 3),
        "board_province_vs_county": round(max(to_county.values()), 3),
        "sweep_vs_sql": round(sweep / statement, 3),
        **loaded,
        "sweep_seconds": round(sweep, 2),
        "sweep_open_tasks": tasks,
    }
    results |= {f"{name}_vs_sql": round(ratio, 3) for name, ratio in to_sql.items() if name != "board"}
    results |= {f"{name}_province_vs_county_alone": round(ratio, 3) for name, ratio in to_county.items()}
    results |= {f"milliseconds_{name}_county": round(1000 * taken, 1) for name, taken in before.items()}
    return results | {
        f"milliseconds_{name}_province": round(1000 * page, 1) for name, (page, _) in pages.items()
    }


def _seconds(call: Callable[[], object], rounds: int) -> float:
    """Median by the clock on the wall, after one call that warms up."""
    call()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _beside_its_statements(path: str, rounds: int) -> tuple[float, float]:
    """Seconds of a page, and of what it asks the database for, in turn."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    visitors = Visitors()
    visitors.get(WHO, path)
    with CaptureQueriesContext(connection) as seen:
        visitors.get(WHO, path)
    statements = [one["sql"] for one in seen.captured_queries if one["sql"].startswith("SELECT")]

    def replay() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("%", "%%"), [])
                cursor.fetchall()

    return _seconds(partial(visitors.get, WHO, path), rounds), _seconds(replay, rounds)


def _sweep(rounds: int) -> tuple[float, float, int]:
    """Seconds of the sweep, of the bare statement, and how many tasks were open."""
    from django.db import connection

    from inspections.models import RectificationTask
    from inspections.workflows import deadlines
    from shuangjian import clock

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
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
