"""Pages of the register of institutions: a new institution, and changing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import Role
from shuangjian.accounts.unit_forms import initial_rows
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from tutoring.forms.institutions import PLACE_FIELDS, InstitutionForm, PlaceFormSet
from tutoring.models import Institution
from tutoring.workflows import institutions as workflow

FACTS = (
    "category", "modes", "subjects", "authority", "licensing_office", "licence_no", "licence_until",
    "is_nonprofit", "sponsor_name", "legal_person", "principal_name", "operating_status",
)  # fmt: skip


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), audit="change")
def institution_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Enter a new institution."""
    defaults = {"authority": Institution.Authority.EDUCATION, "operating_status": Institution.Status.NORMAL}
    form = InstitutionForm(request.POST or None, initial=defaults)
    places = PlaceFormSet(request.POST or None, prefix="place")
    if request.method == "POST" and form.is_valid() and places.is_valid():
        try:
            institution = workflow.open_institution(
                actor=request.user, unit=form.unit_values(), facts=form.fact_values(), places=places.rows()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已新增机构，代码{institution.organisation.code}")
            return redirect("unit", code=institution.organisation.code)
    return render(
        request,
        "tutoring/institution_form.html",
        {"form": form, "rows": places, "form_and_rows": [form, places]},
    )


@access(roles={Role.TASK_FORCE, Role.INSTITUTION_ADMIN}, methods=("GET", "POST"), scope="own", audit="change")
def institution_edit(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Change an institution's entry: the task force all of it, the institution what it keeps up to date."""
    visible = Institution.objects.select_related("organisation__filer")
    institution = get_visible(visible, request.user, organisation__code=code)
    require(request.user, "tutoring.edit_institution", institution)
    whole = request.user.has_perm("tutoring.edit_institution_whole", institution)
    form = InstitutionForm(
        request.POST or None,
        unit=institution.organisation,
        only=None if whole else workflow.OWN_FIELDS,
        initial=_as_stored(institution),
    )
    stored = initial_rows(institution.places.all(), PLACE_FIELDS)
    places = PlaceFormSet(request.POST or None, prefix="place", initial=stored)
    if request.method == "POST" and form.is_valid() and places.is_valid():
        try:
            saved = workflow.change_institution(
                organisation_id=institution.pk,
                actor=request.user,
                version=posted_version(request),
                unit=form.unit_values(),
                facts=form.fact_values(),
                places=places.rows(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已保存机构信息")
            return redirect("unit", code=saved.organisation.code)
    context = {
        "form": form,
        "rows": places,
        "form_and_rows": [form, places],
        "unit": institution.organisation,
        "whole": whole,
    }
    return render(request, "tutoring/institution_form.html", context)


def _as_stored(institution: Institution) -> dict[str, Any]:
    own = {name: getattr(institution.organisation, name) for name in InstitutionForm.unit_fields}
    return own | {name: getattr(institution, name) for name in FACTS}
