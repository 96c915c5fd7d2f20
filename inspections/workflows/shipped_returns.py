"""放入常用表: the figures and the two tables that come with the portal, as drafts to be looked over."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from inspections.models import BoundCell, ReturnTemplate, Statistic
from inspections.returns.shipped import (
    FIGURES_ON_CELL,
    PERIOD_CELL,
    UNIT_CELL,
    ShippedTable,
    shipped,
    workbook,
)
from inspections.workflows import return_templates, statistics
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.files import services as files

_WORDS = {
    UNIT_CELL: BoundCell.Word.UNIT,
    FIGURES_ON_CELL: BoundCell.Word.FIGURES_ON,
    PERIOD_CELL: BoundCell.Word.PERIOD,
}


def ship(*, actor: User) -> list[ReturnTemplate]:
    """Put in place what is not there yet, by its codes; the tables that were made, bound and not yet in use.

    A code that the county uses for something of its own stays the county's. Raises NotAllowed.
    """
    statistics.check_keeper(actor)
    figures, tables = shipped()
    with transaction.atomic():
        known = set(Statistic.objects.values_list("code", flat=True))
        for one in figures:
            if one.code not in known:
                statistics.add(actor=actor, since_on=clock.today(), **vars(one))
        have = set(ReturnTemplate.objects.values_list("code", flat=True))
        return [_make(table, actor) for table in tables if table.code not in have]


def _make(table: ShippedTable, actor: User) -> ReturnTemplate:
    figures = {one.code: one for one in shipped()[0]}
    stored = files.store_generated(
        data=workbook(table, figures), name=f"{table.name}.xlsx", content_type=files.XLSX
    )
    row = return_templates.upload(
        actor=actor,
        stored=stored,
        code=table.code,
        name=table.name,
        demanded_by=table.demanded_by,
        document_no="",
        span=table.span,
        due_after=table.due_after,
    )
    common: dict[str, Any] = {"template_id": row.pk, "actor": actor, "version": None, "sheet": 0}
    for place, word in _WORDS.items():
        return_templates.bind(**common, place=place, word=word)
    known = Statistic.objects.in_bulk(table.figures, field_name="code")
    for place, code in table.figure_cells.items():
        row = return_templates.bind(**common, place=place, statistic=known[code])
    return row
