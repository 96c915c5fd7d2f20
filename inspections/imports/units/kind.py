"""Units as a kind of workbook: who reads one in, its template, one unit written by its services."""

from __future__ import annotations

from typing import Any, ClassVar

from inspections.imports.base import OneByOne, Permitted, UnitRows
from inspections.imports.plans import Plan, PlannedRow, Progress
from inspections.imports.units.planning import PlannedUnit, plan_of
from inspections.imports.units.template import template
from inspections.models import ImportRow
from inspections.workflows import units
from schools import workflows as schools
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal.errors import Refused
from tutoring.workflows import institutions as tutoring


class UnitImport(UnitRows, OneByOne, Permitted):
    """Schools and institutions, entered by the task force."""

    what: ClassVar[str] = "units"
    title: ClassVar[str] = "单位名单"
    permission: ClassVar[str] = "inspections.import_units"
    next_page: ClassVar[tuple[str, str]] = ("units", "看单位名单")
    has_blank: ClassVar[bool] = True
    guidance: ClassVar[str] = (
        "学校、机构各一张表，每个单位一行。平台里没有的代码是新增，已有的是修改，空着的格保持原样。"
    )

    def template(self, user: User, *, is_filled: bool) -> tuple[str, bytes]:
        if not is_filled:
            return "单位导入模板.xlsx", template()
        visible = Organisation.objects.visible_to(user).units().active()
        listed = visible.select_related("school", "institution", "township", "area", "filer")
        listed = listed.prefetch_related("headships", "school__campuses", "institution__places")
        return f"单位名单{clock.today():%Y%m%d}.xlsx", template(listed)

    def plan(self, sheets: list[dict[str, Any]], user: User, progress: Progress) -> Plan:
        return plan_of(sheets, progress)

    def write_one(self, planned: PlannedRow, user: User, row: ImportRow) -> Organisation:
        """Open or change the unit, and appoint the head that the row tells of. Raises DomainError."""
        assert isinstance(planned, PlannedUnit)  # noqa: S101  (what ``plan`` above made)
        unit = dict(planned.unit)
        if unit.get("filer") is not None:
            unit["filer"] = _saved(unit["filer"])
        if planned.organisation is None:
            made = _open(planned, unit, user)
        else:
            made = _change(planned, planned.organisation, unit, user)
        if planned.head:
            units.appoint_head(organisation_id=made.pk, actor=user, version=None, **planned.head)
        return made


UNITS = UnitImport()


def _saved(filer: Organisation) -> Organisation:
    """A filer that the same file makes stands in the register by now, unless it was refused."""
    found = Organisation.objects.filter(code=filer.code).first()
    if found is None:
        raise Refused(f"填报主体“{filer.name}”没有导入成功")
    return found


def _open(planned: PlannedUnit, unit: dict[str, Any], actor: User) -> Organisation:
    common: dict[str, Any] = {"actor": actor, "unit": unit, "facts": planned.facts}
    if planned.kind == Organisation.Kind.SCHOOL:
        return schools.open_school(**common, campuses=planned.places).organisation
    return tutoring.open_institution(**common, places=planned.places).organisation


def _change(planned: PlannedUnit, known: Organisation, unit: dict[str, Any], actor: User) -> Organisation:
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
