"""The portal's own Redis for the jobs' doorbells: one socket, nothing evicted, an append-only file."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time

from script.lib import processes
from script.lib.console import Stop, explain, roll
from script.lib.places import Places

PATIENCE = 30  # seconds


class Redis:
    """Starts, finds and stops the one Redis of a set of folders."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.var / "redis"
        self.socket = places.runtime / "redis.sock"
        self.log = places.log / "redis.log"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address as Celery reads it."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        """Stop what an earlier start has left, then start. A broken file is set aside, doorbells and all."""
        self.end_leftovers()
        roll(self.log)
        self.data.mkdir(parents=True, exist_ok=True)
        if not self._run():
            aside = self.data.with_name("redis.broken")
            shutil.rmtree(aside, ignore_errors=True)
            self.data.rename(aside)
            self.data.mkdir()
            begin = self.log.stat().st_size
            if not self._run():
                said = self.log.read_bytes()[begin:].decode(errors="replace")
                raise Stop(explain("Redis没有起来", said, self.log))

    def stop(self) -> None:
        self.end_leftovers()
        if self._server is not None:
            self._server.wait()
            self._server = None

    def end_leftovers(self) -> None:
        left = processes.working_in(self.data)
        processes.end(left, (signal.SIGTERM, 10), (signal.SIGKILL, 5))
        self.socket.unlink(missing_ok=True)

    def _run(self) -> bool:
        """Start it; True as soon as it answers, False where it ended instead."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": ".",
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))],
                executable=_program(),
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while self._server.poll() is None and time.monotonic() < until:
            if self._answers():
                return True
            time.sleep(0.05)
        self.end_leftovers()
        return False

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def _program() -> str:
    """Debian's redis-check-rdb is the same binary: called redis-server it serves, and sets up no service."""
    found = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    if found is None:
        raise Stop("缺少Redis：请安装redis-tools（Debian）或redis")
    return found
