"""Ringing: quick or not at all, with the broker stopped, frozen, flushed or full."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from celery.signals import worker_init
from django.db import transaction

from script.lib.places import ROOT
from script.lib.redis import Redis
from shuangjian.journal import doorbell, jobs, worker
from shuangjian.journal.models import Heartbeat, Job
from tests.broker import client_of, frozen
from tests.cast import assemble
from tests.conftest import FormClient
from tests.journal.kinds import enqueue, kind

pytestmark = pytest.mark.faults
PATIENCE = 2.0  # seconds that a request may lose to a broken broker, and only the first


def messages(redis: Redis, queue: str = "fast") -> list[int]:
    """The job ids that wait in a queue, oldest first."""
    raw = client_of(redis).lrange(queue, 0, -1)
    bodies = [json.loads(base64.b64decode(json.loads(one)["body"])) for one in reversed(raw)]
    return [body[0][0] for body in bodies]


def seconds(call: Any) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def test_a_ring_is_a_message_with_the_id_in_the_jobs_queue(redis: Redis) -> None:
    assert doorbell.ring(41, "fast")
    assert doorbell.ring(42, "pdf")
    assert (messages(redis, "fast"), messages(redis, "pdf")) == ([41], [42])


def test_a_broker_that_refuses_costs_nothing_and_is_left_in_peace(redis: Redis) -> None:
    redis.stop()
    assert seconds(lambda: doorbell.ring(1, "fast")) < PATIENCE
    assert not doorbell.ring(1, "fast")
    redis.start()
    assert not doorbell.ring(1, "fast")  # quiet for a while: the sweep rings then
    doorbell.forget_failure()
    assert doorbell.ring(1, "fast")


def test_a_frozen_broker_costs_one_short_wait(redis: Redis) -> None:
    with frozen(redis):
        assert seconds(lambda: doorbell.ring(1, "fast")) < PATIENCE
        assert seconds(lambda: [doorbell.ring(number, "fast") for number in range(100)]) < 0.1
    doorbell.forget_failure()
    assert doorbell.ring(2, "fast")
    assert messages(redis) == [2]


def test_a_full_broker_is_a_broker_that_does_not_answer(redis: Redis) -> None:
    client_of(redis).config_set("maxmemory", "1")
    assert seconds(lambda: doorbell.ring(1, "fast")) < PATIENCE
    client_of(redis).config_set("maxmemory", "0")
    doorbell.forget_failure()
    assert doorbell.ring(2, "fast")


@pytest.mark.parametrize("state", ["frozen", "stopped"])
@pytest.mark.django_db(transaction=True)
def test_a_request_succeeds_while_the_broker_is_away_and_the_sweep_rings_later(
    redis: Redis, state: str
) -> None:
    cast = assemble()
    client = FormClient()
    client.force_login(cast.supervision, backend="django.contrib.auth.backends.ModelBackend")
    with kind("test.plain") as name:
        job = enqueue(name, cast.supervision)
        jobs.cancel(job, cast.supervision)
        client_of(redis).flushall()

        def ask() -> None:
            assert client.post(f"/jobs/{job.pk}/retry/").status_code == 302

        if state == "frozen":
            with frozen(redis):
                assert seconds(ask) < PATIENCE
        else:
            redis.stop()
            assert seconds(ask) < PATIENCE
            redis.start()
        job.refresh_from_db()
        assert job.state == Job.State.QUEUED
        assert messages(redis) == []
        doorbell.forget_failure()  # half a minute later
        assert jobs.sweep() == 1
        assert messages(redis) == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_rung_for_a_transaction_that_failed(redis: Redis) -> None:
    with kind("test.plain") as name, pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(name)
        raise ZeroDivisionError
    assert messages(redis) == []


# --- What a worker does before it begins -----------------------------------------------------------------
def test_a_worker_refuses_a_broker_that_forgets(redis: Redis) -> None:
    worker.refuse_a_forgetful_broker()
    client_of(redis).config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(SystemExit, match="noeviction"):
        worker.refuse_a_forgetful_broker()


def test_a_worker_waits_for_a_broker_that_is_not_there_yet(redis: Redis) -> None:
    redis.stop()
    worker.refuse_a_forgetful_broker()


def test_the_workers_hooks_are_connected_and_jobs_of_other_apps_are_known_to_it() -> None:
    """In a process of its own, as ``celery -A shuangjian worker`` starts."""
    program = (
        "from shuangjian.celery import app; app.loader.import_default_modules();"
        "from celery.signals import worker_init, worker_ready;"
        "from shuangjian.journal.jobs import REGISTRY;"
        "print(len(worker_init.receivers) > 0, len(worker_ready.receivers) > 0,"
        " 'shuangjian.journal.tasks.run_job' in app.tasks, 'inspections.tasks.sweep_deadlines' in app.tasks,"
        " *sorted(REGISTRY))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[:4] == ["True"] * 4
    assert worker_init.receivers
    assert set(done.stdout.split()[4:]) >= {"reports.draft", "reports.issue"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_begins_rings_what_waited_and_is_heard_of(redis: Redis, settings: Any) -> None:
    settings.JOB_SWEEP_SECONDS = 0.05
    with kind("test.plain") as name:
        job = enqueue(name)
        client_of(redis).flushall()
        worker._stop.clear()
        try:
            worker.begin(sender=type("Sender", (), {"hostname": "fast@here"})())
            until = time.monotonic() + 10
            while not messages(redis) and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            worker.end()
            time.sleep(0.3)
            worker._stop.clear()
    assert messages(redis) == [job.pk]  # once, not with every beat of the heart
    assert Heartbeat.objects.filter(name="worker:fast@here").exists()
