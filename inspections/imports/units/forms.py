"""The register's own forms, asked about one row of a workbook: the same rules, nothing looked up per row."""

from __future__ import annotations

from typing import Any

from django import forms

from schools.forms import CampusForm, SchoolForm
from shuangjian import clock
from shuangjian.accounts.models import Headship, Organisation
from shuangjian.accounts.unit_forms import UnitForm
from tutoring.forms.institutions import InstitutionForm, PlaceForm


class FoundUnit(forms.Field):
    """A unit that was looked up already: passed through as it is."""


class _RowForm(UnitForm):
    """What both kinds share. Taken codes are the planner's: he knows the whole register and file."""

    township = FoundUnit(label="所在乡镇", error_messages={"required": "请填写所在乡镇"})  # type: ignore[assignment]
    area = FoundUnit(label="督学责任区", required=False)  # type: ignore[assignment]
    filer = FoundUnit(label="填报主体代码", required=False)  # type: ignore[assignment]

    def _offer(self, name: str, units: Any) -> None:
        """Nothing to choose from."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        fault = "" if self.unit is not None else type(self).find_fault_of_code(code)
        if fault:
            raise forms.ValidationError(fault)
        return code


class SchoolRow(_RowForm, SchoolForm):
    """A school of the workbook."""


class InstitutionRow(_RowForm, InstitutionForm):
    """An institution of the workbook."""


ROW_FORMS: dict[str, type[_RowForm]] = {"school": SchoolRow, "institution": InstitutionRow}
PLACE_FORMS: dict[str, type[forms.Form]] = {"school": CampusForm, "institution": PlaceForm}


def terms_not_over(unit: Organisation) -> list[Headship]:
    """The heads known from today on, newest first: who was appointed ahead, then the present one."""
    today = clock.today()
    terms = [term for term in unit.headships.all() if term.to_on is None or term.to_on >= today]
    return sorted(terms, key=lambda term: term.from_on, reverse=True)


def stored_values(unit: Organisation, fields: Any) -> dict[str, Any]:
    """The unit's entry as its form would begin with it."""
    facts = unit.school if unit.kind == Organisation.Kind.SCHOOL else unit.institution
    return {name: getattr(unit if name in UnitForm.unit_fields else facts, name) for name in fields}
