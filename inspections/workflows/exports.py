"""导出 of a list: ordered from its page, written by a job with the rights of that moment, logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from inspections.exports.listing import Listing
from inspections.exports.lists import LISTINGS
from inspections.exports.tables import Table, csv_of, workbook_of
from inspections.models import Export
from shuangjian import clock
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile
from shuangjian.files.services import CSV, XLSX, store_generated
from shuangjian.journal import audit, jobs
from shuangjian.journal.errors import NotAllowed

JOB = "lists.export"
ROWS_AT_ONCE = 2000  # what is written before the answer goes out; more is left to the worker
_BATCH = 500
_TYPES = {Export.Format.XLSX: XLSX, Export.Format.CSV: CSV}

audit.name_actions({"inspections.export.ordered": "申请导出", "inspections.export.written": "导出列表"})


def _check_right(listing: Listing, user: User) -> None:
    if not user.is_active or not user.has_role(*listing.roles):
        raise NotAllowed(f"您的角色不能导出{listing.title}")


def order(*, listing: Listing, query: QueryDict, format: str, actor: User) -> Export:
    """Order the list as the address shows it. Raises NotAllowed."""
    _check_right(listing, actor)
    reading = listing.read(actor, query)
    count = reading.count()
    with transaction.atomic():
        row = Export.objects.create(
            listing=listing.key,
            query=query.urlencode(),
            words=reading.words[:500],
            format=format,
            ordered_by=actor,
        )
        audit.record(
            action="inspections.export.ordered",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"listing": listing.key, "format": format, "count": count},
            note=row.words,
        )
        if count <= ROWS_AT_ONCE:
            # Here, once the order stands; should this process end half way, the sweep finds the job.
            transaction.on_commit(lambda: jobs.run_now(job.pk))
        job = row.job = jobs.enqueue(
            kind=JOB,
            key=f"{JOB}:{row.pk}",
            payload={"export": row.pk},
            owner=actor,
            title=f"导出{listing.title}",
            url=reverse("export", args=[row.pk]),
        )
        row.save(update_fields=["job"])
    return row


def write(claim: jobs.Claim, export_id: int) -> tuple[bytes, int]:
    """(the file, its rows) of an order: what its owner may see now. Raises jobs.Failure if he may not."""
    row = Export.objects.select_related("ordered_by").get(pk=export_id)
    listing, owner = LISTINGS[row.listing], row.ordered_by
    try:
        _check_right(listing, owner)
    except NotAllowed as refused:
        raise jobs.Failure(str(refused)) from refused
    reading = listing.read(owner, QueryDict(row.query))
    table = Table(listing.title, listing.columns_for(owner), row.words, clock.now())
    made = workbook_of if row.format == Export.Format.XLSX else csv_of
    return made(table, _told(reading, claim))


def _told(reading: Reading, claim: jobs.Claim) -> Iterator[Any]:
    """The lines, with progress said on the way."""
    total = reading.count()
    for number, line in enumerate(reading.lines(_BATCH), start=1):
        claim.progress("写入表格", min(number, total), total)
        yield line


def keep(export_id: int, data: bytes, count: int) -> StoredFile:
    """Give the order its file, and say in the journal what was taken along. Repeatable."""
    row = Export.objects.select_for_update().get(pk=export_id)
    if row.stored_file is not None:
        return row.stored_file
    name = f"{LISTINGS[row.listing].title}{clock.today():%Y%m%d}.{row.format}"
    stored = store_generated(data=data, name=name, content_type=_TYPES[Export.Format(row.format)])
    row.stored_file = stored
    row.save(update_fields=["stored_file"])
    audit.record(
        action="inspections.export.written",
        subject=row,
        actor=row.ordered_by,
        role=acting_role(row.ordered_by),
        after={"count": count, "sha256": stored.sha256},
        note=row.words,
    )
    return stored
