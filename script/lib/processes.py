"""Finding and ending processes by their number: those of this checkout and never others (Linux: /proc)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

# In the environment of everything that serves the portal; its value is the runtime folder.
MARK = "SHUANGJIAN_RUN"


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def working_in(folder: Path) -> list[int]:
    """Processes whose working directory is the folder: a postmaster with its children, or a Redis."""
    return _those(lambda pid: (Path("/proc") / str(pid) / "cwd").readlink() == folder.resolve())


def marked(runtime: Path) -> list[int]:
    """Processes that were started to serve the portal of this runtime folder, and what they have started."""
    mark = f"{MARK}={runtime}".encode()
    return _those(lambda pid: mark in (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0"))


def _those(fits: Callable[[int], bool]) -> list[int]:
    found = []
    for pid in all_pids():
        try:
            if pid != os.getpid() and fits(pid):
                found.append(pid)
        except OSError:  # it has ended meanwhile, or belongs to someone else
            continue
    return found


def is_alive(pid: int) -> bool:
    """Does it still run? A dead child that nobody has waited for does not."""
    try:
        state = (
            (Path("/proc") / str(pid) / "stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
        )
    except OSError:
        return False
    return state.split()[0] not in ("Z", "X")


def end(pids: Iterable[int], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn to those still alive and wait so many seconds for them to go."""
    left = list(pids)
    for number, patience in steps:
        for pid in left:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        until = time.monotonic() + patience
        while (left := [pid for pid in left if is_alive(pid)]) and time.monotonic() < until:
            time.sleep(0.05)
        if not left:
            return
