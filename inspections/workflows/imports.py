"""导入 on its way: uploaded, looked through by a job, confirmed as it was seen, carried out row by row.

The dry run (``Kind.plan``) writes nothing. Before a row is written it is planned anew: where it would do
something else than the person confirmed, it is refused by itself. Rows are written by the services of their
noun, in one transaction with their rows here, so that the job can be repeated.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse

from inspections.imports import kinds
from inspections.imports.kinds import Kind
from inspections.imports.plans import PlannedRow, Progress, row_of
from inspections.models import Import, ImportRow
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import User
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.files.rejections import Rejected
from shuangjian.journal import audit, jobs, outbox
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import DomainError, NotAllowed, Refused, WrongState
from shuangjian.journal.models import Job

CHECK_JOB, JOB = "imports.check", "imports.run"
S = Import.State
_REFUSED = ImportRow.State.REFUSED

audit.name_actions(
    {
        "inspections.import.uploaded": "上传导入文件",
        "inspections.import.checked": "核对导入文件",
        "inspections.import.confirmed": "确认导入",
        "inspections.import.dropped": "放弃导入",
        "inspections.import.done": "完成导入",
    }
)


def kind_of(row: Import) -> Kind:
    """The kind of an import. Raises Refused where the county keeps none of this name any more."""
    kind = kinds.find(row.what)
    if kind is None:
        raise Refused("这项内容已经不再用表格导入，请在页面上填写")
    return kind


def _checked_kind(row: Import, actor: User) -> Kind:
    kind = kind_of(row)
    if not kind.may(actor):
        raise NotAllowed(f"您的角色不能导入{kind.title}")
    return kind


def _record(what: str, row: Import, actor: User | None, **facts: Any) -> None:
    audit.record(
        action=f"inspections.import.{what}",
        subject=row,
        actor=actor,
        role=acting_role(actor) if actor is not None else "",
        **facts,
    )


def _enqueue(kind: str, row: Import, actor: User, title: str) -> Job:
    return jobs.enqueue(
        kind=kind,
        key=f"{kind}:{row.pk}",
        payload={"import": row.pk},
        owner=actor,
        title=title,
        url=reverse("import", args=[row.pk]),
    )


def upload(*, what: str, actor: User, stored: StoredFile) -> Import:
    """Keep a workbook that came in through the entrance for files; a job looks it through."""
    row = Import(what=what, stored_file=stored, uploaded_by=actor, uploaded_at=clock.now())
    kind = _checked_kind(row, actor)
    with transaction.atomic():
        row.save()
        _record("uploaded", row, actor, after={"state": row.state, "what": what, "sha256": stored.sha256})
        _enqueue(CHECK_JOB, row, actor, f"核对{kind.title}")
    return row


# --- Looking it through ------------------------------------------------------------
def look_through(import_id: int, progress: Progress) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(cells, plan) of an uploaded workbook; writes nothing. Raises jobs.Failure if it can't be read."""
    row = Import.objects.select_related("stored_file", "uploaded_by").get(pk=import_id)
    progress("读取文件", 0, 1)
    try:
        sheets = files.read_workbook(row.stored_file)
        plan = kind_of(row).plan(sheets, row.uploaded_by, progress)
    except (Rejected, Refused) as refused:
        raise jobs.Failure(str(refused)) from refused
    return sheets, plan.as_kept()


def keep_plan(import_id: int, sheets: list[dict[str, Any]], plan: dict[str, Any]) -> dict[str, Any]:
    """The dry run is over. In the job's own transaction; repeatable."""
    row = Import.objects.select_for_update().get(pk=import_id)
    if row.state == S.CHECKING:
        row.state, row.sheets, row.plan = S.CHECKED, sheets, plan
        row.version += 1
        row.save()
        counts = {name: plan[name] for name in ("created", "changed", "kept")}
        faults = len(row.plan["faults"])
        _record("checked", row, None, before={"state": S.CHECKING},
                after={"state": row.state, "faults": faults, **counts})  # fmt: skip
    return {"import": row.pk}


# --- Decided by a person ------------------------------------------------------------
def _locked(pk: int, actor: User, version: int | None, *states: str) -> Import:
    row: Import = Import.objects.select_for_update().get(pk=pk)
    _checked_kind(row, actor)
    check_version(row, version)
    if row.state not in states:
        raise WrongState(f"这次导入{row.get_state_display()}，不能再改")
    return row


def drop(*, import_id: int, actor: User, version: int | None) -> Import:
    """放弃: nothing of it will be done. Raises StaleRow, NotAllowed, WrongState."""
    with transaction.atomic():
        row = _locked(import_id, actor, version, S.CHECKING, S.CHECKED)
        before = row.state
        row.state, row.sheets, row.plan = S.DROPPED, [], {}
        row.version += 1
        row.save()
        _record("dropped", row, actor, before={"state": before}, after={"state": row.state})
    return row


def confirm(*, import_id: int, actor: User, version: int | None, is_partial: bool = False) -> Job:
    """确认导入 what the page showed; a job does it. ``is_partial``: the good rows alone.

    Raises StaleRow, WrongState, NotAllowed, Refused.
    """
    with transaction.atomic():
        row = _locked(import_id, actor, version, S.CHECKED)
        faults, todo = row.plan["faults"], row.plan["rows"]
        if faults and (row.plan["is_barred"] or not is_partial):
            raise Refused(f"还有{len(faults)}处要改，改好后重新上传")
        if not todo:
            raise Refused("文件里的内容和平台里的一样，不用导入")
        ImportRow.objects.bulk_create(
            ImportRow(
                batch=row,
                ordinal=at,
                organisation_id=one["unit"],
                **{name: one[name] for name in ("sheet", "number", "key", "name", "action", "digest")},
            )
            for at, one in enumerate(todo)
        )
        after = {name: row.plan[name] for name in ("created", "changed")} | {"faults": len(faults)}
        row.state, row.confirmed_by, row.confirmed_at, row.plan = S.RUNNING, actor, clock.now(), {}
        row.version += 1
        row.save()
        job = _enqueue(JOB, row, actor, f"导入{kind_of(row).title}")
        _record("confirmed", row, actor, before={"state": S.CHECKED}, after={"state": row.state, **after})
    return job


# --- Carrying it out ------------------------------------------------------------
def carry_out(*, import_id: int, progress: Progress) -> None:
    """Do what is still waiting of a confirmed import, ``at_once`` rows in a transaction. Repeatable."""
    row = Import.objects.select_related("confirmed_by").get(pk=import_id)
    actor = row.confirmed_by
    if actor is None:
        raise jobs.Failure("这次导入还没有确认")
    waiting = list(row.rows.filter(state=ImportRow.State.WAITING).values_list("pk", flat=True))
    if not waiting:
        return
    kind = kind_of(row)
    plan = kind.plan(row.sheets, actor, progress)
    planned = {one.key: one for one in plan.rows}
    faults = {(fault.sheet, row_of(fault.cell)): fault.words for fault in plan.faults}
    for at in range(0, len(waiting), kind.at_once):
        progress("写入", at, len(waiting))
        _carry_out_some(waiting[at : at + kind.at_once], planned, faults, kind, actor)
    progress("写入", len(waiting), len(waiting))


def _carry_out_some(
    pks: list[int],
    planned: dict[str, PlannedRow],
    faults: dict[tuple[str, int], str],
    kind: Kind,
    actor: User,
) -> None:
    """Write some of the rows together with what became of each; those that another attempt did are left."""
    with transaction.atomic():
        waiting = ImportRow.objects.select_for_update().filter(pk__in=pks, state=ImportRow.State.WAITING)
        rows, sound = list(waiting.order_by("ordinal")), []
        for row in rows:
            one = planned.get(row.key)
            if one is not None and one.digest == row.digest:
                sound.append(row)
            else:
                words = faults.get((row.sheet, row.number), "请重新导入这一行")
                row.state, row.words = _REFUSED, f"确认以后平台里的内容有了变化：{words}"[:300]
        outcomes = kind.write([planned[row.key] for row in sound], actor, sound) if sound else []
        for row, outcome in zip(sound, outcomes, strict=True):
            if isinstance(outcome, DomainError):
                row.state, row.words = _REFUSED, str(outcome)[:300]
            else:
                row.state, row.organisation = ImportRow.State.DONE, outcome
        ImportRow.objects.bulk_update(rows, ["state", "words", "organisation"])


def finish(*, import_id: int) -> dict[str, int]:
    """It is over: its cells go, who confirmed it is told. In the job's own transaction; repeatable."""
    row = Import.objects.select_for_update().get(pk=import_id)
    states = list(row.rows.values_list("state", flat=True))
    counts = {"done": states.count("done"), "refused": states.count("refused")}
    if row.state != S.RUNNING:
        return counts
    row.state, row.finished_at, row.sheets = S.DONE, clock.now(), []
    row.version += 1
    row.save()
    kind = kind_of(row)
    refused = f"，{counts['refused']}个没有办成" if counts["refused"] else ""
    outbox.notify(
        recipients=[row.confirmed_by],
        kind="imports.done",
        title=f"{kind.title}：已导入{counts['done']}{kind.noun}{refused}",
        url=reverse("import", args=[row.pk]),
        dedupe_key=f"imports.done:{row.pk}",
        subject=row,
    )
    _record("done", row, row.confirmed_by, before={"state": S.RUNNING}, after={"state": row.state, **counts})
    return counts
