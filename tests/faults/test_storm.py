"""Nothing is lost and nothing doubled, whatever is killed, frozen, emptied or restarted meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from script.lib.redis import Redis
from shuangjian.journal import jobs
from tests.cast import assemble
from tests.faults.storm import LEASE, OTHERS, RECOVERY, RINGS, SWEEP, storm, verify

pytestmark = [pytest.mark.faults, pytest.mark.storm, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def short(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_LEASE_SECONDS, settings.JOB_SWEEP_SECONDS = LEASE, SWEEP
    monkeypatch.setattr(jobs, "MOST_RINGS", RINGS)


def test_a_short_storm_loses_and_doubles_nothing(redis: Redis, tmp_path: Path) -> None:
    hit(redis, tmp_path, count=60, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_long_storm_loses_and_doubles_nothing(redis: Redis, tmp_path: Path, seed: int) -> None:
    hit(redis, tmp_path, count=2000, kills=20, seed=seed)


def hit(redis: Redis, folder: Path, **size: int) -> None:
    ledger = storm(redis=redis, folder=folder, owner=assemble().supervision, workers=2, **size)
    verify(ledger)
    assert ledger.taken_over > 0, "the storm hit nothing"
    assert set(ledger.troubles) == {"kill", *OTHERS}
    assert ledger.troubles["kill"] == size["kills"]
    assert ledger.recovered_in <= RECOVERY, str(ledger)
