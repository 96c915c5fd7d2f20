"""Jobs are neither lost nor done twice: claimed with a lease, finished under their attempt, swept up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from shuangjian.journal import doorbell, jobs
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import AuditEntry, Job, Notification
from tests.cast import Cast, assemble
from tests.journal.kinds import enqueue, kind
from tests.parallel import at_once

State = Job.State


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Who was rung for; no broker is asked."""
    heard: list[int] = []
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: heard.append(job_id) or True)
    return heard


@pytest.fixture
def plain() -> Iterator[str]:
    with kind("test.plain") as name:
        yield name


def pass_the_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def done_count() -> int:
    return Notification.objects.filter(kind="test.done").count()


# --- Asking ----------------------------------------------------------------------------------------------
def test_a_job_asked_for_twice_is_one_job(cast: Cast, plain: str) -> None:
    first = enqueue(plain, cast.supervision)
    assert enqueue(plain, cast.leader) == first
    assert Job.objects.get().owner == cast.supervision


@pytest.mark.django_db(transaction=True)
def test_a_job_is_written_in_the_transaction_of_its_cause_and_rung_after_it(
    plain: str, rings: list[int]
) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        jobs.enqueue(kind=plain, key="k", payload={})
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(plain)
        raise ZeroDivisionError
    assert (Job.objects.count(), rings) == (0, [])
    with transaction.atomic():
        job = jobs.enqueue(kind=plain, key="k", payload={})
        assert rings == []
    assert rings == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_job(plain: str) -> None:
    found = at_once(lambda: enqueue(plain).pk, lambda: enqueue(plain).pk)
    assert found[0] == found[1] == Job.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_nobody_rings_for_what_is_due_later(plain: str, rings: list[int]) -> None:
    job = enqueue(plain, due_at=timezone.now() + timedelta(minutes=5))
    assert rings == []
    assert not jobs.run_now(job.pk)
    assert jobs.sweep() == 0


def test_an_unknown_kind_is_refused_when_asked_for(db: None) -> None:
    with pytest.raises(KeyError):
        enqueue("no.such.kind")


# --- Doing -----------------------------------------------------------------------------------------------
def test_work_and_effect_are_done_once_and_its_result_kept(cast: Cast) -> None:
    with kind("test.add", work=lambda claim: claim.payload["id"] + 1) as name:
        job = enqueue(name, cast.supervision)
        assert jobs.run_now(job.pk)
        assert not jobs.run_now(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result, job.lease_until) == (State.DONE, 1, {"outcome": 8}, None)
    assert job.finished_at is not None
    assert done_count() == 1


def test_while_one_holds_it_nobody_else_may(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    held = jobs.claim(job.pk)
    assert held is not None
    assert jobs.claim(job.pk) is None
    assert jobs.sweep() == 0
    job.refresh_from_db()
    assert job.state == State.RUNNING
    assert job.lease_until > timezone.now() + timedelta(seconds=50)


def test_a_zombie_that_wakes_after_its_lease_writes_nothing(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    zombie = jobs.claim(job.pk)
    pass_the_lease(job)
    assert jobs.run_now(job.pk)  # somebody else takes over and finishes
    handler = jobs.REGISTRY[plain].handler()
    assert jobs._finish(handler, zombie, None) is False
    with pytest.raises(jobs.Cancelled):
        zombie.progress("还在做")
    jobs._give_back(zombie)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.progress_stage) == (State.DONE, 2, "")
    assert done_count() == 1


def test_a_zombie_does_not_finish_what_another_still_works_at(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    zombie = jobs.claim(job.pk)
    pass_the_lease(job)
    present = jobs.claim(job.pk)
    handler = jobs.REGISTRY[plain].handler()
    assert jobs._finish(handler, zombie, None) is False
    assert jobs._finish(handler, present, None) is True
    assert done_count() == 1


def test_effect_and_done_are_written_together_or_not_at_all(cast: Cast) -> None:
    def finish(claim: jobs.Claim, outcome: Any) -> None:
        Notification.objects.create(
            recipient=cast.clerk_a1, kind="test.done", title="t", dedupe_key="k", created_at=timezone.now()
        )
        raise RuntimeError("killed between effect and done")

    with kind("test.half", finish=finish) as name:
        job = enqueue(name)
        assert not jobs.run_now(job.pk)
    assert done_count() == 0
    job.refresh_from_db()
    assert job.state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_job_do_it_once(plain: str) -> None:
    job = enqueue(plain, assemble().supervision)
    assert sorted(at_once(*[lambda: jobs.run_now(job.pk)] * 4)) == [False, False, False, True]
    assert done_count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_work_lasts(settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 0.6
    seen = []

    def slow(claim: jobs.Claim) -> None:
        for _ in range(4):
            time.sleep(0.4)
            seen.append(jobs.claim(claim.job_id))

    with kind("test.slow", work=slow) as name:
        job = enqueue(name, assemble().supervision)
        assert jobs.run_now(job.pk)
    assert seen == [None] * 4
    assert threading.active_count() == 1 or not [
        t for t in threading.enumerate() if t.name.startswith("lease-")
    ]


# --- Progress, cancelling, retrying ---------------------------------------------------------------------
def test_progress_is_written_at_once_for_a_stage_and_seldom_within_it(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    with kind("test.loop") as name:
        job = enqueue(name)
        held = jobs.claim(job.pk)
    with django_assert_num_queries(3):
        held.progress("整理数据", 0, 500)
        for done in range(1, 500):
            held.progress("整理数据", done, 500)
        held.progress("整理数据", 500, 500)
        held.progress("排版")
    job.refresh_from_db()
    assert (job.progress_stage, job.progress_done, job.percent) == ("排版", 0, None)


def test_a_cancelled_job_stops_at_its_next_word_and_has_no_effect(cast: Cast) -> None:
    steps = []

    def work(claim: jobs.Claim) -> None:
        for step in ("一", "二", "三"):
            claim.progress(step)
            steps.append(step)
            if step == "二":
                jobs.cancel(Job.objects.get(pk=claim.job_id), cast.supervision)

    with kind("test.cancelled", work=work) as name:
        job = enqueue(name, cast.supervision)
        assert not jobs.run_now(job.pk)
        assert not jobs.run_now(job.pk)
    job.refresh_from_db()
    assert (job.state, steps) == (State.CANCELLED, ["一", "二"])
    assert done_count() == 0
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.before["state"]) == (
        "journal.job.cancelled",
        cast.supervision.pk,
        "running",
    )


def test_a_job_cancelled_in_its_last_moment_has_no_effect_either(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    held = jobs.claim(job.pk)
    jobs.cancel(job, cast.supervision)
    assert jobs._finish(jobs.REGISTRY[plain].handler(), held, None) is False
    assert done_count() == 0


def test_only_the_owner_cancels_and_nobody_cancels_what_is_finished(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    with pytest.raises(NotAllowed):
        jobs.cancel(job, cast.leader)
    jobs.run_now(job.pk)
    with pytest.raises(WrongState, match="已完成"):
        jobs.cancel(job, cast.supervision)


def test_a_cancelled_job_begins_again_with_its_attempts_counted_on(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    late = jobs.claim(job.pk)
    jobs.cancel(job, cast.supervision)
    job = jobs.retry(job, cast.supervision)
    assert (job.state, job.attempts, job.attempts_allowed) == (State.QUEUED, 1, 6)
    assert (
        jobs._finish(jobs.REGISTRY[plain].handler(), late, None) is False
    )  # the old attempt is not the new one
    assert jobs.run_now(job.pk)
    assert done_count() == 1
    assert list(AuditEntry.objects.order_by("seq").values_list("action", flat=True)) == [
        "journal.job.cancelled",
        "journal.job.retried",
    ]


def test_only_who_sees_a_job_retries_it_and_only_what_ended_without_success(cast: Cast, plain: str) -> None:
    job = enqueue(plain, cast.supervision)
    with pytest.raises(NotAllowed):
        jobs.retry(job, cast.clerk_a1)
    with pytest.raises(WrongState, match="排队中"):
        jobs.retry(job, cast.supervision)


# --- Failing ---------------------------------------------------------------------------------------------
def test_a_cause_for_people_ends_the_job_at_once_and_is_told(cast: Cast) -> None:
    def work(claim: jobs.Claim) -> None:
        raise jobs.Failure("缺少字形“𠮷”，请换一个字")

    with kind("test.failing", work=work) as name:
        job = enqueue(name, cast.supervision, title="督导报告（草稿PDF）", url="/reports/2026-R0001/")
        assert not jobs.run_now(job.pk)
        assert not jobs.run_now(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (State.DEAD, 1, "缺少字形“𠮷”，请换一个字")
    notices = {
        notice.recipient.username: notice for notice in Notification.objects.select_related("recipient")
    }
    assert set(notices) == {"supervision", "system_admin"}
    told = notices["supervision"]
    assert (told.title, told.body, told.url) == (
        "督导报告（草稿PDF）没有完成",
        "缺少字形“𠮷”，请换一个字",
        f"/jobs/{job.pk}/",
    )
    assert "督导报告" not in notices["system_admin"].title  # no business records for an administrator


def test_an_unexpected_error_gives_the_job_back_until_the_fifth_attempt(cast: Cast, settings: Any) -> None:
    def work(claim: jobs.Claim) -> None:
        raise RuntimeError("disk, network, anything")

    with kind("test.broken", work=work) as name:
        job = enqueue(name, cast.supervision)
        waits = []
        for _ in range(5):
            assert not jobs.run_now(job.pk)
            job.refresh_from_db()
            waits.append(round((job.due_at - timezone.now()).total_seconds() / settings.JOB_SWEEP_SECONDS))
            if job.is_open:
                assert job.due_at < timezone.now() or not jobs.run_now(job.pk)  # not before its time
                Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        assert waits[:4] == [0, 1, 2, 3]  # each time a little longer
        assert not jobs.run_now(job.pk)
    assert (job.state, job.attempts, job.error) == (State.DEAD, 5, jobs.USED_UP)
    assert Notification.objects.filter(kind="job.dead", recipient=cast.supervision).count() == 1


def test_what_cannot_be_done_now_waits_with_its_cause_and_dies_of_it(cast: Cast) -> None:
    def work(claim: jobs.Claim) -> None:
        raise jobs.Later("对方没有接受", wait=timedelta(minutes=claim.attempt))

    with kind("test.later", work=work) as name:
        job = enqueue(name, cast.supervision)
        for attempt in range(1, jobs.ATTEMPTS + 1):
            assert not jobs.run_now(job.pk)
            job.refresh_from_db()
            assert job.error == "对方没有接受"
            if attempt < jobs.ATTEMPTS:
                assert (
                    timedelta(minutes=attempt - 1) < job.due_at - timezone.now() <= timedelta(minutes=attempt)
                )
                Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    assert (job.state, job.attempts) == (State.DEAD, jobs.ATTEMPTS)


def test_waiting_for_the_hour_uses_up_no_attempt(cast: Cast) -> None:
    def work(claim: jobs.Claim) -> None:
        raise jobs.Later("等到上班时间", wait=timedelta(0), is_counted=False)

    with kind("test.waiting", work=work) as name:
        job = enqueue(name, cast.supervision)
        for _ in range(3 * jobs.ATTEMPTS):
            assert not jobs.run_now(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts_allowed - job.attempts) == (State.QUEUED, jobs.ATTEMPTS)


def test_five_attempts_that_all_vanished_are_a_dead_job_too(cast: Cast, plain: str) -> None:
    """Killed each time without a word: the sixth claim buries it, in front of everybody."""
    job = enqueue(plain, cast.supervision)
    for _ in range(5):
        assert jobs.claim(job.pk) is not None
        pass_the_lease(job)
    assert jobs.sweep() == 1
    assert jobs.claim(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.error) == (State.DEAD, jobs.USED_UP)
    assert Notification.objects.filter(kind="job.dead").count() == 2


def test_a_dead_job_that_is_retried_has_five_new_attempts_and_a_death_of_its_own(cast: Cast) -> None:
    def work(claim: jobs.Claim) -> None:
        raise jobs.Failure("还是不行")

    with kind("test.failing", work=work) as name:
        job = enqueue(name, cast.supervision)
        jobs.run_now(job.pk)
        assert jobs.retry(job, cast.system_admin).error == ""
        jobs.run_now(job.pk)
    assert Notification.objects.filter(kind="job.dead", recipient=cast.supervision).count() == 2


# --- Sweeping --------------------------------------------------------------------------------------------
def test_the_sweep_rings_for_what_waits_and_for_what_was_dropped(
    cast: Cast, plain: str, rings: list[int]
) -> None:
    waiting, dropped, held, later, done = (enqueue(plain, cast.supervision, key=f"k{at}") for at in range(5))
    jobs.claim(dropped.pk)
    pass_the_lease(dropped)
    jobs.claim(held.pk)
    Job.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(hours=1))
    jobs.run_now(done.pk)
    assert jobs.sweep() == 2
    assert rings == [waiting.pk, dropped.pk]


def test_a_sweep_rings_for_the_longest_waiting_and_not_for_thousands(
    cast: Cast, plain: str, rings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_RINGS", 3)
    made = [enqueue(plain, key=f"k{at}", due_at=timezone.now() - timedelta(hours=at)) for at in range(5)]
    assert jobs.sweep() == 3
    assert rings == [made[4].pk, made[3].pk, made[2].pk]


def test_one_sees_ones_own_jobs_and_caretakers_the_dead(cast: Cast, plain: str) -> None:
    mine = enqueue(plain, cast.clerk_a1, key="mine")
    dead = enqueue(plain, cast.clerk_b1, key="dead")
    Job.objects.filter(pk=dead.pk).update(state=State.DEAD, finished_at=timezone.now())

    def seen(name: str) -> set[int]:
        return set(Job.objects.visible_to(cast.people[name]).values_list("pk", flat=True))

    assert seen("clerk_a1") == {mine.pk}
    assert seen("clerk_b1") == {dead.pk}
    caretakers = {name for name in cast.people if seen(name) == {dead.pk}} - {"clerk_b1"}
    assert caretakers == {"leader", "task_force", "supervision", "system_admin"}


def test_the_database_refuses_a_job_that_contradicts_itself(cast: Cast, plain: str) -> None:
    job = enqueue(plain)
    for wrong in ({"state": "done"}, {"state": "running"}, {"lease_until": timezone.now()}):
        with pytest.raises(Exception, match="job_"), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**wrong)
    assert connection.in_atomic_block
