"""Jobs that are neither lost nor done twice: a row, a doorbell, a lease, a guarded finish, a sweep.

The row is written in the transaction of its cause. Ringing comes after commit and may fail: the sweep finds what is due.
A worker claims with a lease and an attempt number; the effect and ``done`` are written in one transaction that checks
that number, so a worker that slept through its lease changes nothing (reliability rules 1–6).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import Job

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
_BREAKER_SECONDS = 30.0
_quiet_until = 0.0


class Failure(Exception):
    """The job cannot succeed as it stands; the message is the cause in words for people. Not retried by itself."""


class Cancelled(Exception):
    """The owner cancelled the job while it ran."""


class LostLease(Exception):
    """Another attempt has taken the job; what this one did must not count."""


class Handler(Protocol):
    """What a kind of job does: the long part without a transaction, then the effect inside the guarded one."""

    def work(self, claim: Claim) -> Any: ...

    def finish(self, claim: Claim, outcome: Any) -> dict[str, Any] | None: ...


@dataclass(frozen=True)
class _Registered:
    handler: type[Handler]
    queue: str


REGISTRY: dict[str, _Registered] = {}


def register(kind: str, queue: str = "fast"):  # type: ignore[no-untyped-def]
    """Class decorator: ``kind`` names the handler in job rows, ``queue`` is ``fast`` or ``pdf``."""

    def keep(handler: type[Handler]) -> type[Handler]:
        REGISTRY[kind] = _Registered(handler, queue)
        return handler

    return keep


@dataclass
class Claim:
    """One attempt at a job while it is held."""

    job_id: int
    attempt: int
    payload: dict[str, Any]
    owner_id: int | None

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say how far the work is. Raises Cancelled when the owner cancelled, LostLease when another attempt runs."""
        held = Job.objects.filter(pk=self.job_id, attempts=self.attempt, state=Job.State.RUNNING).update(
            progress_stage=stage[:60], progress_done=done, progress_total=total
        )
        if not held:
            self.check()

    def check(self) -> None:
        """Raise unless this attempt still holds the job."""
        job = Job.objects.get(pk=self.job_id)
        if job.state == Job.State.CANCELLED:
            raise Cancelled
        if job.attempts != self.attempt or job.state != Job.State.RUNNING:
            raise LostLease


def enqueue(
    *,
    kind: str,
    key: str,
    payload: dict[str, Any],
    owner: Any = None,
    title: str = "",
    url: str = "",
    due_at: datetime | None = None,
) -> Job:
    """Write the job in the caller's transaction and ring after commit. The same key again gives the existing row."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a job is written in the transaction of its cause")
    Job.objects.bulk_create(
        [
            Job(
                kind=kind,
                queue=REGISTRY[kind].queue,
                key=key,
                payload=payload,
                owner=owner,
                title=title[:200],
                url=url,
                due_at=due_at or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )
    job = Job.objects.get(key=key)
    if not job.is_finished and job.due_at <= timezone.now():
        transaction.on_commit(lambda: ring(job.pk, job.queue))
    return job


def ring(job_id: int, queue: str) -> None:
    """Tell a worker, if the broker answers quickly; a lost ring costs one sweep, never the job."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    from shuangjian.journal.tasks import run_job

    try:
        run_job.apply_async(args=[job_id], queue=queue, retry=False)
    except Exception:
        _quiet_until = time.monotonic() + _BREAKER_SECONDS
        log.warning("broker unreachable, not ringing for %s s (job %s)", _BREAKER_SECONDS, job_id)


def sweep() -> int:
    """Ring for every due job that nobody holds; returns how many. Also buries jobs whose attempts are used up."""
    now = timezone.now()
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    waiting = Job.objects.filter(free, due_at__lte=now)
    waiting.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=Job.State.DEAD,
        error="多次尝试都没有完成，请重试；仍不行请告知技术人员",
        finished_at=now,
        lease_until=None,
    )
    rows = list(waiting.filter(attempts__lt=MOST_ATTEMPTS).order_by("pk").values_list("pk", "queue")[:500])
    for pk, queue in rows:
        ring(pk, queue)
    return len(rows)


def claim(job_id: int) -> Claim | None:
    """Take the job for one attempt, or None if it is held, finished or not due. Commits before the work begins."""
    now = timezone.now()
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(
                Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now),
                pk=job_id,
                due_at__lte=now,
                attempts__lt=MOST_ATTEMPTS,
            )
            .first()
        )
        if job is None:
            return None
        job.state = Job.State.RUNNING
        job.attempts += 1
        job.lease_until = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        job.save(update_fields=["state", "attempts", "lease_until"])
        return Claim(job.pk, job.attempts, job.payload, job.owner_id)


@contextmanager
def _renewing(held: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own every third of it, until the work is over."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                Job.objects.filter(pk=held.job_id, attempts=held.attempt, state=Job.State.RUNNING).update(
                    lease_until=timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
                )
            except Exception:
                log.warning("lease of job %s was not renewed", held.job_id)
            finally:
                close_old_connections()
        connection.close()

    thread = threading.Thread(target=renew, daemon=True, name=f"lease-{held.job_id}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def run_now(job_id: int) -> bool:
    """Claim, work and finish in this process; returns whether the effect was written by this call."""
    held = claim(job_id)
    if held is None:
        return False
    job = Job.objects.get(pk=job_id)
    handler = REGISTRY[job.kind].handler()
    try:
        with _renewing(held):
            outcome = handler.work(held)
        return _finish(handler, held, outcome)
    except (Cancelled, LostLease):
        return False
    except Failure as failure:
        _bury(held, str(failure))
        return False
    except Exception:
        log.exception("job %s attempt %s did not finish", job_id, held.attempt)
        _give_back(held)
        return False


def _finish(handler: Handler, held: Claim, outcome: Any) -> bool:
    with transaction.atomic():
        mine = (
            Job.objects.select_for_update()
            .filter(pk=held.job_id, attempts=held.attempt, state=Job.State.RUNNING)
            .exists()
        )
        if not mine:
            return False  # a late zombie: its lease passed and another attempt took over
        result = handler.finish(held, outcome)
        Job.objects.filter(pk=held.job_id).update(
            state=Job.State.DONE,
            result=result,
            error="",
            lease_until=None,
            finished_at=timezone.now(),
            progress_done=F("progress_total"),
        )
    return True


def _bury(held: Claim, cause: str) -> None:
    Job.objects.filter(pk=held.job_id, attempts=held.attempt, state=Job.State.RUNNING).update(
        state=Job.State.DEAD, error=cause[:500], lease_until=None, finished_at=timezone.now()
    )


def _give_back(held: Claim) -> None:
    """After an unexpected error: wait a little longer after each attempt, or bury it after the last."""
    if held.attempt >= MOST_ATTEMPTS:
        _bury(held, "多次尝试都没有完成，请重试；仍不行请告知技术人员")
        return
    pause = timedelta(seconds=min(2**held.attempt, settings.JOB_LEASE_SECONDS))
    Job.objects.filter(pk=held.job_id, attempts=held.attempt, state=Job.State.RUNNING).update(
        state=Job.State.QUEUED, lease_until=None, due_at=timezone.now() + pause
    )


def cancel(job: Job, actor: Any) -> None:
    """Cancel a job of one's own that is not finished. Raises NotAllowed, WrongState."""
    if job.owner_id != actor.pk:
        raise NotAllowed("只能取消自己的任务")
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    changed = Job.objects.filter(pk=job.pk, state__in=open_states).update(
        state=Job.State.CANCELLED, lease_until=None, finished_at=timezone.now()
    )
    if not changed:
        raise WrongState("任务已经结束，不用取消")


def retry(job: Job, actor: Any) -> None:
    """Begin an unfinished or cancelled job again from the first attempt. Raises WrongState."""
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state__in=[Job.State.DEAD, Job.State.CANCELLED]).update(
            state=Job.State.QUEUED,
            attempts=0,
            error="",
            finished_at=None,
            lease_until=None,
            due_at=timezone.now(),
            progress_stage="",
            progress_done=0,
            progress_total=0,
        )
        if not changed:
            raise WrongState("任务没有停下，不用重试")
        transaction.on_commit(lambda: ring(job.pk, job.queue))
