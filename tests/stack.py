"""The whole portal as a test sees it: the processes of deploy/Procfile, a database and a Redis of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection
from honcho.environ import parse_procfile

from script.lib.address import Address
from script.lib.places import ROOT, Places
from script.lib.postgres import WEB
from script.lib.redis import Redis
from tests.migrated import address_of, on_server, run, template

NAMES = ("web", "fast", "pdf", "beat")
BEGIN_WITHIN = 60  # seconds


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stack:
    """Start, kill and look into one portal. Leases and sweeps are short: recovery is seen in seconds."""

    def __init__(self, folder: Path, blocker: Any) -> None:
        self.folder = folder
        self.name = f"stack_{os.getpid()}_{time.time_ns() % 10**6}"
        self.address = Address("127.0.0.1", free_port())
        self.url = self.address.url.rstrip("/")
        self.places = Places(root=ROOT, var=folder)
        self.redis = Redis(self.places)
        self._blocker = blocker
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The product's own settings, shortened in time alone."""
        given = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **given,
            **self.address.settings(),
            "PATH": f"{self.places.python.parent}{os.pathsep}{given.get('PATH', os.defpath)}",
            "DJANGO_SETTINGS_MODULE": "shuangjian.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-tests",
            "DEMO_MODE": "true",
            "DATABASE_URL": address_of(self.name, WEB),
            "REDIS_URL": self.redis.url,
            "VAR_DIR": str(self.folder),
            "WEB_WORKERS": "1",
            "FAST_CONCURRENCY": "1",
            "JOB_LEASE_SECONDS": "6",
            "JOB_SWEEP_SECONDS": "2",
            "DATE_SWEEP_SECONDS": "4",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }

    def set_up(self) -> None:
        """Make a database as script/server does, with what the web role may do there; start a Redis."""
        self.places.make()
        with on_server() as line:
            run(line, "CREATE DATABASE {} TEMPLATE {}", self.name, template())
        self.manage("migrate", "--no-input", as_owner=True)
        self.manage("grant_roles", "--role", WEB, as_owner=True)
        self.manage("collectstatic", "--no-input")
        self.redis.start()

    def start(self, *names: str) -> None:
        """Start the named processes, or all, and wait until pages are served."""
        commands = parse_procfile((ROOT / "deploy" / "Procfile").read_text(encoding="utf-8")).processes
        for name in names or NAMES:
            with (self.places.log / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    commands[name],
                    shell=True,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in (names or NAMES):
            self.wait_for(self.address.answers, "the portal serves no page; see " + str(self.places.log))

    def kill(self, *names: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End the named processes with their children: as a power cut would, or by another signal."""
        for name in names or tuple(self._running):
            process = self._running.pop(name)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            process.wait(timeout=30)

    def manage(self, *arguments: str, as_owner: bool = False) -> str:
        """Run manage.py as the portal's own commands do, and return what it printed."""
        environment = self.environment
        if as_owner:
            environment["DATABASE_URL"] = address_of(self.name, connection.settings_dict["USER"])
        command = [str(self.places.python), "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def database(self) -> Iterator[None]:
        """Inside, the ORM of this process sees the stack's database, as the owner of the tables."""
        with self._blocker.unblock():
            usual = connection.settings_dict["NAME"]
            connection.close()
            connection.settings_dict["NAME"] = self.name
            try:
                yield
            finally:
                connection.close()
                connection.settings_dict["NAME"] = usual

    @staticmethod
    def wait_for(is_so: Any, otherwise: str, within: float = BEGIN_WITHIN) -> Any:
        """Ask until the answer is true and return it; fail with the words given when time is up."""
        until = time.monotonic() + within
        while not (answer := is_so()):
            assert time.monotonic() < until, otherwise
            time.sleep(0.2)
        return answer

    def tear_down(self) -> None:
        """A worker stops before its database goes."""
        self.kill()
        self.redis.stop()
        self.places.remove_runtime()
        with on_server() as line:
            run(line, "DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
