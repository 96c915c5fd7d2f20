"""家长问卷 for staff and schools: windows, their published results, the codes and posters of schools."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.surveys import OpenForm, ReplaceForm, SurveyForm
from inspections.models import Survey, SurveyCode, SurveyResult, SurveyUnit
from inspections.parents.counting import questions_of
from inspections.parents.three_voices import three_voices
from inspections.parents.voice import Voice, parents_voice
from inspections.permissions_surveys import KEEPERS, OF_SCHOOLS, READERS
from inspections.workflows import surveys as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible, require
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, INSPECTOR_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import NotAllowed, Refused

PAGE_SIZE = 50


def _surveys(user: Any) -> QuerySet[Survey]:
    """All of them for the county; what was opened for everybody else."""
    rows = Survey.objects.select_related("term", "created_by", "opened_by")
    return rows if user.sees_county else rows.exclude(state=Survey.State.DRAFT)


def _survey(user: Any, term: str) -> Survey:
    found = _surveys(user).filter(term__code=term).first()
    if found is None:
        raise Http404(term)
    return found


@access(roles=READERS, scope="list")
def survey_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The windows of all terms, newest first."""
    context = {
        "page_obj": Paginator(_surveys(request.user), PAGE_SIZE).get_page(request.GET.get("page")),
        "may_draft": request.user.has_perm("inspections.edit_survey", Survey()),
        "has_codes": request.user.has_role(*KEEPERS),
    }
    return render(request, "inspections/survey_list.html", context)


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def survey_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Draft a window; opening it is a step of its own."""
    return _edit(request, None)


def _edit(request: AuthenticatedHttpRequest, survey: Survey | None) -> HttpResponse:
    form = SurveyForm(request.POST or None, survey=survey)
    if request.method == "POST" and form.is_valid():
        try:
            if survey is None:
                done = workflow.create(actor=request.user, **form.cleaned_data)
            else:
                done = workflow.edit(
                    survey_id=survey.pk,
                    actor=request.user,
                    version=posted_version(request),
                    **form.cleaned_data,
                )
        except (Refused, NotAllowed) as refused:
            form.add_error(_field_of(str(refused)), str(refused))
        else:
            messages.success(request, "已保存，还没有开放")
            return redirect("survey", term=done.code)
    return render(request, "inspections/survey_edit.html", {"form": form, "survey": survey})


def _field_of(words: str) -> str | None:
    """Where a refusal is said: at the date that it names, else on top."""
    names = {"开始日期": "opens_on", "截止日期": "closes_on"}
    return next((field for label, field in names.items() if words.startswith(label)), None)


@access(roles=READERS, scope="own")
def survey_page(request: AuthenticatedHttpRequest, term: str) -> HttpResponse:
    """One window: when and by which permission, the county's results, the schools that one sees."""
    survey = _survey(request.user, term)
    most = SurveyResult.objects.filter(survey=survey, group=OuterRef("group")).order_by()
    units = (
        SurveyUnit.objects.filter(survey=survey)
        .visible_to(request.user)
        .select_related("school", "group")
        .annotate(answered=Subquery(most.values("group").annotate(most=Max("n")).values("most")))
    )
    may_edit = survey.state == Survey.State.DRAFT
    context = {
        "survey": survey,
        "questions": questions_of(survey),
        "voices": _known(parents_voice(survey.term)) if request.user.sees_county else None,
        "page_obj": Paginator(units, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_edit": may_edit and request.user.has_perm("inspections.edit_survey", survey),
        "may_open": may_edit and request.user.has_perm("inspections.open_survey", survey),
        "has_codes": request.user.has_role(*KEEPERS),
    }
    return render(request, "inspections/survey.html", context)


def _known(voices: dict[str, Voice | None]) -> list[Voice]:
    return [one for one in voices.values() if one is not None]


@access(roles=READERS, scope="own", audit="read")
def survey_unit(request: AuthenticatedHttpRequest, term: str, code: str) -> HttpResponse:
    """What the parents of a school say, question by question; beside it the school's and inspectors' word."""
    survey = _survey(request.user, term)
    rows = SurveyUnit.objects.filter(survey=survey).select_related("school", "group")
    unit = get_visible(rows, request.user, school__code=code)
    voices = parents_voice(survey.term, unit.school)
    compares = request.user.has_role(*COUNTY_ROLES, *INSPECTOR_ROLES)
    context = {
        "survey": survey,
        "unit": unit,
        "grouped": SurveyUnit.objects.filter(survey=survey, group=unit.group).count(),
        "voices": _known(voices),
        "compared": three_voices(unit.school, survey.term, voices) if compares else [],
    }
    return render(request, "inspections/survey_unit.html", context)


@access(roles={Role.TASK_FORCE, Role.LEADER}, methods=("GET", "POST"), scope="own", audit="change")
def survey_move(request: AuthenticatedHttpRequest, term: str, move: str) -> HttpResponse:
    """edit, open: each a page of its own and the move itself."""
    if move not in ("edit", "open"):
        raise Http404(move)
    survey = _survey(request.user, term)
    require(request.user, f"inspections.{move}_survey", survey)
    if request.method == "GET" and survey.state != Survey.State.DRAFT:
        messages.info(request, f"家长问卷{survey.get_state_display()}，不能再办理这一步")
        return redirect("survey", term=term)
    if move == "edit":
        return _edit(request, survey)
    form = None if survey.is_on_plan else OpenForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            workflow.open_window(
                survey_id=survey.pk,
                actor=request.user,
                version=posted_version(request),
                **(form.cleaned_data if form is not None else {}),
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "已开放。请通知学校打印海报")
            return redirect("survey", term=term)
    schools = Organisation.objects.active().filter(kind=Organisation.Kind.SCHOOL).count()
    context = {"survey": survey, "form": form, "refusal": refusal, "schools": schools}
    return render(request, "inspections/survey_open.html", context)


# --- Codes and posters ------------------------------------------------------------------------------------


def _codes(user: Any) -> QuerySet[SurveyCode]:
    """The codes in use of the schools that one sees and keeps."""
    return SurveyCode.objects.filter(retired_on=None).visible_to(user).select_related("school")


@access(roles=KEEPERS, scope="list")
def code_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Each school's code, with its poster and the way to a new one."""
    asked = request.GET.get("q", "").replace("\x00", "").strip()
    rows = _codes(request.user).filter(school__name__icontains=asked)
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "q": asked,
        "is_own": request.user.has_role(*OF_SCHOOLS) and not request.user.sees_county,
    }
    return render(request, "inspections/survey_codes.html", context)


@access(roles=KEEPERS, methods=("GET", "POST"), scope="own", audit="change")
def code_replace(request: AuthenticatedHttpRequest, code: str) -> HttpResponse:
    """A new code for a school; the old one says that it is no more."""
    row = get_visible(_codes(request.user), request.user, school__code=code)
    require(request.user, "inspections.replace_survey_code", row)
    form = ReplaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workflow.replace_code(
            school_id=row.school_id,
            actor=request.user,
            version=posted_version(request),
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, "已更换，旧码从现在起不能用了。请重新打印海报")
        return redirect("survey-codes")
    return render(request, "inspections/survey_code_replace.html", {"row": row, "form": form})
