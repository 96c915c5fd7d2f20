"""Calls that begin at the same moment, each on a database connection of its own."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls return or raise, each in a thread of its own, begun together, at the test's own time."""
    begin = threading.Barrier(len(calls))
    found: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            begin.wait()
            found[place] = calls[place]()
        except BaseException as fault:  # the test must see what a thread died of
            found[place] = fault
        finally:
            connection.close()

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=[run, place])
        for place in range(len(calls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
