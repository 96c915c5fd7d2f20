"""Writing units: opening one, changing its own fields and its rows, with one account of what changed.

What a school or an institution is beyond being a unit is written by their own apps, on top of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction

from shuangjian.accounts.models import Organisation, User
from shuangjian.dates import cn_date
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import Refused

CODE_TAKEN = "代码{code}已经被“{name}”使用，请核对"


class ChangeLog:
    """What changed: ids, states, dates, figures as ``before`` and ``after`` of the journal; words in lines.

    Texts (addresses, names and phones of persons) stand in the lines alone, which the journal keeps erasable.
    """

    def __init__(self) -> None:
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.lines: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.lines)

    def apply(self, row: models.Model, values: Mapping[str, Any], *, about: str = "", key: str = "") -> bool:
        """Write ``values`` into ``row`` (unsaved) and note each difference; did anything differ?

        ``about`` stands before the line, ``key`` before the names of figures, for one of several rows.
        """
        changed = False
        for name, value in values.items():
            field: Any = row._meta.get_field(name)
            old = getattr(row, name)
            if old == value:
                continue
            changed = True
            setattr(row, name, value)
            if not self._is_words(field):
                self.before[key + name], self.after[key + name] = _plain(old), _plain(value)
            self.lines.append(
                f"{about}{field.verbose_name}：{_in_words(field, old)} → {_in_words(field, value)}"
            )
        return changed

    @staticmethod
    def _is_words(field: Any) -> bool:
        return isinstance(field, models.CharField) and not field.choices and field.name != "code"


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _in_words(field: Any, value: Any) -> str:
    if value in (None, "", []):
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return cn_date(value)
    if isinstance(field, ArrayField):
        labels = dict(getattr(field.base_field, "choices", None) or [])
        return "、".join(str(labels.get(one, one)) for one in value)
    return str(dict(field.flatchoices).get(value, value))


def locked_unit(*, organisation_id: int, version: int | None) -> Organisation:
    """The unit, locked for the transaction and still as the person saw it. Raises StaleRow."""
    unit = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation_id)
    check_version(unit, version)
    return unit


def fault_of_filer(filer: Organisation | None, *, kind: str, unit: Organisation | None = None) -> str:
    """Why ``filer`` may not fill in for the unit (填报主体, P13); empty where it may.

    Same kind, in operation, another unit, and no chain: neither is the filer filled in for, nor does the unit
    fill in for others.
    """
    if filer is None:
        return ""
    if filer.kind != kind:
        return "填报主体要与本单位同类：学校由学校代填，机构由机构代填"
    if unit is not None and filer.pk == unit.pk:
        return "填报主体不能是本单位；自己填报的不用选"
    if not filer.is_active:
        return f"“{filer.name}”{filer.get_status_display()}，不能作填报主体"
    if filer.filer_id is not None:
        return f"“{filer.name}”自己也由其他单位代填，不能再作填报主体"
    filed = unit.filed_units.first() if unit is not None else None
    return f"本单位正在为“{filed.name}”代填，不能再由其他单位代填" if filed else ""


def _check_filer(filer: Organisation | None, *, kind: str, unit: Organisation | None = None) -> None:
    """The same on the locked row: two people must not build a chain at one moment."""
    if filer is None:
        return
    fault = fault_of_filer(
        Organisation.objects.select_for_update(of=("self",)).get(pk=filer.pk), kind=kind, unit=unit
    )
    if fault:
        raise Refused(fault)


def _save(unit: Organisation) -> None:
    try:
        with transaction.atomic():
            unit.save()
    except IntegrityError as error:
        holder = Organisation.objects.filter(code=unit.code).exclude(pk=unit.pk).first()
        if holder is None:
            raise
        raise Refused(CODE_TAKEN.format(code=unit.code, name=holder.name)) from error


def open_unit(*, kind: str, values: Mapping[str, Any]) -> Organisation:
    """Create the unit in the caller's transaction, who adds facts and journal entry. Raises Refused."""
    _check_filer(values.get("filer"), kind=kind)
    unit = Organisation(kind=kind, **values)
    _save(unit)
    return unit


def change_unit(unit: Organisation, values: Mapping[str, Any], log: ChangeLog) -> None:
    """Write the locked unit's own fields, unsaved. Raises Refused."""
    if values.get("filer") not in (None, unit.filer):
        _check_filer(values["filer"], kind=unit.kind, unit=unit)
    log.apply(unit, values)


def change_rows(
    existing: models.QuerySet[Any],
    rows: Iterable[Mapping[str, Any]],
    log: ChangeLog,
    *,
    noun: str,
    parent: Mapping[str, Any],
) -> None:
    """Bring a unit's rows (campuses, places) to what was filled in: ``pk`` None adds, ``DELETE`` removes.

    A row that isn't mentioned stays. Raises Refused for a row of another unit.
    """
    known = {row.pk: row for row in existing.select_for_update()}
    for entry in rows:
        values = {name: value for name, value in entry.items() if name not in ("pk", "DELETE")}
        row = known.get(entry["pk"]) if entry.get("pk") else None
        if entry.get("pk") and row is None:
            raise Refused(f"{noun}名单已经变了，请重新打开后再修改")
        if entry.get("DELETE"):
            if row is not None:
                row.delete()
                log.lines.append(f"撤去{noun}：{row}")
        elif row is None:
            row = existing.model.objects.create(**parent, **values)
            log.lines.append(f"新增{noun}：{row}")
        elif log.apply(row, values, about=f"{noun}“{row}”", key=f"{row._meta.model_name}.{row.pk}."):
            row.save()


def finish_change(*, action: str, unit: Organisation, actor: User, log: ChangeLog) -> None:
    """Save the unit under its next version, with one journal entry, if anything changed. Raises Refused."""
    if log:
        unit.version += 1
        _save(unit)
        audit.record(
            action=action,
            subject=unit,
            actor=actor,
            organisation=unit,
            role=actor.main_post.role if actor.main_post else "",
            before=log.before,
            after=log.after,
            note="\n".join(log.lines),
        )


def record_opening(*, action: str, unit: Organisation, actor: User, rows: Sequence[Any]) -> None:
    """The first entry of a unit's story."""
    audit.record(
        action=action,
        subject=unit,
        actor=actor,
        organisation=unit,
        role=actor.main_post.role if actor.main_post else "",
        after={
            "code": unit.code,
            "kind": unit.kind,
            "township": unit.township_id,
            "area": unit.area_id,
            "rows": len(rows),
        },
        note=unit.name,
    )
