"""单位导入 on its way: uploaded and looked at, confirmed as it was seen, carried out row by row.

The dry run (``unit_import.planning``) writes nothing. What was confirmed is held against the register again:
if it would do something else by now, the person looks again. Each unit is written by the register's own
services in a transaction of its own, together with its row here, so that the job can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.urls import reverse

from inspections.models import UnitImport, UnitImportRow
from inspections.unit_import.planning import CHANGE, CREATE, Plan, PlannedRow, plan_of, row_of
from inspections.workflows import units
from schools import workflows as schools
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, jobs, outbox
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import DomainError, NotAllowed, Refused, WrongState
from shuangjian.journal.models import Job
from tutoring.workflows import institutions as tutoring

JOB = "units.import"
S = UnitImport.State

audit.name_actions(
    {
        "inspections.unit_import.uploaded": "上传单位名单",
        "inspections.unit_import.confirmed": "确认导入单位",
        "inspections.unit_import.dropped": "放弃导入单位",
        "inspections.unit_import.done": "完成导入单位",
    }
)


def _check_right(actor: User) -> None:
    if not actor.has_role(Role.TASK_FORCE):
        raise NotAllowed("单位由双减专班导入")


def upload(*, actor: User, stored: StoredFile) -> UnitImport:
    """Keep a workbook that came in through the entrance for files, with its cells. Raises Rejected."""
    _check_right(actor)
    sheets = files.read_workbook(stored)
    with transaction.atomic():
        made = UnitImport.objects.create(
            stored_file=stored, sheets=sheets, uploaded_by=actor, uploaded_at=clock.now()
        )
        _record("uploaded", made, actor, after={"state": made.state, "sha256": stored.sha256})
    return made


def _record(what: str, row: UnitImport, actor: User | None, **facts: Any) -> None:
    audit.record(
        action=f"inspections.unit_import.{what}", subject=row, actor=actor, role=acting_role(actor), **facts
    )


def _locked(pk: int, actor: User, version: int | None) -> UnitImport:
    _check_right(actor)
    row: UnitImport = UnitImport.objects.select_for_update().get(pk=pk)
    check_version(row, version)
    if row.state != S.CHECKED:
        raise WrongState(f"这次导入{row.get_state_display()}，不能再改")
    return row


def drop(*, import_id: int, actor: User, version: int | None) -> UnitImport:
    """放弃: nothing of it will be done. Raises StaleRow, NotAllowed, WrongState."""
    with transaction.atomic():
        row = _locked(import_id, actor, version)
        row.state, row.sheets = S.DROPPED, []
        row.version += 1
        row.save()
        _record("dropped", row, actor, before={"state": S.CHECKED}, after={"state": row.state})
    return row


def confirm(*, import_id: int, actor: User, version: int | None, seen: str) -> Job:
    """确认导入 what was seen (``Plan.digest``); a job does it. Raises StaleRow, WrongState, Refused."""
    with transaction.atomic():
        row = _locked(import_id, actor, version)
        plan = plan_of(row.sheets)
        if plan.faults:
            raise Refused(f"还有{len(plan.faults)}处要改，改好后重新上传")
        if plan.digest != seen:
            raise Refused("核对以后单位名单有了变化，下面是现在的结果，请重新核对后再确认")
        todo = [*plan.created, *plan.changed]
        if not todo:
            raise Refused("文件里的内容和平台里的一样，不用导入")
        UnitImportRow.objects.bulk_create(
            UnitImportRow(
                unit_import=row,
                ordinal=at,
                sheet=one.sheet,
                number=one.number,
                code=one.code,
                name=one.name,
                action=one.action,
                organisation=one.organisation,
            )
            for at, one in enumerate(_in_order(todo))
        )
        row.state, row.confirmed_by, row.confirmed_at = S.RUNNING, actor, clock.now()
        row.version += 1
        row.save()
        job = jobs.enqueue(
            kind=JOB,
            key=f"{JOB}:{row.pk}",
            payload={"import": row.pk},
            owner=actor,
            title=f"导入{len(todo)}个单位",
            url=reverse("unit-import", args=[row.pk]),
        )
        _record(
            "confirmed",
            row,
            actor,
            before={"state": S.CHECKED},
            after={"state": row.state, CREATE: len(plan.created), CHANGE: len(plan.changed)},
        )
    return job


def _in_order(rows: list[PlannedRow]) -> list[PlannedRow]:
    """Those that fill in for others come before whom they fill in for."""
    return sorted(rows, key=lambda row: row.unit.get("filer") is not None)


# --- Carrying it out ---------------------------------------------------------------------------------------


def carry_out(*, import_id: int, actor: User, progress: Callable[[str, int, int], None]) -> None:
    """Do what is still waiting of a confirmed import, each unit in a transaction of its own. Repeatable."""
    row = UnitImport.objects.get(pk=import_id)
    waiting = list(row.rows.filter(state=UnitImportRow.State.WAITING).values_list("pk", "code"))
    if not waiting:
        return
    plan = plan_of(row.sheets)
    planned = {one.code: one for one in plan.rows}
    for at, (pk, code) in enumerate(waiting):
        progress("写入", at, len(waiting))
        _carry_out_one(pk, planned.get(code), plan, actor)
    progress("写入", len(waiting), len(waiting))


def _carry_out_one(pk: int, planned: PlannedRow | None, plan: Plan, actor: User) -> None:
    with transaction.atomic():
        row = UnitImportRow.objects.select_for_update().get(pk=pk)
        if row.state != UnitImportRow.State.WAITING:
            return  # another attempt was faster
        try:
            with transaction.atomic():
                row.organisation = _write(row, planned, plan, actor)
            row.state = UnitImportRow.State.DONE
        except DomainError as refused:
            row.state, row.words = UnitImportRow.State.REFUSED, str(refused)[:300]
        row.save(update_fields=["state", "words", "organisation"])


def _write(row: UnitImportRow, planned: PlannedRow | None, plan: Plan, actor: User) -> Organisation:
    if planned is None:
        here = (row.sheet, row.number)
        fault = next((one for one in plan.faults if (one.sheet, row_of(one.cell)) == here), None)
        raise Refused(f"确认以后名单有了变化：{fault.words}" if fault else "确认以后名单有了变化，请重新导入")
    if (planned.action == CREATE) != (row.action == UnitImportRow.Action.CREATE):
        raise Refused("确认以后这个代码被用了，请重新导入")
    unit = dict(planned.unit)
    if unit.get("filer") is not None:
        unit["filer"] = _saved(unit["filer"])
    if planned.organisation is None:
        made = _open(planned, unit, actor)
    else:
        made = _change(planned, planned.organisation, unit, actor)
    if planned.head:
        units.appoint_head(organisation_id=made.pk, actor=actor, version=None, **planned.head)
    return made


def _saved(filer: Organisation) -> Organisation:
    """A filer that the same file makes stands in the register by now, unless it was refused."""
    found = Organisation.objects.filter(code=filer.code).first()
    if found is None:
        raise Refused(f"填报主体“{filer.name}”没有导入成功")
    return found


def _open(planned: PlannedRow, unit: dict[str, Any], actor: User) -> Organisation:
    common: dict[str, Any] = {"actor": actor, "unit": unit, "facts": planned.facts}
    if planned.kind == Organisation.Kind.SCHOOL:
        return schools.open_school(**common, campuses=planned.places).organisation
    return tutoring.open_institution(**common, places=planned.places).organisation


def _change(planned: PlannedRow, known: Organisation, unit: dict[str, Any], actor: User) -> Organisation:
    common: dict[str, Any] = {
        "organisation_id": known.pk,
        "version": planned.version,
        "actor": actor,
        "unit": unit,
        "facts": planned.facts,
    }
    if planned.kind == Organisation.Kind.SCHOOL:
        return schools.change_school(**common, campuses=planned.places).organisation
    return tutoring.change_institution(**common, places=planned.places).organisation


def finish(*, import_id: int) -> dict[str, int]:
    """The import is over: its cells go, its uploader is told. In the job's own transaction; repeatable."""
    row = UnitImport.objects.select_for_update().get(pk=import_id)
    states = list(row.rows.values_list("state", flat=True))
    counts = {"done": states.count("done"), "refused": states.count("refused")}
    if row.state != S.RUNNING:
        return counts
    row.state, row.finished_at, row.sheets = S.DONE, clock.now(), []
    row.version += 1
    row.save()
    words = f"已导入{counts['done']}个单位" + (
        f"，{counts['refused']}个没有办成" if counts["refused"] else ""
    )
    outbox.notify(
        recipients=[row.confirmed_by],
        kind="units.imported",
        title=words,
        url=reverse("unit-import", args=[row.pk]),
        dedupe_key=f"units.imported:{row.pk}",
        subject=row,
    )
    _record("done", row, row.confirmed_by, before={"state": S.RUNNING}, after={"state": row.state, **counts})
    return counts
