"""Runs web, workers and beat under honcho, and brings them up again when one of them falls."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping

from script.lib import processes
from script.lib.address import Address
from script.lib.console import Stop, roll
from script.lib.places import Places

BEGIN_WITHIN = 90  # seconds until the first page must have been answered
_LINE = re.compile(r"\S+ (?P<who>\S+) +\| (?P<words>.*\S)")  # 10:47:14 web.1  | …
HELD = 60  # seconds; who ran as long as this is started again, who fell earlier never stood


class Serving:
    """The supervised processes of one portal."""

    def __init__(self, places: Places, address: Address, environment: Mapping[str, str]) -> None:
        self.places = places
        self.address = address
        self.environment = dict(environment)
        self.log = places.log / "portal.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._begin = 0  # where this start's words begin in the log

    def run(self, *, on_ready: Callable[[], None], every_minute: Callable[[], None]) -> None:
        """Serve until a signal ends the command. Where one process falls honcho ends all; all begin anew."""
        self.start()
        on_ready()
        begun = next_minute = time.monotonic()
        while True:
            if time.monotonic() >= next_minute:
                every_minute()
                next_minute = time.monotonic() + 60
            time.sleep(0.5)
            if self._has_fallen():
                held = time.monotonic() - begun
                self.stop()
                if held < HELD:
                    raise Stop(f"平台刚起来又停了：{self._last_words()}（全文见{self.log}）")
                print(f"有进程意外停止，重新启动（原因见{self.log}）", flush=True)
                self.start()
                begun = time.monotonic()

    def start(self) -> None:
        """Start all and wait until the first page is served."""
        honcho = [
            str(self.places.python),
            "-m",
            "honcho",
            "--env",
            "/dev/null",
            "--app-root",
            str(self.places.root),
        ]
        with roll(self.log).open("ab") as out:
            self._begin = out.tell()
            self._supervisor = subprocess.Popen(
                [*honcho, "--procfile", "deploy/Procfile", "start"],
                cwd=self.places.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this command alone, which ends the others in order
            )
        until = time.monotonic() + BEGIN_WITHIN
        while not self.address.answers():
            if self._has_fallen() or time.monotonic() > until:
                self.stop()
                raise Stop(f"平台没有起来：{self._last_words()}（全文见{self.log}）")
            time.sleep(0.2)

    def stop(self) -> None:
        """End the supervisor with everything it has started, and whatever outlived it."""
        if self._supervisor is not None and self._supervisor.poll() is None:
            self._supervisor.terminate()
            try:
                self._supervisor.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                self._supervisor.wait()
        self._supervisor = None
        end_leftovers(self.places)

    def _has_fallen(self) -> bool:
        return self._supervisor is None or self._supervisor.poll() is not None

    def _last_words(self) -> str:
        """One line of what the portal said since it was started."""
        with self.log.open("rb") as log:
            log.seek(self._begin)
            return reason(log.read().decode(errors="replace").splitlines())


def reason(log: list[str]) -> str:
    """The one line of honcho's log that says why the portal stopped: what who fell first said."""
    said = [(found["who"], found["words"]) for line in log if (found := _LINE.match(line))]
    stopped = [words.split()[0] for who, words in said if who == "system" and " stopped " in words]
    first = stopped[0] if stopped else ""
    lines = [words for who, words in said if who == first] or [w for who, w in said if who != "system"]
    telling = [line for line in lines if "Error" in line or "错误" in line]
    return (telling or lines or ["没有输出"])[-1]


def end_leftovers(places: Places) -> None:
    """End what serves this checkout's portal with nobody watching over it: a kill -9 has left it."""
    processes.end(processes.marked(places.runtime), (signal.SIGTERM, 6), (signal.SIGKILL, 5))
