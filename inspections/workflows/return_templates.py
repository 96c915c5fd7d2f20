"""上报表的样式: the upper office's workbook comes in once, its cells are bound, then the version is used.

绑定中 (→ 已作废) → 在用 → 已停用. A change of the office's table is a new version with those bindings that
still fit. Source: practice.md P23.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from inspections.models import BoundCell, ReturnTemplate, Statistic
from inspections.returns.sheets import GridCell, check_sheets, grids_of
from inspections.workflows import returns
from inspections.workflows.statistics import check_keeper
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import User
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit
from shuangjian.journal.errors import Refused

S = ReturnTemplate.State
_KEEP = "inspections.keep_return_template"
MOST_BACK = timedelta(days=184)  # what lies before went up another way; a dozen half months count quickly


def _move(label: str, source: set[str], target: str | None) -> Transition:
    return Transition(label=label, source=frozenset(source), target=target, permission=_KEEP)


TRANSITIONS = {
    "bind": _move("绑定单元格", {S.DRAFT}, None),
    "publish": _move("启用", {S.DRAFT}, S.IN_USE),
    "discard": _move("作废", {S.DRAFT}, S.DISCARDED),
    "end": _move("停用", {S.IN_USE}, S.ENDED),
}
MACHINE: Machine[ReturnTemplate] = Machine(ReturnTemplate, "inspections.return_template", TRANSITIONS)
audit.name_actions(
    {
        "inspections.return_template.uploaded": "上传上报表样式",
        "inspections.return_template.superseded": "由新版上报表代替",
    }
)


def upload(*, actor: User, stored: StoredFile, code: str, **facts: Any) -> ReturnTemplate:
    """A new table, or the next version of the one that has this 表号. Raises NotAllowed, Refused, Rejected.

    ``facts``: name, demanded_by, document_no, span, due_after. Cells of the version before are bound again
    where the new workbook has the same place free on a sheet of the same name.
    """
    check_keeper(actor)
    sheets = files.read_workbook(stored)
    check_sheets(sheets)
    with transaction.atomic():
        earlier = list(ReturnTemplate.objects.select_for_update().filter(code=code).order_by("-ordinal"))
        if any(one.state == S.DRAFT for one in earlier):
            raise Refused(f"表号{code}有一版正在绑定，请先启用或作废")
        last = next((one for one in earlier if one.state != S.DISCARDED), None)
        if last is not None and last.span != facts["span"]:
            raise Refused(f"表号{code}的报告期是{last.get_span_display()}，换报告期的请换一个表号")
        row = ReturnTemplate.objects.create(
            code=code,
            ordinal=earlier[0].ordinal + 1 if earlier else 1,
            stored_file=stored,
            sheets=sheets,
            created_by=actor,
            **facts,
        )
        if last is not None:
            _bind_again(last, row)
        audit.record(
            action="inspections.return_template.uploaded",
            subject=row,
            actor=actor,
            role=acting_role(actor),
            after={"state": row.state, "ordinal": row.ordinal, "sha256": stored.sha256},
        )
    return row


def _bind_again(old: ReturnTemplate, new: ReturnTemplate) -> None:
    at_name = {sheet["name"]: at for at, sheet in enumerate(new.sheets)}
    grids = grids_of(new.sheets)
    for cell in old.cells.select_related("statistic"):
        at = at_name.get(old.sheets[cell.sheet]["name"])
        if at is None:
            continue
        place = grids[at].find(cell.cell)
        is_ended = cell.statistic is not None and cell.statistic.ended_on is not None
        if place is None or is_ended or not _fits(place, is_figure=not cell.word):
            continue
        BoundCell.objects.create(
            template=new, sheet=at, cell=cell.cell, statistic=cell.statistic, word=cell.word
        )


def _fits(place: GridCell, *, is_figure: bool) -> bool:
    return place.takes_figure if is_figure else not place.is_formula


def bind(
    *,
    template_id: int,
    actor: User,
    version: int | None,
    sheet: int,
    place: str,
    statistic: Statistic | None = None,
    word: str = "",
) -> ReturnTemplate:
    """Say what a cell is filled with; with neither it is left as it came. Raises Refused where it can't be.

    A word is written behind what the cell prints; a figure goes only where nothing is printed.
    """
    with MACHINE.moving("bind", row_id=template_id, actor=actor, version=version) as step:
        row = step.row
        grids = grids_of(row.sheets)
        found = grids[sheet].find(place) if sheet < len(grids) else None
        if found is None:
            raise Refused("表里没有这一格，请从表里选")
        if found.is_formula:
            raise Refused(f"{place}是公式，由表格软件计算，不用填")
        if statistic is not None and not found.takes_figure:
            raise Refused(f"{place}印着文字，数字请填到空格里")
        if statistic is not None and statistic.ended_on is not None:
            raise Refused(f"指标{statistic.code}已经停用，请换一个")
        row.cells.filter(sheet=sheet, cell=place).delete()
        if statistic is not None or word:
            BoundCell.objects.create(template=row, sheet=sheet, cell=place, statistic=statistic, word=word)
        bound = statistic.code if statistic is not None else word
        step.after |= {"sheet": sheet, "cell": place, "bound": bound}
    return row


def publish(*, template_id: int, actor: User, version: int | None, starts_on: date) -> ReturnTemplate:
    """启用: from the period of ``starts_on`` on a return is made of every one; the version before ends.

    Raises Refused while no cell holds a figure.
    """
    with MACHINE.moving("publish", row_id=template_id, actor=actor, version=version) as step:
        row = step.row
        if not row.cells.filter(statistic__isnull=False).exists():
            raise Refused("还没有一格绑定指标，请先在表里选格、绑定指标")
        if starts_on < clock.today() - MOST_BACK:
            raise Refused("起始日期最多往前半年，更早的各期已经按原来的办法报过")
        for old in ReturnTemplate.objects.select_for_update().filter(code=row.code, state=S.IN_USE):
            _supersede(old, row, actor)
        row.starts_on = starts_on
        step.after["starts_on"] = starts_on
    returns.make_due(row)
    return row


def _supersede(old: ReturnTemplate, new: ReturnTemplate, actor: User) -> None:
    old.state = S.ENDED
    old.version += 1
    old.save(update_fields=["state", "version"])
    audit.record(
        action="inspections.return_template.superseded",
        subject=old,
        actor=actor,
        role=acting_role(actor),
        before={"state": S.IN_USE},
        after={"state": old.state, "by": new.pk},
    )


def discard(*, template_id: int, actor: User, version: int | None) -> ReturnTemplate:
    """Give up a version that was never used."""
    with MACHINE.moving("discard", row_id=template_id, actor=actor, version=version) as step:
        pass
    return step.row


def end(*, template_id: int, actor: User, version: int | None, reason: str) -> ReturnTemplate:
    """停用: nobody asks for the table any more; what is being filled in of it is still finished."""
    with MACHINE.moving("end", row_id=template_id, actor=actor, version=version) as step:
        step.note = reason
    return step.row
