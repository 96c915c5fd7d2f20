"""Whatever beat asks for: asked for twice at once, or not at all for ten days, each thing happens once."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from celery import current_app
from django.contrib.sessions.models import Session
from django.utils import timezone

from inspections.models import (
    BoundCell,
    Problem,
    RectificationTask,
    ReturnTemplate,
    Round,
    SelfCheck,
    Statistic,
    UpwardReturn,
)
from shuangjian import clock
from shuangjian.celery import app
from shuangjian.files import services as files
from shuangjian.journal import audit, doorbell, sweeps
from shuangjian.journal.models import AuditEntry, Heartbeat, IdempotencyKey, Notification
from shuangjian.policy.models import Phase, Rule, Rulebook, Term
from tests.cast import Cast, assemble
from tests.inspections import returning
from tests.journal.kinds import enqueue, kind
from tests.parallel import at_once
from tests.poured import load_policy

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
DUE = date(2026, 11, 5)  # a Thursday
SCHEDULE = app.conf.beat_schedule


def morning(day: date) -> Any:
    return clock.at(datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Asia/Shanghai")))


def beat() -> None:
    """Everything on the schedule, once."""
    for entry in SCHEDULE.values():
        app.tasks[entry["task"]](*entry["args"])


@pytest.fixture(autouse=True)
def rings(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: found.append(job_id) or True)
    return found


def something_for_every_entry() -> Cast:
    """Two dates to chase, steps to open and close, a table that goes up, a lost ring, old keys, an ended
    session, a trail."""
    app.loader.import_default_modules()
    with morning(date(2026, 9, 1)):
        load_policy()
        cast = assemble()
        made = clock.now()
        round_ = Round.objects.create(
            title="秋季学期自查",
            term=Term.objects.get(code="2026-autumn"),
            rulebook=Rulebook.objects.get(),
            unit_kinds=["school"],
            due_on=DUE,
            state="published",
            published_at=made,
            created_by=cast.task_force,
        )
        SelfCheck.objects.create(
            no="2026-C0001", round=round_, organisation=cast.a1, due_on=DUE, state="filling"
        )
        problem = Problem.objects.create(
            no="2026-0147",
            organisation=cast.a2,
            rule=Rule.objects.get(code="R04"),
            fact="三年级书面作业约75分钟",
            found_on=made.date(),
            found_by=cast.task_force,
            registered_at=made,
            origin="county_inspection",
        )
        RectificationTask.objects.create(
            problem=problem, state="rectifying", due_on=DUE, plan_due_on=DUE, created_at=made
        )
        _table_in_use(cast)
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - timedelta(1))
    IdempotencyKey.objects.create(key=uuid4().hex, digest="d")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=31))
    return cast


def _table_in_use(cast: Cast) -> None:
    """Asked for every month from October on."""
    content = returning.office_table()
    template = ReturnTemplate.objects.create(
        code=returning.CODE,
        state="in_use",
        starts_on=date(2026, 10, 1),
        stored_file=files.store_generated(data=content, name="月报.xlsx", content_type=files.XLSX),
        sheets=[],
        created_by=cast.task_force,
        **returning.FACTS,
    )
    statistic = Statistic.objects.create(
        code="CS01",
        name="发现问题",
        measure="个",
        definition="本期登记的",
        query="found",
        since_on=date(2026, 9, 1),
        created_by=cast.task_force,
    )
    BoundCell.objects.create(template=template, sheet=0, cell="C4", statistic=statistic)


def left_behind() -> dict[str, Any]:
    """What the sweeps have done, without what says only that they ran."""
    return {
        "trail": Counter(AuditEntry.objects.values_list("action", "subject_type", "subject_id")),
        "notices": Counter(Notification.objects.values_list("recipient__username", "dedupe_key")),
        "steps": list(Phase.objects.order_by("pk").values_list("code", "opened_at", "closed_at")),
        "sessions": Session.objects.count(),
        "keys": IdempotencyKey.objects.count(),
        "checkpoints": [mark.seq for mark in audit.read_checkpoints()],
    }


# --- The schedule itself -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_every_entry_is_a_plain_interval_that_is_heard_of_by_name(name: str) -> None:
    """No crontab, no date: the task finds in the tables what is due. A late message is dropped."""
    entry = SCHEDULE[name]
    assert isinstance(entry["schedule"], (int, float))
    assert entry["schedule"] <= 24 * 3600
    assert entry["options"]["expires"] >= entry["schedule"]
    assert entry["options"]["queue"] in doorbell.QUEUES
    app.loader.import_default_modules()
    app.tasks[entry["task"]](*entry["args"])
    heard = Heartbeat.objects.get().name
    assert heard in sweeps.EXPECTED, f"give the sweep {heard} its words: one_at_a_time(name, words, …)"
    assert sweeps.EXPECTED[heard].silent_after > timedelta(seconds=entry["schedule"])


def test_a_beat_that_begins_asks_for_everything_at_once() -> None:
    assert all(entry["last_run_at"].year == 2000 for entry in SCHEDULE.values())


def test_the_sweeps_are_known_to_the_process_that_draws_the_status_page() -> None:
    """Named when the apps are ready, not when a task is first run."""
    assert {f"sweep:{name}" for name in ("jobs", "keys", "checkpoint", "accounts.sweep_sessions")} < set(
        sweeps.EXPECTED
    )


# --- Twice at once, and late -------------------------------------------------------------------------------
def test_two_beats_at_once_do_everything_once(rings: list[int]) -> None:
    something_for_every_entry()
    with kind("test.plain") as name:
        job = enqueue(name)
        rings.clear()
        with morning(DUE + timedelta(days=1)):
            faults = [fault for fault in at_once(beat, beat) if fault is not None]
            beat()  # whoever passed because the other was at it has nothing left to do either
            done = left_behind()
            beat()
        assert faults == []
        assert set(rings) == {job.pk}  # rung more than once is done once: tests/faults/test_every_job_once.py
    assert left_behind() == done
    assert max(done["notices"].values()) == 1
    assert done["trail"]["inspections.task.overdue", "inspections.rectificationtask", task_id()] == 1
    assert {action for action, _, _ in done["trail"]} >= {"policy.phase.opened", "policy.phase.closed"}
    assert max(done["trail"].values()) == 1
    assert (done["sessions"], done["keys"]) == (0, 0)
    assert len(done["checkpoints"]) == len(set(done["checkpoints"])) >= 1
    assert UpwardReturn.objects.count() == 1
    assert audit.verify_chain() == []


def task_id() -> str:
    return str(RectificationTask.objects.get().pk)


def test_ten_days_without_beat_lose_nothing_and_are_made_good_once() -> None:
    something_for_every_entry()
    with morning(DUE - timedelta(days=1)):
        beat()
        before = left_behind()
    with morning(DUE + timedelta(days=11)):  # a Monday; nobody swept in between
        at_once(beat, beat)
        beat()
        after = left_behind()
        at_once(beat, beat)
        assert left_behind() == after
    assert before["trail"] <= after["trail"]
    assert before["notices"] < after["notices"]
    assert max(after["trail"].values()) == max(after["notices"].values()) == 1
    late = {key.rsplit(":", 1)[1] for _, key in (after["notices"] - before["notices"]) if "deadline" in key}
    assert late
    assert all(rung.startswith("after-") for rung in late)
    assert len(after["checkpoints"]) > len(before["checkpoints"])


def test_all_sweeps_are_asked_for_at_once_where_the_clock_was_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(doorbell, "broker", lambda: _Answering())
    monkeypatch.setattr(
        current_app, "send_task", lambda task, args, **options: sent.append((task, options["queue"]))
    )
    doorbell.forget_failure()
    assert doorbell.ring_all_sweeps()
    assert Counter(sent) == Counter((entry["task"], entry["options"]["queue"]) for entry in SCHEDULE.values())


class _Answering:
    """A broker that is there."""

    def __enter__(self) -> _Answering:
        return self

    def __exit__(self, *fault: object) -> None:
        return None

    def ping(self) -> bool:
        return True
