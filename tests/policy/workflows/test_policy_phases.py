"""The plan's steps open and close by date: once each, whatever is run twice, in parallel or days late."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from shuangjian import clock
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry, Notification
from shuangjian.policy import tasks
from shuangjian.policy.models import Duty, Phase, Rulebook
from shuangjian.policy.workflows import duties, loading, phases
from tests.cast import Cast, assemble

COUNTY_PEOPLE = 3  # leader, task force, supervision office


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def actions() -> Counter[str]:
    return Counter(AuditEntry.objects.values_list("action", flat=True))


def opened() -> list[str]:
    return list(Phase.objects.filter(opened_at__isnull=False).values_list("code", flat=True))


def closed() -> list[str]:
    return list(Phase.objects.filter(closed_at__isnull=False).values_list("code", flat=True))


def test_nothing_opens_before_its_first_day(book: Rulebook, cast: Cast) -> None:
    assert phases.open_due(date(2026, 7, 31)) == 0
    assert phases.close_due(date(2026, 7, 31)) == 0
    assert not AuditEntry.objects.exists()


def test_a_step_opens_on_its_first_day_and_closes_after_its_last(book: Rulebook, cast: Cast) -> None:
    assert phases.open_due(date(2026, 8, 1)) == 1
    assert opened() == ["P1-1"]
    assert phases.close_due(date(2026, 8, 31)) == 0
    assert phases.close_due(date(2026, 9, 1)) == 1
    assert closed() == ["P1-1"]


def test_a_second_run_finds_nothing_to_do(book: Rulebook, cast: Cast) -> None:
    today = date(2026, 11, 16)
    assert (phases.open_due(today), phases.close_due(today)) == (3, 2)
    before = list(Phase.objects.order_by("pk").values())
    entries, notices = AuditEntry.objects.count(), Notification.objects.count()
    assert (phases.open_due(today), phases.close_due(today)) == (0, 0)
    assert list(Phase.objects.order_by("pk").values()) == before
    assert (AuditEntry.objects.count(), Notification.objects.count()) == (entries, notices)


def test_after_days_of_silence_everything_missed_is_made_good_in_order(book: Rulebook, cast: Cast) -> None:
    with clock.at(at("2027-09-15T08:00")):
        assert phases.sweep() == 9
    assert set(opened()) == {"P1-1", "P1-2", "P1-3", "P2-1", "P2-2"}
    assert set(closed()) == {"P1-1", "P1-2", "P1-3", "P2-1"}
    assert actions() == {"policy.phase.opened": 5, "policy.phase.closed": 4}


def test_two_steps_may_be_open_at_once(book: Rulebook, cast: Cast) -> None:
    """Supervision and model cases overlap in November of the second year (P21)."""
    with clock.at(at("2027-11-10T08:00")):
        phases.sweep()
    assert set(opened()) - set(closed()) == {"P2-2", "P2-3"}


def test_each_move_is_one_entry_and_one_notice_for_each_of_the_county_staff(
    book: Rulebook, cast: Cast
) -> None:
    with clock.at(at("2026-08-01T00:10")):
        phases.sweep()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_no, entry.actor_id) == ("policy.phase.opened", "P1-1", None)
    assert entry.organisation_id == cast.county.pk
    assert entry.after == {"starts_on": "2026-08-01", "ends_on": "2026-08-31"}
    assert Notification.objects.count() == COUNTY_PEOPLE
    notice = Notification.objects.get(recipient=cast.leader)
    assert notice.title == "实施方案“全面学习”开始"
    assert notice.body == "2026年8月1日至2026年8月31日"
    assert notice.url == "/plan/"
    assert Phase.objects.get(code="P1-1").opened_at == at("2026-08-01T00:10")


def test_the_chain_of_the_journal_holds_after_a_sweep(book: Rulebook, cast: Cast) -> None:
    phases.sweep()
    assert audit.verify_chain() == []


def test_a_sweep_that_breaks_leaves_the_step_for_the_next(
    book: Rulebook, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(**_: object) -> None:
        raise RuntimeError("the machine stopped here")

    with monkeypatch.context() as patch:
        patch.setattr(phases.audit, "record", break_down)
        with pytest.raises(RuntimeError):
            phases.open_due(date(2026, 8, 1))
    assert opened() == []
    assert not Notification.objects.exists()
    assert phases.open_due(date(2026, 8, 1)) == 1
    assert Notification.objects.count() == COUNTY_PEOPLE


def test_the_task_moves_what_is_due(book: Rulebook, cast: Cast) -> None:
    tasks.sweep_phases()
    assert set(opened()) - set(closed()) == {"P1-3"}


@pytest.mark.django_db(transaction=True)
def test_sweeps_beside_each_other_move_each_step_once() -> None:
    loading.load(start_year=2026)
    assemble()
    start = threading.Barrier(4)
    moved: list[int] = []

    def one_sweep() -> None:
        try:
            start.wait(timeout=10)
            moved.append(phases.open_due(date(2026, 11, 16)) + phases.close_due(date(2026, 11, 16)))
        finally:
            connection.close()

    sweeps = [threading.Thread(target=one_sweep) for _ in range(4)]
    for sweep in sweeps:
        sweep.start()
    for sweep in sweeps:
        sweep.join(timeout=60)
    assert len(moved) == 4
    phases.close_due(date(2026, 11, 16))  # a step opened after another sweep had looked
    assert actions() == {"policy.phase.opened": 3, "policy.phase.closed": 2}
    assert Notification.objects.count() == 5 * COUNTY_PEOPLE
    assert audit.verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_sweeps_beside_each_other_make_each_duty_once() -> None:
    with clock.at(at("2026-08-10T09:00")):
        loading.load(start_year=2026)
        assemble()
        phases.open_due(clock.today())
    start = threading.Barrier(4)
    broken: list[BaseException] = []

    def one_sweep() -> None:
        try:
            start.wait(timeout=20)
            duties.open_due(date(2026, 8, 10))
        except BaseException as error:
            broken.append(error)
        finally:
            connection.close()

    sweeps = [threading.Thread(target=one_sweep) for _ in range(4)]
    for sweep in sweeps:
        sweep.start()
    for sweep in sweeps:
        sweep.join(timeout=60)
    assert not broken
    assert Duty.objects.count() == 5  # of three schools, an institution and the county
