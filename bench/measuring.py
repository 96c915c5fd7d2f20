"""What measurements share: a database to measure on, the CPU time of a call, how results are printed."""

from __future__ import annotations

import gc
import importlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WARM_UP = 3


@contextmanager
def county(urlconf: str, size: str | int | None = None) -> Iterator[None]:
    """A migrated database of its own with policy and demo county, on the county's day; dropped afterwards.

    ``size``: not the demo county but rows in bulk, of a name of ``demo.bulk`` or so many units.

    Without Django's test environment: that one notes every template that is drawn, which costs those pages
    most that have many.
    """
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import override_settings

    from shuangjian import clock

    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with override_settings(DEMO_MODE=True):
            call_command("load_policy", verbosity=0, stdout=sys.stderr)
            if size is None:
                call_command("demo_county", verbosity=0, stdout=sys.stderr)
            else:
                from inspections.demo import bulk

                bulk.fill(size)
            now = clock.now()
        # Its own clock reads a row every five seconds, in demo mode alone: the day stands still instead.
        with (
            override_settings(ROOT_URLCONF=urlconf, DEBUG=False, ALLOWED_HOSTS=["testserver"]),
            clock.at(now),
        ):
            yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)


def paired_cpu_seconds(
    one: Callable[[], object], other: Callable[[], object], *, rounds: int
) -> tuple[float, float]:
    """Median CPU time (user and system, of this process) of two calls that take turns, after a warm-up.

    In turn, because the machine's speed drifts: what slows one slows the other.
    """
    for _ in range(WARM_UP):
        one()
        other()
    gc.collect()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, times in zip((one, other), taken, strict=True):
            begun = time.process_time()
            call()
            times.append(time.process_time() - begun)
    return statistics.median(taken[0]), statistics.median(taken[1])


def report(name: str, *flags: str) -> None:
    """Run one measurement and print it: a table, or with --json one flat object; --quick makes it short."""
    results = importlib.import_module(f"bench.{name}").measure(quick="--quick" in flags)
    if "--json" in flags:
        print(json.dumps(results))
        return
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for key, value in results.items():
        print(f"{key:32} {value:10.3f}")
