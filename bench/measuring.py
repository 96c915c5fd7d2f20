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
def county() -> Iterator[None]:
    """A migrated database of its own with the policy and the demo county; dropped afterwards."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

    setup_test_environment()
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with override_settings(DEMO_MODE=True):
            call_command("load_policy", verbosity=0, stdout=sys.stderr)
            call_command("demo_county", verbosity=0, stdout=sys.stderr)
            yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)
        teardown_test_environment()


def cpu_seconds(call: Callable[[], object], *, rounds: int) -> float:
    """Median CPU time (user and system, of this process) of one call, after a warm-up."""
    for _ in range(WARM_UP):
        call()
    gc.collect()
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def report(name: str, *flags: str) -> None:
    """Run one measurement and print it: a table, or with --json one flat object."""
    results = importlib.import_module(f"bench.{name}").measure()
    if "--json" in flags:
        print(json.dumps(results))
        return
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for key, value in results.items():
        print(f"{key:32} {value:10.3f}")
