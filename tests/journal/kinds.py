"""Kinds of job that exist in tests alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from shuangjian.journal import jobs, outbox
from shuangjian.journal.models import Job

Work = Callable[[jobs.Claim], Any]


@contextmanager
def kind(
    name: str, work: Work = lambda claim: None, finish: Any = None, queue: str = "fast"
) -> Iterator[str]:
    """Inside, ``name`` is a kind of job; when done it tells its owner, unless ``finish`` says otherwise."""

    class Handler:
        def work(self, claim: jobs.Claim) -> Any:
            return work(claim)

        def finish(self, claim: jobs.Claim, outcome: Any) -> dict[str, Any] | None:
            if finish is not None:
                return finish(claim, outcome)
            owner = Job.objects.get(pk=claim.job_id).owner
            outbox.notify(
                recipients=[owner] if owner else [],
                kind="test.done",
                title="做完了",
                dedupe_key=f"test:{claim.job_id}:{claim.attempt}",
            )
            return {"outcome": outcome}

    jobs.register(name, queue)(Handler)
    try:
        yield name
    finally:
        del jobs.REGISTRY[name]


def enqueue(name: str, owner: Any = None, key: str = "job:1", **more: Any) -> Job:
    with transaction.atomic():
        return jobs.enqueue(kind=name, key=key, payload={"id": 7}, owner=owner, **more)
