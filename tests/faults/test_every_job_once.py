"""Every kind of job, run again, by three at once, killed half way, taken over from a sleeper: one effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from inspections.papers import close_out
from inspections.papers import rendering as papers
from inspections.reports import rendering
from shuangjian.journal import audit, doorbell, jobs
from shuangjian.journal.models import Job
from tests.faults.kinds import FACTORIES, Made
from tests.parallel import at_once

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_broker_and_quick_paper(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Setting a PDF is slow and tested elsewhere; here it takes its steps and gives the same bytes."""

    def pdf_of(report: Any, *, progress: Callable[..., None] = lambda *_: None, **_: Any) -> bytes:
        for step in range(3):
            progress("排版", step, 3)
        return f"%PDF-1.7 {report.no} {report.document_no}".encode()

    settings.MAIL_IS_SET = True  # letters go where pytest keeps them
    monkeypatch.setattr(rendering, "pdf_of", pdf_of)
    monkeypatch.setattr(papers, "pdf_of", pdf_of)
    monkeypatch.setattr(close_out, "pdf_of", lambda form, progress: b"%PDF-1.7 form")
    monkeypatch.setattr(doorbell, "ring", lambda job_id, queue: True)


class Killed(BaseException):
    """As SIGKILL: no handler catches it, nothing is said."""


def pass_the_lease(job: Job) -> None:
    rows = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    assert rows.update(lease_until=timezone.now() - timedelta(seconds=1)) == 1


def run_once(made: Made) -> None:
    assert jobs.run_now(made.job.pk)


def run_three_times(made: Made) -> None:
    assert [jobs.run_now(made.job.pk) for _ in range(3)] == [True, False, False]


def run_in_parallel(made: Made) -> None:
    assert sorted(at_once(*[lambda: jobs.run_now(made.job.pk)] * 3)) == [False, False, True]


def kill_after_the_claim(made: Made) -> None:
    assert jobs.claim(made.job.pk) is not None
    pass_the_lease(made.job)
    run_once(made)


def _killed_in(made: Made, step: str, *, late: bool) -> None:
    """Run once with a kill in ``step`` of the handler, before or after what it does; then run again."""
    handler = jobs.REGISTRY[made.job.kind].handler
    plain = getattr(handler, step)

    def kill(self: Any, *arguments: Any) -> Any:
        if late:
            plain(self, *arguments)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, step, kill)
        with pytest.raises(Killed):
            jobs.run_now(made.job.pk)
    pass_the_lease(made.job)
    run_once(made)


def kill_during_the_work(made: Made) -> None:
    _killed_in(made, "work", late=False)


def kill_between_work_and_effect(made: Made) -> None:
    _killed_in(made, "finish", late=False)


def kill_between_effect_and_done(made: Made) -> None:
    _killed_in(made, "finish", late=True)


def wake_a_sleeper_after_another_finished(made: Made) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: the work is done, the effect comes too late."""
    asleep, wake = threading.Event(), threading.Event()
    handler = jobs.REGISTRY[made.job.kind].handler
    plain = handler.work
    first = threading.Lock()

    def work(self: Any, claim: jobs.Claim) -> Any:
        outcome = plain(self, claim)
        if first.acquire(blocking=False):
            asleep.set()
            wake.wait(20)
        return outcome

    def take_over() -> bool:
        asleep.wait(20)
        pass_the_lease(made.job)
        try:
            return jobs.run_now(made.job.pk)
        finally:
            wake.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "work", work)
        assert at_once(lambda: jobs.run_now(made.job.pk), take_over) == [False, True]


SCENARIOS = [
    run_three_times,
    run_in_parallel,
    kill_after_the_claim,
    kill_during_the_work,
    kill_between_work_and_effect,
    kill_between_effect_and_done,
    wake_a_sleeper_after_another_finished,
]


def test_every_registered_kind_of_job_is_tried_here() -> None:
    missing = {kind for kind in jobs.REGISTRY if not kind.startswith(("test.", "tests."))} - set(FACTORIES)
    assert missing == set(), "enter the kind in tests/faults/kinds.py"
    assert len(SCENARIOS) == 7


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", sorted(FACTORIES))
def test_whatever_happens_the_state_is_that_of_one_run(kind: str, scenario: Callable[[Made], None]) -> None:
    with transaction.atomic():
        made = FACTORIES[kind]()
        before = made.effect()
        run_once(made)
        expected = made.effect()
        transaction.set_rollback(True)
    assert expected != before, "the job has no effect that could be doubled"

    made = FACTORIES[kind]()
    assert made.effect() == before
    scenario(made)
    assert made.effect() == expected
    made.job.refresh_from_db()
    assert made.job.state == Job.State.DONE
    assert not jobs.run_now(made.job.pk)
    assert audit.verify_chain() == []


@pytest.mark.parametrize("kind", sorted(FACTORIES))
def test_a_job_whose_transaction_failed_leaves_nothing_to_do(kind: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        FACTORIES[kind]()
        raise ZeroDivisionError
    assert not Job.objects.exists()
