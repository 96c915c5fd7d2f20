"""A storm over the jobs: workers killed and frozen, the broker frozen, emptied, restarted; what was lost.

The ledger stands outside the system: what was attempted, what was acknowledged, what effects are found.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from script.lib.places import ROOT
from script.lib.redis import Redis
from shuangjian.journal import audit, doorbell, jobs, sweeps
from shuangjian.journal.models import AuditEntry, Job, Notification
from tests.broker import client_of, frozen
from tests.faults.storm_worker import KIND

LEASE, SWEEP = 3, 1  # seconds; 60 and 30 in production
RECOVERY = 90  # seconds within which what was asked for before the last trouble is done
OTHERS = ("flush", "freeze-broker", "restart-broker", "freeze-worker")  # beside killing workers
MOST_WAITING = 200  # jobs: troubles are to hit work all along, not a queue that grew at the beginning
RINGS = 20  # of one sweep, fewer as it comes more often: else the broker is full of rings for the same jobs


@dataclass
class Ledger:
    """What the outside world knows; the four numbers must all be 0 when it is quiet again."""

    seed: int
    attempted: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    stuck: int = 0
    unaudited: int = 0
    taken_over: int = 0  # jobs that needed more than one attempt: the storm really hit something
    troubles: Counter[str] = field(default_factory=Counter)
    recovered_in: float = 0.0  # seconds, of the last trouble

    def close(self) -> None:
        """Compare with what the database holds."""
        keys = Notification.objects.filter(kind="storm").values_list("dedupe_key", flat=True)
        effects = Counter(int(key.split(":")[1]) for key in keys)
        told = Counter(
            entry["number"]
            for entry in AuditEntry.objects.filter(action="tests.storm").values_list("after", flat=True)
        )
        self.lost = len(self.acknowledged - set(effects))
        self.doubled = sum(count - 1 for count in effects.values())
        self.invented = len(set(effects) - self.attempted)
        self.stuck = Job.objects.exclude(state=Job.State.DONE).count()
        self.unaudited = sum((effects - told).values()) + sum((told - effects).values())
        self.taken_over = Job.objects.filter(attempts__gt=1).count()

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {len(self.acknowledged)} jobs, taken over {self.taken_over},"
            f" lost {self.lost}, doubled {self.doubled}, invented {self.invented}, stuck {self.stuck},"
            f" unaudited {self.unaudited}, recovered in {self.recovered_in:.0f} s after {dict(self.troubles)}"
        )


class Workers:
    """Worker processes of the storm, by place; each ends by its own pid."""

    def __init__(self, redis: Redis, folder: Path, count: int) -> None:
        server = connection.settings_dict
        host, port = server["HOST"], server["PORT"] or 5432
        address = f"/{host}" if host.startswith("/") else f"{host}:{port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"postgres://{server['USER']}@{address}/{server['NAME']}",
            "REDIS_URL": redis.url,
            "JOB_LEASE_SECONDS": str(LEASE),
            "JOB_SWEEP_SECONDS": str(SWEEP),
            "DJANGO_SETTINGS_MODULE": "shuangjian.settings_test",
        }
        self.log = folder / "workers.log"
        self.running: list[subprocess.Popen[bytes]] = []
        for place in range(count):
            self.running.append(self._begin(place))

    def _begin(self, place: int) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.faults.storm_worker", f"storm{place}-{time.time_ns()}"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, place: int) -> None:
        self._end(self.running[place])
        self.running[place] = self._begin(place)

    def signal(self, place: int, number: signal.Signals) -> None:
        self.running[place].send_signal(number)

    def end(self) -> None:
        for process in self.running:
            self._end(process)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(timeout=30)


def storm(
    *, redis: Redis, folder: Path, owner: Any, count: int, kills: int, workers: int, seed: int
) -> Ledger:
    """Ask for ``count`` jobs while workers are killed and the broker is troubled, then wait for quiet."""
    chance = random.Random(seed)
    ledger = Ledger(seed)
    crew = Workers(redis, folder, workers)
    try:
        _ask(ledger, owner, 0)
        _quiet(within=60)
        assert Job.objects.get().state == Job.State.DONE, f"no worker began, see {crew.log}"
        calm, asked = time.monotonic(), 0
        for number, trouble in enumerate(_plan(chance, count, kills), start=1):
            _ask(ledger, owner, number)
            if number % 50 == 0:
                _quiet(within=60, but_for=MOST_WAITING)
            if trouble:
                _make_trouble(trouble, chance, crew, redis)
                ledger.troubles[trouble] += 1
                calm, asked = time.monotonic(), Job.objects.latest("pk").pk
        _quiet(within=60 + count / 5, up_to=asked)
        ledger.recovered_in = time.monotonic() - calm
        _quiet(within=60 + count / 5)
        ledger.close()
    finally:
        for place in range(workers):
            crew.signal(place, signal.SIGCONT)
        crew.end()
    return ledger


def _plan(chance: random.Random, count: int, kills: int) -> Iterator[str]:
    """What happens after each job was asked for: mostly nothing, the next trouble finds work waiting."""
    troubles = ["kill"] * kills + [*OTHERS] * max(1, kills // 5)
    chance.shuffle(troubles)
    gap = count // (len(troubles) + 1)
    moments = {gap * at + chance.randrange(gap // 2): trouble for at, trouble in enumerate(troubles, start=1)}
    for number in range(count):
        yield moments.get(number, "")


def _wait_until_all_work(crew: Workers) -> None:
    until = time.monotonic() + 3
    while (
        Job.objects.filter(state=Job.State.RUNNING).count() < len(crew.running) and time.monotonic() < until
    ):
        time.sleep(0.005)


def _make_trouble(trouble: str, chance: random.Random, crew: Workers, redis: Redis) -> None:
    place = chance.randrange(len(crew.running))
    if trouble in ("kill", "freeze-worker"):
        _wait_until_all_work(crew)
    if trouble == "kill":
        crew.kill(place)
    elif trouble == "flush":
        client_of(redis).flushall()
    elif trouble == "freeze-broker":
        with frozen(redis):
            doorbell.ring(0, "fast")
        doorbell.forget_failure()
    elif trouble == "restart-broker":
        redis.stop()
        doorbell.ring(0, "fast")
        redis.start()
        doorbell.forget_failure()
    else:  # asleep for longer than its lease: another takes over, then it wakes
        crew.signal(place, signal.SIGSTOP)
        _sweep_for(LEASE + SWEEP)
        crew.signal(place, signal.SIGCONT)


def _ask(ledger: Ledger, owner: Any, number: int) -> None:
    ledger.attempted.add(number)
    with transaction.atomic():
        jobs.enqueue(kind=KIND, key=f"storm:{number}", payload={"number": number}, owner=owner)
    ledger.acknowledged.add(number)


def _sweep_for(seconds: float) -> None:
    """Sweep as beat does, once a period."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sweeps.due_jobs()
        time.sleep(SWEEP)


def _quiet(within: float, up_to: int | None = None, but_for: int = 0) -> None:
    """Sweep until no more than so many are open (of the jobs up to that one), or the time is up."""
    until = time.monotonic() + within
    waiting = Job.objects.filter(state__in=["queued", "running"])
    if up_to is not None:
        waiting = waiting.filter(pk__lte=up_to)
    while waiting.count() > but_for and time.monotonic() < until:
        _sweep_for(SWEEP)


def verify(ledger: Ledger) -> None:
    """Fail with the seed and the whole ledger unless all four numbers are 0."""
    print(ledger)  # noqa: T201  (read after the long run)
    assert (ledger.lost, ledger.doubled, ledger.invented, ledger.stuck, ledger.unaudited) == (0,) * 5, str(
        ledger
    )
    assert audit.verify_chain() == []
