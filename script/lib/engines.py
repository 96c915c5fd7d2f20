"""PostgreSQL and Redis that are thrown away afterwards: what tests and measurements run on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from script.lib import environment, packages, venv
from script.lib.console import require_space
from script.lib.places import Places
from script.lib.postgres import OWNER, Postgres
from script.lib.redis import Redis

# What must never reach them: they have servers and secrets of their own.
_NOT_PASSED_ON = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "AUDIT_SALT",
    "EVIDENCE_ROOT",
    "EVIDENCE_STORE",
    "EVIDENCE_BUCKET",
    "HTTPS",
)
_LEFT_DATABASES = """
SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
    FROM pg_database WHERE datname LIKE 'stack\\_%' \\gexec
"""


@contextmanager
def throwaway(places: Places) -> Iterator[dict[str, str]]:
    """Set up whatever is missing, start both engines, yield the environment of a process that uses them.

    A second caller waits for the first. Both engines have ended when this returns.
    """
    with places.locked(busy="另一次测试正在运行，等它结束", wait=True), ExitStack() as running:
        places.make()
        require_space(places.var)
        packages.ensure(packages.TEST, root=places.root, log=places.log)
        venv.ensure(places, "base", "dev")
        running.callback(places.remove_runtime)
        postgres, redis = Postgres(places, throwaway=True), Redis(places)
        running.callback(postgres.stop)
        postgres.start()
        postgres.psql(_LEFT_DATABASES)
        running.callback(redis.stop)
        redis.start()
        yield environment.for_processes(
            places,
            {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON},
            settings="shuangjian.settings_test",
            DATABASE_URL=postgres.url(OWNER),
            REDIS_URL=redis.url,
            CHROMIUM=packages.chromium() or "",
        )
