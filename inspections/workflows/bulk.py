"""批量办理: one order over many problems, carried out row by row by the row's own service.

The order freezes which rows it is about, in the transaction that enqueues its job. Each row is then done in a
transaction of its own together with the line that says what became of it, and only as long as the attempt
still holds the job: a second attempt goes on with what is waiting, none is done twice. What a row's service
refuses is that row's result; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse

from inspections import ledger
from inspections.models import BulkRow, BulkRun, RectificationTask
from inspections.reports import ledger as workbook
from inspections.workflows import extensions, oversight, rectification
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, Role
from shuangjian.files.models import StoredFile
from shuangjian.files.services import XLSX, store_generated
from shuangjian.journal import audit, jobs
from shuangjian.journal.errors import DomainError, NotAllowed, Refused

RUN_JOB = "ledger.run"
EXPORT_JOB = "ledger.export"
# What is done before the answer goes out; more is left to the worker, with progress on the page.
ROWS_AT_ONCE = 50
EXPORT_AT_ONCE = 1000
_BATCH = 1000

audit.name_actions(
    {
        "inspections.bulk.ordered": "批量办理",
        "inspections.bulk.exported": "导出台账",
    }
)

Outcome = BulkRow.Outcome


@dataclass(frozen=True)
class Action:
    """What is done to one row by the service that does it to a single case, its right, and who orders many.

    The right to each row is asked by that service: what a person may not do to one of them is its result.
    """

    run: Callable[[int, User, dict[str, Any]], object]
    permission: str
    by: frozenset[Role]


def _remind(task_id: int, actor: User, arguments: dict[str, Any]) -> object:
    return oversight.remind(task_id=task_id, actor=actor, words=arguments["words"])


def _reassign(task_id: int, actor: User, arguments: dict[str, Any]) -> object:
    overseer = User.objects.get(pk=arguments["overseer"])
    return oversight.reassign(task_id=task_id, actor=actor, overseer=overseer)


def _extend(task_id: int, actor: User, arguments: dict[str, Any]) -> object:
    return extensions.extend(
        task_id=task_id,
        actor=actor,
        version=None,
        to_on=date.fromisoformat(arguments["to_on"]),
        ground=arguments["ground"],
        words=arguments["words"],
    )


def _close(task_id: int, actor: User, arguments: dict[str, Any]) -> object:
    return rectification.close(task_id=task_id, actor=actor, version=None, words=arguments["words"])


ACTIONS: dict[str, Action] = {
    # The leader decides on more time case by case, and closes what falls to him in one go.
    BulkRun.Kind.REMIND: Action(_remind, "inspections.remind_task", OFFICE_ROLES),
    BulkRun.Kind.REASSIGN: Action(_reassign, "inspections.reassign_task", OFFICE_ROLES),
    BulkRun.Kind.EXTEND: Action(_extend, "inspections.extend_task", frozenset({Role.TASK_FORCE})),
    BulkRun.Kind.CLOSE: Action(_close, "inspections.close_task", COUNTY_ROLES),
}


def label_of(kind: str) -> str:
    """提醒, 改督办人, 延期"""
    return str(BulkRun.Kind(kind).label)


# --- Ordering ------------------------------------------------------------
def order(*, kind: str, actor: User, book: ledger.Ledger, arguments: dict[str, Any]) -> BulkRun:
    """Order ``kind`` for the rows that are selected in ``book``; short selections are done at once.

    Raises Refused where nothing is selected.
    """
    task_ids = list(book.chosen().values_list("pk", flat=True)) if not book.selection.is_empty else []
    if not task_ids:
        raise Refused("请先选中要办理的问题")
    with transaction.atomic():
        run = _written(kind, actor, book, arguments, len(task_ids))
        BulkRow.objects.bulk_create(
            [BulkRow(run=run, task_id=task_id) for task_id in task_ids], batch_size=_BATCH
        )
        return _enqueued(run, RUN_JOB, len(task_ids), at_once=len(task_ids) <= ROWS_AT_ONCE)


def order_export(*, actor: User, book: ledger.Ledger) -> BulkRun:
    """Order the workbook of what is selected, else of the whole view; it is read when it is made."""
    count = book.chosen().count()
    with transaction.atomic():
        run = _written(BulkRun.Kind.EXPORT, actor, book, {}, count)
        return _enqueued(run, EXPORT_JOB, count, at_once=count <= EXPORT_AT_ONCE)


def _written(kind: str, actor: User, book: ledger.Ledger, arguments: dict[str, Any], count: int) -> BulkRun:
    run = BulkRun.objects.create(
        kind=kind,
        words=book.selected_words[:500],
        query=book.address_with_selection,
        arguments=arguments,
        ordered_by=actor,
    )
    audit.record(
        action="inspections.bulk.ordered",
        subject=run,
        actor=actor,
        role=acting_role(actor),
        after={"kind": kind, "count": count}
        | {key: arguments[key] for key in ("overseer", "to_on", "ground") if key in arguments},
        note=run.words,
    )
    return run


def _enqueued(run: BulkRun, job_kind: str, count: int, *, at_once: bool) -> BulkRun:
    if at_once:
        # Here, once the order stands and before a worker hears of it: the answer then shows the results.
        # Should this process end half way, the sweep finds the job.
        transaction.on_commit(lambda: _run_here(run))
    run.job = jobs.enqueue(
        kind=job_kind,
        key=f"{job_kind}:{run.pk}",
        payload={"run": run.pk},
        owner=run.ordered_by,
        title=f"台账：{run.get_kind_display()}{count}个问题",
        url=reverse("ledger-run", args=[run.pk]),
    )
    run.save(update_fields=["job"])
    return run


def _run_here(run: BulkRun) -> None:
    if run.job_id is not None:
        jobs.run_now(run.job_id)


# --- Carrying out ------------------------------------------------------------
def carry_out(claim: jobs.Claim, run_id: int) -> dict[str, int]:
    """Do the waiting rows of an order, one after the other; what each became is committed with its effect."""
    run = BulkRun.objects.get(pk=run_id)
    waiting = list(run.rows.filter(outcome=Outcome.WAITING).values_list("pk", flat=True))
    total = run.rows.count()
    for number, row_id in enumerate(waiting, start=total - len(waiting) + 1):
        claim.progress(run.get_kind_display(), number, total)
        _carry_out_row(claim, run, row_id)
    return counts_of(run)


def _carry_out_row(claim: jobs.Claim, run: BulkRun, row_id: int) -> None:
    with transaction.atomic():
        if not claim.held.select_for_update().exists():
            raise jobs.Cancelled  # cancelled, or another attempt has taken over
        row = BulkRow.objects.select_for_update().get(pk=row_id)
        if row.outcome != Outcome.WAITING:
            return
        row.outcome, row.reason = _result(run, row.task_id)
        row.save(update_fields=["outcome", "reason"])


def _result(run: BulkRun, task_id: int) -> tuple[str, str]:
    actor = User.objects.get(pk=run.ordered_by_id)  # with the rights that he has now
    try:
        with transaction.atomic():
            if not RectificationTask.objects.visible_to(actor).filter(pk=task_id).exists():
                raise NotAllowed("您已不能查看此项")
            ACTIONS[run.kind].run(task_id, actor, run.arguments)
    except DomainError as refused:
        return Outcome.SKIPPED, str(refused)[:200]
    return Outcome.DONE, ""


def counts_of(run: BulkRun) -> dict[str, int]:
    """How many rows are done, skipped and waiting."""
    found = dict(run.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {str(outcome): found.get(outcome, 0) for outcome in Outcome.values}


def write_workbook(claim: jobs.Claim, run_id: int) -> tuple[bytes, int]:
    """(the .xlsx, its rows) of an order: what its owner may see now. Raises jobs.Failure if he may not."""
    run = BulkRun.objects.get(pk=run_id)
    owner = User.objects.get(pk=run.ordered_by_id)
    if not owner.is_active or not owner.sees_county:
        raise jobs.Failure("您已不能查看台账，没有导出")
    book = ledger.read(owner, QueryDict(run.query))
    chosen = book.chosen()
    rows = ledger.with_everything(chosen).iterator(chunk_size=_BATCH)
    return workbook.workbook_of(_told(rows, claim, chosen.count()), words=run.words, as_of=clock.now())


def keep_workbook(run_id: int, data: bytes, count: int) -> StoredFile:
    """Give the order its file, and say in the journal what was taken along."""
    run = BulkRun.objects.select_for_update().get(pk=run_id)
    stored = store_generated(data=data, name=f"问题整改台账{clock.today():%Y%m%d}.xlsx", content_type=XLSX)
    run.stored_file = stored
    run.save(update_fields=["stored_file"])
    audit.record(
        action="inspections.bulk.exported",
        subject=run,
        actor=run.ordered_by,
        role=acting_role(run.ordered_by),
        after={"count": count, "sha256": stored.sha256},
        note=run.words,
    )
    return stored


def _told(rows: Iterable[RectificationTask], claim: jobs.Claim, total: int) -> Iterator[RectificationTask]:
    """The rows, with progress said on the way."""
    for number, task in enumerate(rows, start=1):
        claim.progress("写入表格", min(number, total - 1), total)
        yield task
