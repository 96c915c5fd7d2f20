"""Sweeps: one at a time, heard of, safe in any order; and what people read about the background's health."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from shuangjian.journal import doorbell, sweeps, tasks
from shuangjian.journal.models import Heartbeat, IdempotencyKey
from tests.journal.kinds import enqueue, kind

EVERYTHING = ("sweep:jobs", "canary:fast", "canary:pdf")


def heard(name: str, minutes_ago: float = 0) -> None:
    Heartbeat.objects.update_or_create(
        name=name, defaults={"seen_at": timezone.now() - timedelta(minutes=minutes_ago)}
    )


# --- One at a time ---------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_sweep_passes_while_the_same_sweep_runs_elsewhere() -> None:
    begun, finish = threading.Event(), threading.Event()
    ran = []

    @sweeps.one_at_a_time("test")
    def slow() -> None:
        ran.append(threading.current_thread().name)
        begun.set()
        finish.wait(10)

    def elsewhere() -> None:
        try:
            slow()
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    begun.wait(10)
    assert slow() is False
    assert not Heartbeat.objects.exists()  # the one that passed says nothing
    finish.set()
    thread.join()
    assert len(ran) == 1
    assert slow() is True
    assert Heartbeat.objects.get().name == "sweep:test"


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_breaks_lets_the_next_one_in_and_is_not_heard_of() -> None:
    @sweeps.one_at_a_time("test")
    def broken() -> None:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            broken()
    assert not Heartbeat.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        assert cursor.fetchone() == (0,)


def test_different_sweeps_do_not_wait_for_one_another(db: None) -> None:
    inner = sweeps.one_at_a_time("inner")(lambda: None)
    outer = sweeps.one_at_a_time("outer")(lambda: inner())
    assert outer() is True
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"sweep:inner", "sweep:outer"}


# --- Health ----------------------------------------------------------------------------------------------
def test_all_is_well_while_the_sweep_and_both_queues_are_heard_of(db: None) -> None:
    for name in EVERYTHING:
        heard(name, 2.5)
    assert sweeps.health().is_good


def test_a_portal_whose_workers_never_began_is_not_well(db: None) -> None:
    assert sweeps.health() == sweeps.Health(("定时任务", "一般任务", "生成PDF"), None)


def test_a_queue_that_is_not_served_is_named_with_its_minutes(db: None) -> None:
    for name in EVERYTHING:
        heard(name)
    heard("canary:pdf", 7.5)
    assert sweeps.health() == sweeps.Health(("生成PDF",), 7)


def test_a_rare_sweep_may_be_silent_for_a_day_and_a_worker_that_left_for_ever(db: None) -> None:
    for name in EVERYTHING:
        heard(name)
    heard("sweep:accounts.sweep_sessions", 24 * 60)
    heard("worker:fast@gone", 10 * 24 * 60)
    assert sweeps.health().is_good
    heard("sweep:accounts.sweep_sessions", 26 * 60)
    assert sweeps.health() == sweeps.Health(("定时任务",), 26 * 60)


def test_what_comes_four_times_an_hour_is_missed_after_an_hour(db: None) -> None:
    for name in EVERYTHING:
        heard(name)
    heard("sweep:inspections.sweep_deadlines", 59)
    assert sweeps.health().is_good
    heard("sweep:inspections.sweep_deadlines", 61)
    assert sweeps.health() == sweeps.Health(("定时任务",), 61)


# --- Entrances -------------------------------------------------------------------------------------------
def test_the_canary_proves_its_queue(db: None) -> None:
    tasks.canary("fast")
    tasks.canary("fast")
    assert Heartbeat.objects.get().name == "canary:fast"


def test_the_sweep_of_jobs_rings_and_is_heard_of(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rang = []
    monkeypatch.setattr(doorbell, "ring", lambda pk, queue: rang.append((pk, queue)) or True)
    with kind("test.pdf", queue="pdf") as name:
        job = enqueue(name)
        tasks.sweep_jobs()
        assert rang == [(job.pk, "pdf")]
        tasks.run_job(job.pk + 1)  # a message about a job that was rolled back
        tasks.run_job(job.pk)
        tasks.run_job(job.pk)  # delivered twice
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 1)
    assert Heartbeat.objects.get().name == "sweep:jobs"


def test_old_keys_and_gone_workers_are_forgotten_and_nothing_else(db: None) -> None:
    for age in (29, 31):
        key = IdempotencyKey.objects.create(key=f"{age:032}", digest="d")
        IdempotencyKey.objects.filter(pk=key.pk).update(created_at=timezone.now() - timedelta(days=age))
    heard("worker:fast@here", 60)
    heard("worker:fast@gone", 25 * 60)
    heard("canary:fast", 100 * 60)
    tasks.forget_old_rows()
    assert IdempotencyKey.objects.get().key == f"{29:032}"
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {
        "worker:fast@here",
        "canary:fast",
        "sweep:keys",
    }
