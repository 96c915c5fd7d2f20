"""How the commands talk: steps as they begin, and one clear line where something stops them."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

LEAST_FREE = 500 * 1024 * 1024  # bytes; below this a database may stop in the middle of its work
_NOTHING_LEFT = 1024 * 1024  # bytes
_TELLING = (
    "FATAL:",
    "PANIC:",
    "Error:",
    "ERROR:",
    "E: ",
)  # a line with one of these says more than the last one
_FULL = ("No space left on device", "Disk quota exceeded", "could not extend file")


class Stop(Exception):
    """The command cannot go on; the message is the one line that says why and what to do."""


class Ended(Exception):
    """Somebody asked the command to end (Ctrl-C, SIGTERM, a closed terminal)."""


def say(text: str) -> None:
    print(text, flush=True)


def step(text: str) -> None:
    """Say what begins now: a first start takes minutes and must not look dead."""
    say(f"→ {text}")


def run(
    command: Sequence[str | Path], *, failure: str, log: Path, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
    """Run a command to its end, its output into the log; raise Stop with its last line where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        begin = out.tell()
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        with log.open("rb") as written:
            written.seek(begin)
            raise Stop(explain(failure, written.read().decode(errors="replace"), log))


def explain(failure: str, output: str, log: Path) -> str:
    """One line out of a failed command's output: what failed, its last word, where the rest stands."""
    # On a full disk a program may not even have been able to write why it ended.
    if any(sign in output for sign in _FULL) or shutil.disk_usage(log.parent).free < _NOTHING_LEFT:
        return f"{failure}：磁盘满了，请腾出空间后再运行"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in _TELLING)] or lines or ["没有输出"]
    return f"{failure}：{telling[-1]}（全文见{log}）"


def require_space(folder: Path) -> None:
    """Stop before anything is begun on a disk that is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise Stop(f"磁盘快满了：{folder}所在的磁盘只剩{free // 2**20}MB，至少要{LEAST_FREE // 2**20}MB")


def roll(log: Path, limit: int = 20 * 1024 * 1024) -> Path:
    """Keep one older log: what a long-running portal writes must not fill the disk."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_suffix(".old.log"))
    return log


def command(main: Callable[[list[str]], int]) -> None:
    """Run a command's main function; end in order on a signal, answer every known trouble with one line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"✗ {stop}")
    except Ended as ended:
        sys.exit(128 + int(str(ended)))
    except PermissionError as error:
        owner = "另一个用户" if os.geteuid() else "别人"
        sys.exit(f"✗ 没有权限写{error.filename}：它属于{owner}，请一直用同一个用户运行")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit("✗ 磁盘满了，请腾出空间后再运行")


def _end(number: int, frame: FrameType | None) -> None:
    deafen()  # a second Ctrl-C must not interrupt the orderly end
    raise Ended(number)


def deafen() -> None:
    """From here on only kill -9 interrupts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
