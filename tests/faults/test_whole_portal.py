"""The whole portal under faults: workers, web, beat and broker are killed or frozen, and no job is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from inspections.models import SupervisionReport
from inspections.workflows import report as reports
from script.lib import processes
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal import doorbell, sweeps
from shuangjian.journal.models import Heartbeat, Job
from shuangjian.policy.selectors import current_term
from tests.broker import client_of, frozen
from tests.faults.visitor import Visitor
from tests.stack import Stack

pytestmark = pytest.mark.faults
LEASE, SWEEP = 6, 2  # seconds, as tests/stack.py sets them
RECOVERY = LEASE + 2 * SWEEP + 20  # and what two busy cores need to set a PDF


@pytest.fixture(scope="module")
def office(stack: Stack) -> Iterator[Visitor]:
    yield Visitor(stack, "督导室")
    assert "链条完好" in stack.manage("verify_audit")


@pytest.fixture(autouse=True)
def in_order(stack: Stack) -> Iterator[None]:
    """Each test finds all processes running and leaves them so."""
    begin_missing(stack)
    yield
    begin_missing(stack)
    stack.wait_for(lambda: not open_jobs(stack), "jobs stay open", within=60)


def begin_missing(stack: Stack) -> None:
    for name in ("fast", "pdf", "beat", "web"):
        if name not in stack._running:
            stack.start(name)


def open_jobs(stack: Stack) -> bool:
    with stack.database():
        return Job.objects.filter(state__in=["queued", "running"]).exists()


def a_report(stack: Stack, office: Visitor) -> SupervisionReport:
    """A unit report with its figures taken anew: its draft PDF is then a job of its own."""
    with stack.database():
        author = User.objects.get(username=office.username)
        known = SupervisionReport.objects.filter(kind="unit", state="draft").order_by("-pk").first()
        if known is not None:
            return reports.refresh(report_id=known.pk, actor=author, version=None)
        term = current_term()
        taken = SupervisionReport.objects.filter(kind="unit", term=term).values("organisation")
        unit = Organisation.objects.units().active().exclude(pk__in=taken).order_by("pk").first()
        assert unit is not None and term is not None
        return reports.draft(kind="unit", term=term, organisation=unit, actor=author)


def order(stack: Stack, office: Visitor) -> int:
    """Ask for a draft PDF as a person does; the job's number."""
    report = a_report(stack, office)
    office.send(f"/reports/{report.no}/", f"/reports/{report.no}/draft-pdf/")
    return job_of(stack, report)


def order_without_a_ring(stack: Stack, office: Visitor) -> int:
    """The job's row as it stands when web was killed between commit and ring."""
    report = a_report(stack, office)
    with stack.database(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(doorbell, "ring", lambda job_id, queue: False)
        author = User.objects.get(username=office.username)
        return reports.SIGNING.order_draft_pdf(row_id=report.pk, actor=author).pk


def jobs_of(report: SupervisionReport) -> int:
    return Job.objects.filter(payload={"report": report.pk}).count()


def job_of(stack: Stack, report: SupervisionReport) -> int:
    """The newest job about the report."""
    with stack.database():
        return Job.objects.filter(payload={"report": report.pk}).latest("pk").pk


def look(stack: Stack, job_id: int) -> Job:
    with stack.database():
        return Job.objects.get(pk=job_id)


def wait_until(stack: Stack, job_id: int, state: str, within: float) -> Job:
    return stack.wait_for(
        lambda: (job := look(stack, job_id)).state == state and job,
        f"job {job_id} did not become {state}; see {stack.places.log}",
        within=within,
    )


def assert_done_once(stack: Stack, job_id: int, *, attempts: int) -> None:
    job = wait_until(stack, job_id, "done", RECOVERY)
    assert job.attempts == attempts
    with stack.database():
        report = SupervisionReport.objects.get(pk=job.payload["report"])
        assert report.draft_file_id == job.result["file"]


def test_a_job_asked_for_in_the_browser_begins_within_a_second(stack: Stack, office: Visitor) -> None:
    """Rung for, not swept up: the worker is at it long before the next sweep would find it."""
    warm = order(stack, office)
    wait_until(stack, warm, "done", RECOVERY)
    job_id = order(stack, office)
    stack.wait_for(lambda: look(stack, job_id).attempts == 1, "the worker did not begin", within=1)
    assert_done_once(stack, job_id, attempts=1)
    assert "下载" in office.page(f"/jobs/{job_id}/")


def test_a_worker_killed_with_a_job_in_hand_and_the_job_is_done_once(stack: Stack, office: Visitor) -> None:
    job_id = order(stack, office)
    wait_until(stack, job_id, "running", within=10)
    stack.kill("pdf", number=signal.SIGKILL)
    assert look(stack, job_id).state == "running"  # nobody noticed yet
    stack.start("pdf")
    assert_done_once(stack, job_id, attempts=2)


def test_a_worker_killed_before_its_claim(stack: Stack, office: Visitor) -> None:
    stack.kill("pdf", number=signal.SIGKILL)
    job_id = order(stack, office)
    stack.start("pdf")
    assert_done_once(stack, job_id, attempts=1)


def test_an_emptied_broker_loses_nothing(stack: Stack, office: Visitor) -> None:
    stack.kill("pdf")
    job_id = order(stack, office)
    client_of(stack.redis).flushall()
    stack.start("pdf")
    assert_done_once(stack, job_id, attempts=1)


def test_a_broker_restarted_under_living_workers_is_found_again(stack: Stack, office: Visitor) -> None:
    stack.redis.stop()
    job_id = order_without_a_ring(stack, office)
    stack.redis.start()
    assert_done_once(stack, job_id, attempts=1)


def test_web_killed_between_commit_and_ring(stack: Stack, office: Visitor) -> None:
    """The broker is frozen, so that the request hangs at the bell with its row committed; there it dies."""
    report = a_report(stack, office)
    hidden = office.form(f"/reports/{report.no}/")

    def ask() -> None:
        with suppress(Exception):  # the connection breaks
            office.send(f"/reports/{report.no}/", f"/reports/{report.no}/draft-pdf/", hidden=hidden)

    with stack.database():
        earlier = jobs_of(report)

    def is_written() -> bool:
        with stack.database():
            return jobs_of(report) > earlier

    asking = threading.Thread(target=ask)
    with frozen(stack.redis):
        asking.start()
        stack.wait_for(is_written, "the job was not written", within=10)
        stack.kill("web", number=signal.SIGKILL)
    asking.join()
    assert_done_once(stack, job_of(stack, report), attempts=1)
    stack.start("web")
    # The person sends the form again, as browsers offer: it was done, and is not done twice.
    office.send(f"/reports/{report.no}/", f"/reports/{report.no}/draft-pdf/", hidden=hidden)
    with stack.database():
        assert jobs_of(report) == earlier + 1


@pytest.mark.long
def test_a_worker_that_slept_through_its_lease_writes_nothing(stack: Stack, office: Visitor) -> None:
    """SIGSTOP to the whole worker, another takes over, then SIGCONT: the sleeper's effect comes too late."""
    job_id = order(stack, office)
    wait_until(stack, job_id, "running", within=10)
    sleeper = stack._running.pop("pdf")
    os.killpg(sleeper.pid, signal.SIGSTOP)
    try:
        stack.start("pdf")
        assert_done_once(stack, job_id, attempts=2)
        done = look(stack, job_id)
        os.killpg(sleeper.pid, signal.SIGCONT)
        time.sleep(5)
        assert look(stack, job_id).result == done.result
        assert look(stack, job_id).attempts == 2
    finally:
        for number in (signal.SIGCONT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(sleeper.pid, number)
        sleeper.wait(timeout=30)


@pytest.mark.long
def test_two_beats_are_harmless_and_a_beat_that_was_away_catches_up(stack: Stack, office: Visitor) -> None:
    stack.kill("beat")
    job_id = order_without_a_ring(stack, office)
    time.sleep(2 * SWEEP)
    assert look(stack, job_id).attempts == 0  # nobody sweeps
    stack.start("beat")
    other = stack._running.pop("beat")
    stack.start("beat")
    try:
        assert_done_once(stack, job_id, attempts=1)
    finally:
        os.killpg(other.pid, signal.SIGKILL)
        other.wait(timeout=30)


def test_everything_is_heard_of(stack: Stack) -> None:
    def names() -> set[str]:
        with stack.database():
            return set(Heartbeat.objects.values_list("name", flat=True))

    wanted = {
        "canary:fast",
        "canary:pdf",
        "sweep:jobs",
        "sweep:policy.sweep_phases",
        "sweep:inspections.sweep_deadlines",
        "sweep:inspections.sweep_digests",
    }
    stack.wait_for(lambda: wanted <= names(), "something is never heard of", within=30)
    assert {name.split("@")[0] for name in names() if name.startswith("worker:")} == {
        "worker:fast",
        "worker:pdf",
    }
    with stack.database():
        assert sweeps.health().is_good


def test_the_page_tells_when_the_background_is_silent(stack: Stack, office: Visitor) -> None:
    assert "后台正常" in office.page("/jobs/")


@pytest.mark.long
def test_workers_that_are_asked_to_end_finish_what_they_hold(stack: Stack, office: Visitor) -> None:
    """SIGTERM, as at every update: the job in hand is done in its first attempt."""
    job_id = order(stack, office)
    wait_until(stack, job_id, "running", within=10)
    worker = stack._running.pop("pdf")
    worker.terminate()
    assert worker.wait(timeout=60) == 0
    job = look(stack, job_id)
    assert (job.state, job.attempts) == ("done", 1)
    assert not processes.is_alive(worker.pid)
