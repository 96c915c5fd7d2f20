"""Units: the list, one unit's story, its heads, its end. Entries are edited in schools and tutoring."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from inspections.exports.lists import UNITS
from inspections.forms import units as forms
from inspections.notices import ending_word
from inspections.printouts.kinds import KINDS
from inspections.unit_story import story_of_unit
from inspections.workflows import closing
from inspections.workflows import units as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Headship, Organisation, User
from shuangjian.accounts.roles import COUNTY_ROLES, UNIT_CLERKS, UNIT_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import AuditEntry
from shuangjian.navigation import page_url

PAGE_SIZE = 50
LISTERS = UNITS.roles
READERS = LISTERS | UNIT_ROLES
REGISTRARS = frozenset({Role.TASK_FORCE}) | UNIT_CLERKS


@access(roles=LISTERS, scope="list")
def unit_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The schools and institutions that exist for this person, by name."""
    reading = UNITS.read(request.user, request.GET)
    page = Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "filter": reading.filter, "may_open": request.user.has_role(Role.TASK_FORCE)}
    return render(request, "inspections/unit_list.html", context)


def _unit(request: AuthenticatedHttpRequest, code: str) -> Organisation:
    units = Organisation.objects.units().select_related(
        "school", "institution", "township", "area", "successor", "filer"
    )
    return get_visible(units, request.user, code=code)


def _renamed(request: AuthenticatedHttpRequest, code: str) -> Organisation | None:
    """The unit that had this code once: an address that was sent round never dies."""
    if not code.isprintable():
        return None
    changes = AuditEntry.objects.filter(action__in=["schools.school.changed", "tutoring.institution.changed"])
    found = changes.filter(before__code=code).values_list("subject_id", flat=True).first()
    return Organisation.objects.visible_to(request.user).units().filter(pk=found).first() if found else None


@access(roles=READERS, scope="own", audit="read")
def unit_page(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """One unit: problems first, then checks, visits, reports; beside them what the register says of it."""
    try:
        unit = _unit(request, code)
    except Http404:
        renamed = _renamed(request, code)
        if renamed is None:
            raise
        return redirect("unit", code=renamed.code)
    story = story_of_unit(unit, request.user, request.GET.get("term", ""))
    context = {"unit": unit, "may": _rights(unit, request.user), "lists": request.user.has_role(*LISTERS)}
    return render(request, "inspections/unit.html", context | story)


def _rights(unit: Organisation, user: User) -> dict[str, Any]:
    """Addresses and labels of what this person may do here; empty where he may not."""
    facts = unit.school if unit.kind == "school" else unit.institution
    edit = "schools.edit_school" if unit.kind == "school" else "tutoring.edit_institution"
    page = "school-edit" if unit.kind == "school" else "institution-edit"
    ends = unit.is_active and user.has_perm("inspections.end_unit", unit)

    def query(url_name: str) -> str:
        url = page_url(url_name, user) if unit.is_active else ""
        return f"{url}?unit={unit.pk}" if url else ""

    return {
        "edit": reverse(page, args=[unit.code]) if user.has_perm(edit, facts) else "",
        "heads": user.has_perm("inspections.appoint_head", unit),
        "end": ends,
        "ending_word": ending_word(unit),
        "problem": query("problem-new"),
        "visit": query("visit-new"),
        "sanction": _sanctions_url(unit, user),
        "changes": user.has_role(*COUNTY_ROLES, *UNIT_ROLES),
        "blank": KINDS["check"].admits(user) and unit.is_active,
        "archive": KINDS["archive"].admits(user),
        "reports": bool(page_url("reports", user)),
    }


def _sanctions_url(unit: Organisation, user: User) -> str:
    """The leader begins one, the rest of the county's staff read those that there are."""
    if unit.is_active and (new := page_url("sanction-new", user)):
        return f"{new}?{urlencode({'unit': unit.code})}"
    if not user.sees_county:
        return ""
    return f"{reverse('sanctions')}?{urlencode({'q': unit.name})}"


# --- Heads --------------------------------------------------------------------


@access(roles=REGISTRARS, methods=("GET", "POST"), scope="own", audit="change")
def unit_heads(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """Everybody who headed the unit, and entering the next one."""
    unit = _unit(request, code)
    require(request.user, "inspections.appoint_head", unit)
    post = "校长" if unit.kind == Organisation.Kind.SCHOOL else "负责人"
    form = forms.HeadForm(request.POST or None, initial={"post": post})
    if request.method == "POST" and form.is_valid():
        try:
            workflow.appoint_head(
                organisation_id=unit.pk,
                actor=request.user,
                version=posted_version(request),
                **form.cleaned_data,
            )
        except Refused as refused:
            form.add_error("from_on", str(refused))
        else:
            messages.success(request, "已登记任职")
            return redirect("unit", code=unit.code)
    context = {"unit": unit, "form": form, "heads": unit.headships.all()}
    return render(request, "inspections/unit_heads.html", context)


@access(roles=REGISTRARS, methods=("GET", "POST"), scope="own", audit="change")
def unit_head(request: AuthenticatedHttpRequest, code: str, pk: int) -> HttpResponse:
    """Mend one term of office, or enter its end."""
    unit = _unit(request, code)
    require(request.user, "inspections.appoint_head", unit)
    term = get_object_or_404(Headship, organisation=unit, pk=pk)
    form = forms.HeadCorrectionForm(request.POST or None, term=term)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.correct_head(
                organisation_id=unit.pk,
                headship_id=term.pk,
                actor=request.user,
                version=posted_version(request),
                values=form.cleaned_data,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已改正任职登记")
            return redirect("unit", code=unit.code)
    return render(request, "inspections/unit_head.html", {"unit": unit, "form": form, "term": term})


# --- The end of a unit --------------------------------------------------------


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="own", audit="change")
def unit_close(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """停办 or 注销: what it does, and doing it."""
    unit = _unit(request, code)
    require(request.user, "inspections.end_unit", unit)
    closing.check_active(unit)
    form = forms.CloseForm(request.POST or None, unit=unit)
    if request.method == "POST" and form.is_valid():
        try:
            closing.close_unit(
                organisation_id=unit.pk,
                actor=request.user,
                version=posted_version(request),
                **form.cleaned_data,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已办理{ending_word(unit)}")
            return redirect("unit", code=unit.code)
    context = {"unit": unit, "form": form, "effects": closing.effects_on(unit), "verb": ending_word(unit)}
    return render(request, "inspections/unit_close.html", context)


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="own", audit="change")
def unit_merge(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """合并: choose into which unit and see what happens (GET), then do it (POST), on one screen."""
    unit = _unit(request, code)
    require(request.user, "inspections.end_unit", unit)
    closing.check_active(unit)
    asked = request.POST if request.method == "POST" else request.GET
    form = forms.MergeForm(asked if "into" in asked or request.method == "POST" else None, unit=unit)
    is_preview = form.is_bound and form.is_valid()
    if request.method == "POST" and is_preview:
        try:
            closing.merge_unit(
                organisation_id=unit.pk,
                actor=request.user,
                version=posted_version(request),
                **form.cleaned_data,
            )
        except Refused as refused:
            is_preview = False
            form.add_error("into", str(refused))
        else:
            messages.success(request, f"已合并到{form.cleaned_data['into'].name}")
            return redirect("unit", code=unit.code)
    context = {
        "unit": unit,
        "form": form,
        "effects": closing.effects_on(unit),
        "preview": form.cleaned_data if is_preview else None,
    }
    return render(request, "inspections/unit_merge.html", context)
