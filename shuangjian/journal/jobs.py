"""Jobs that are neither lost nor done twice: a row, a doorbell, a lease, a guarded finish, a sweep.

The row is written in the transaction of its cause; ringing comes after commit and may fail: the sweep finds
what is due. A worker claims with a lease and an attempt number; effect and ``done`` are written in one
transaction that checks that number, so that a worker that slept through its lease changes nothing
(reliability rules 1–6). Two clocks (docs/decisions/0040): due and lease are the machine's, begun and
finished, which people read, are the county's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from shuangjian import clock
from shuangjian.journal import audit, doorbell, outbox
from shuangjian.journal.errors import NotAllowed, WrongState
from shuangjian.journal.models import Job

log = logging.getLogger(__name__)

ATTEMPTS = 5  # then the job is dead, and somebody is told
MOST_RINGS = 200  # of one sweep: a long queue must not fill the broker with messages about the same jobs
USED_UP = "多次尝试都没有完成，请重试；仍不行请告知技术人员"
_PROGRESS_SECONDS = 0.5  # between two writes of progress within one stage

audit.name_actions({"journal.job.cancelled": "取消后台任务", "journal.job.retried": "重试后台任务"})


class Failure(Exception):
    """The job cannot succeed as it stands; the message is the cause for people. Not repeated by itself."""


class Later(Exception):
    """Not now. The message is the cause for people; ``wait`` says how long, None by the number of attempts.

    It counts as an attempt, after the last of which the job is dead with this cause, unless ``is_counted``
    is False: then nothing was tried at all.
    """

    def __init__(self, cause: str, *, wait: timedelta | None = None, is_counted: bool = True) -> None:
        super().__init__(cause)
        self.wait = wait
        self.is_counted = is_counted


class Cancelled(Exception):
    """Cancelled while it ran, or taken over by another attempt: stop, what was done must not count."""


class Handler(Protocol):
    """What a kind of job does: the long part outside a transaction, then the effect in the guarded one."""

    def work(self, claim: Claim) -> Any: ...

    def finish(self, claim: Claim, outcome: Any) -> dict[str, Any] | None: ...


HandlerT = TypeVar("HandlerT", bound=type[Handler])


Mourner = Callable[[Job, list[Any]], None]


@dataclass(frozen=True)
class Registered:
    """A kind of job: who does it, in which queue it waits, who says of its death what the usual notice
    would not say so well."""

    handler: type[Handler]
    queue: str
    words: str
    tell_of_death: Mourner | None = None


REGISTRY: dict[str, Registered] = {}


def register(
    kind: str, queue: str = "fast", words: str = "", tell_of_death: Mourner | None = None
) -> Callable[[HandlerT], HandlerT]:
    """Class decorator: ``kind`` names the handler in job rows, ``queue`` is ``fast`` or ``pdf``.

    ``words`` is what people who may not read of the business call such a job. ``tell_of_death(job,
    caretakers)`` stands in for the notices that a dead job sends.
    """

    def keep(handler: HandlerT) -> HandlerT:
        REGISTRY[kind] = Registered(handler, queue, words or kind, tell_of_death)
        return handler

    return keep


def words_of(kind: str) -> str:
    """The name of a kind of job for people; the kind itself where nobody gave it one."""
    return REGISTRY[kind].words if kind in REGISTRY else kind


# --- Asking for work ----------------------------------------------------------------------------------------
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
    """Write the job in the caller's transaction, ring after commit. A known key gives the existing row.

    ``payload`` holds ids, never texts of people; ``due_at`` (machine time) is now where nothing is said.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a job is written in the transaction of its cause")
    row = Job(
        kind=kind,
        queue=REGISTRY[kind].queue,
        key=key,
        payload=payload,
        owner=owner,
        title=title[:200],
        url=url,
        due_at=due_at or timezone.now(),
        created_at=clock.now(),
    )
    Job.objects.bulk_create([row], ignore_conflicts=True)
    job = Job.objects.get(key=key)
    _ring_after_commit(job)
    return job


def _ring_after_commit(job: Job) -> None:
    if job.is_open and job.due_at <= timezone.now():
        transaction.on_commit(lambda: doorbell.ring(job.pk, job.queue))


def cancel(job: Job, actor: Any) -> Job:
    """Cancel an unfinished job of one's own; work under way stops at its next word of progress.

    Raises NotAllowed for somebody else's job, WrongState for a finished one.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.owner_id != actor.pk:
            raise NotAllowed("只能取消自己的任务")
        if not locked.is_open:
            raise WrongState(f"任务{locked.get_state_display()}，不用取消")
        _move(locked, actor, Job.State.CANCELLED, "journal.job.cancelled", finished_at=clock.now())
    return locked


def retry(job: Job, actor: Any) -> Job:
    """Begin a dead or cancelled job again, with its attempts counted on and its cause kept in the journal.

    Raises NotAllowed, WrongState.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if not Job.objects.visible_to(actor).filter(pk=job.pk).exists():
            raise NotAllowed("只能重试自己的任务")
        if locked.state not in (Job.State.DEAD, Job.State.CANCELLED):
            raise WrongState(f"任务{locked.get_state_display()}，不用重试")
        locked.due_at = timezone.now()
        # Attempts only ever grow: an old attempt that is still at work must not be taken for a new one.
        locked.attempts_allowed = locked.attempts + ATTEMPTS
        cause = locked.error
        locked.error = locked.progress_stage = ""
        locked.progress_done = locked.progress_total = 0
        _move(locked, actor, Job.State.QUEUED, "journal.job.retried", finished_at=None, note=cause)
        _ring_after_commit(locked)
    return locked


def _move(
    job: Job, actor: Any, state: str, action: str, *, finished_at: datetime | None, note: str = ""
) -> None:
    before = {"state": job.state, "attempts": job.attempts}
    job.state, job.finished_at, job.lease_until = state, finished_at, None
    job.save()
    post = actor.main_post
    audit.record(
        action=action,
        subject=job,
        actor=actor,
        role=post.role if post else "",
        before=before,
        after={"state": state, "kind": job.kind},
        note=note,
    )


# --- Doing it -----------------------------------------------------------------------------------------------
@dataclass
class Claim:
    """One attempt at a job. Handlers read ``payload`` and ``owner_id`` and report ``progress``."""

    job_id: int
    kind: str
    attempt: int
    payload: dict[str, Any]
    owner_id: int | None
    _said: tuple[str, float] = field(default=("", 0.0), repr=False)

    @property
    def held(self) -> QuerySet[Job]:
        """The job's row as long as this attempt holds it; empty afterwards."""
        return Job.objects.filter(pk=self.job_id, attempts=self.attempt, state=Job.State.RUNNING)

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say how far the work is; cheap enough for each step of a loop. Raises Cancelled to stop it."""
        last_stage, last_at = self._said
        now = time.monotonic()
        if stage == last_stage and done < total and now - last_at < _PROGRESS_SECONDS:
            return
        self._said = (stage, now)
        if not self.held.update(progress_stage=stage[:60], progress_done=done, progress_total=total):
            raise Cancelled


def claim(job_id: int) -> Claim | None:
    """Take the job for one attempt; None if it is held, finished or not due. Commits before work begins."""
    now = timezone.now()
    with transaction.atomic():
        job = open_jobs(now).filter(pk=job_id).select_for_update(skip_locked=True).first()
        if job is None:
            return None
        if job.attempts >= job.attempts_allowed:
            _bury(Job.objects.filter(pk=job.pk), USED_UP)
            return None
        job.state = Job.State.RUNNING
        job.attempts += 1
        job.lease_until = _lease()
        job.save(update_fields=["state", "attempts", "lease_until"])
    return Claim(job.pk, job.kind, job.attempts, job.payload, job.owner_id)


def open_jobs(now: datetime) -> QuerySet[Job]:
    """Jobs that are due and that nobody holds: never begun, or their worker's lease has passed."""
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    return Job.objects.filter(free, due_at__lte=now)


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


@contextmanager
def _renewing(held: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own every third of it, until the work is over."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                held.held.update(lease_until=_lease())
            except Exception:
                log.warning("the lease of job %s was not renewed", held.job_id)
            finally:
                connection.close()  # a thread has a connection of its own

    thread = threading.Thread(target=renew, daemon=True, name=f"lease-{held.job_id}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def run_now(job_id: int) -> bool:
    """Claim, work and finish in this process; returns whether the effect was written by this call.

    A cause for people (``Failure``) ends the job at once; any other error gives it back for a later attempt.
    """
    held = claim(job_id)
    if held is None:
        return False
    try:
        handler = REGISTRY[held.kind].handler()
        with _renewing(held):
            outcome = handler.work(held)
            return _finish(handler, held, outcome)
    except Cancelled:
        log.info("job %s attempt %s stopped: cancelled or taken over", job_id, held.attempt)
    except Failure as failure:
        _bury(held.held, str(failure))
    except Later as later:
        _give_back(held, str(later), wait=later.wait, is_counted=later.is_counted)
    except Exception:
        log.exception("job %s attempt %s did not finish", job_id, held.attempt)
        _give_back(held)
    return False


def _finish(handler: Handler, held: Claim, outcome: Any) -> bool:
    with transaction.atomic():
        job = held.held.select_for_update().first()
        if job is None:
            return False  # a late attempt: its lease passed and another one took over, or it was cancelled
        job.result = handler.finish(held, outcome)
        job.state, job.error = Job.State.DONE, ""
        job.lease_until, job.finished_at = None, clock.now()
        job.save(update_fields=["result", "state", "error", "lease_until", "finished_at"])
    return True


_caretakers: list[Callable[[], Iterable[Any]]] = []


def tell_of_dead_jobs(people: Callable[[], Iterable[Any]]) -> None:
    """Let an app above name those who look after the portal: they are told of each job that died."""
    _caretakers.append(people)


def _bury(rows: QuerySet[Job], cause: str) -> None:
    """Dead: kept with its cause; its owner is told, and those who look after the portal. Never silent."""
    with transaction.atomic():
        for job in rows.select_for_update(of=("self",)).select_related("owner"):
            job.state, job.error = Job.State.DEAD, cause[:500]
            job.lease_until, job.finished_at = None, clock.now()
            job.save(update_fields=["state", "error", "lease_until", "finished_at"])
            log.error("job %s (%s) is dead", job.pk, job.kind)
            caretakers = [person for people in _caretakers for person in people()]
            tell_of_death = REGISTRY[job.kind].tell_of_death if job.kind in REGISTRY else None
            if tell_of_death is not None:
                tell_of_death(job, caretakers)
                continue
            _tell(job, [job.owner] if job.owner else [], f"{job.title or job.kind_words}没有完成")
            _tell(job, caretakers, f"后台任务{job.pk}没有完成（{job.kind_words}）")


def _tell(job: Job, recipients: Iterable[Any], title: str) -> None:
    outbox.notify(
        recipients=recipients,
        kind="job.dead",
        title=title,
        body=job.error,
        url=reverse("job", args=[job.pk]),
        dedupe_key=f"job.dead:{job.pk}:{job.attempts}",
        subject=job,
    )


def _give_back(
    held: Claim, cause: str = "", *, wait: timedelta | None = None, is_counted: bool = True
) -> None:
    """Wait a little longer after each attempt, or bury it after the last. ``cause``: what was in the way."""
    job = held.held.first()
    if job is None:
        return
    if is_counted and job.attempts >= job.attempts_allowed:
        _bury(held.held, cause or USED_UP)
        return
    tried = ATTEMPTS - (job.attempts_allowed - job.attempts)
    pause = wait if wait is not None else timedelta(seconds=settings.JOB_SWEEP_SECONDS * (tried - 1))
    held.held.update(
        state=Job.State.QUEUED,
        lease_until=None,
        due_at=timezone.now() + pause,
        error=cause[:500],
        attempts_allowed=job.attempts_allowed + (not is_counted),
    )


def sweep() -> int:
    """Ring for every due job that nobody holds, the longest waiting first; returns for how many it rang."""
    now = timezone.now()
    waiting = open_jobs(now).order_by("due_at").values_list("pk", "queue")[:MOST_RINGS]
    rang = [doorbell.ring(pk, queue) for pk, queue in waiting]
    return sum(rang)
