"""A database with every migration in it, of which those of the tests are copies: one is migrated in 15 s."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql

from script.lib.places import ROOT
from script.lib.stamps import digest

_KEPT = 24  # templates: branches with other migrations stand beside one another on one server
_OLD = "SELECT datname FROM pg_database WHERE datname LIKE 'migrated\\_%%' ORDER BY oid DESC OFFSET %s"


def template() -> str:
    """The name of the database to copy; migrated first if there is none for the migrations as they are."""
    files = [file for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/*.py")]
    mark = digest(sorted(files), django.__version__)[:15]
    name = f"migrated_{mark}"
    with on_server() as line:
        # One process migrates, the others of the same migrations wait for it.
        line.execute("SELECT pg_advisory_lock(%s)", [int(mark, 16)])
        if line.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            part = f"{name}_part"
            run(line, "DROP DATABASE IF EXISTS {} WITH (FORCE)", part)
            run(line, "CREATE DATABASE {}", part)
            _migrate(part)
            run(line, "ALTER DATABASE {} RENAME TO {}", part, name)
            for (old,) in line.execute(_OLD, [_KEPT]).fetchall():
                run(line, "DROP DATABASE IF EXISTS {}", old)
    return name


@contextmanager
def on_server() -> Iterator[psycopg.Connection]:
    """A line to the server that the tests use, for making and dropping databases."""
    server = settings.DATABASES["default"]
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"] or None,
        user=server["USER"],
        password=server["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as line:
        yield line


def run(line: psycopg.Connection, statement: str, *names: str) -> None:
    """Run a statement in which each ``{}`` is a name."""
    line.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def address_of(database: str, role: str) -> str:
    """A database on that server, as settings read it."""
    server = connection.settings_dict
    if server["HOST"].startswith("/"):
        return f"postgres://{role}@/{server['HOST']}/{database}"
    return f"postgres://{role}@{server['HOST']}:{server['PORT'] or 5432}/{database}"


def _migrate(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address_of(database, connection.settings_dict["USER"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
