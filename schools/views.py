"""Pages of the register of schools: a new school, and changing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from schools import workflows
from schools.forms import CampusFormSet, SchoolForm
from schools.models import School
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.roles import Role
from shuangjian.accounts.unit_forms import initial_rows
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), audit="change")
def school_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Enter a new school."""
    defaults = {"sponsor": School.Sponsor.PUBLIC, "system": School.System.SIX_THREE}
    form = SchoolForm(request.POST or None, initial=defaults)
    campuses = CampusFormSet(request.POST or None, prefix="campus")
    if request.method == "POST" and form.is_valid() and campuses.is_valid():
        try:
            school = workflows.open_school(
                actor=request.user,
                unit=form.unit_values(),
                facts=form.fact_values(),
                campuses=campuses.rows(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已新增学校，代码{school.organisation.code}")
            return redirect("unit", code=school.organisation.code)
    return render(
        request,
        "schools/school_form.html",
        {"form": form, "rows": campuses, "form_and_rows": [form, campuses]},
    )


@access(roles={Role.TASK_FORCE, Role.SCHOOL_ADMIN}, methods=("GET", "POST"), scope="own", audit="change")
def school_edit(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Change a school's entry: the task force all of it, the school itself what it keeps up to date."""
    visible = School.objects.select_related("organisation__filer")
    school = get_visible(visible, request.user, organisation__code=code)
    require(request.user, "schools.edit_school", school)
    whole = request.user.has_perm("schools.edit_school_whole", school)
    form = SchoolForm(
        request.POST or None,
        unit=school.organisation,
        only=None if whole else workflows.OWN_FIELDS,
        initial=_as_stored(school),
    )
    campuses = CampusFormSet(
        request.POST or None,
        prefix="campus",
        initial=initial_rows(school.campuses.all(), ("name", "address")),
    )
    if request.method == "POST" and form.is_valid() and campuses.is_valid():
        try:
            saved = workflows.change_school(
                organisation_id=school.pk,
                actor=request.user,
                version=posted_version(request),
                unit=form.unit_values(),
                facts=form.fact_values(),
                campuses=campuses.rows(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已保存学校资料")
            return redirect("unit", code=saved.organisation.code)
    context = {
        "form": form,
        "rows": campuses,
        "form_and_rows": [form, campuses],
        "unit": school.organisation,
        "whole": whole,
    }
    return render(request, "schools/school_form.html", context)


def _as_stored(school: School) -> dict[str, Any]:
    unit = school.organisation
    own = {name: getattr(unit, name) for name in SchoolForm.unit_fields}
    facts = ("school_type", "sponsor", "system", "grades", "is_boarding", "pupil_count")
    return own | {name: getattr(school, name) for name in facts}
