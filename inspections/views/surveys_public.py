"""家长问卷 for parents: a few questions a screen, without signing in and without JavaScript.

The sheet travels in the pages' own forms; the server keeps nothing of it until it is counted. That this phone
has answered is said by a cookie of this school's window alone, the same on every phone
(docs/decisions/0104).
"""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from inspections.forms.surveys import ScreenForm, StageForm
from inspections.models import Survey, SurveyCode
from inspections.parents import counting
from inspections.parents.filling import Filling, stages_of
from inspections.parents.questions import sheet
from shuangjian import clock
from shuangjian.accounts import rate_limits
from shuangjian.accounts.access import PUBLIC, access
from shuangjian.accounts.rate_limits import Rate

ANSWERED = "answered"
_signer = Signer(salt="inspections.surveys.answered")
# A county's parents may all come from one address: the first lets some thousand through in ten minutes, the
# second is of a school what it can have of parents in a day, and never under the number of a small one.
A_MINUTE = Rate("survey", 300, timedelta(minutes=1))
LEAST_A_DAY = 200


def _code(text: str) -> SurveyCode:
    return get_object_or_404(SurveyCode.objects.select_related("school__school"), text=text)


def _window(code: SurveyCode) -> Survey | None:
    """The window that takes answers of the school today."""
    today = clock.today()
    rows = Survey.objects.filter(
        state=Survey.State.OPEN, opens_on__lte=today, closes_on__gte=today, units__school=code.school
    )
    return rows.select_related("term").first()


@access(roles=PUBLIC, methods=("GET", "POST"), idempotent=False, counts_as_use=False, rate="survey")
def survey_answer(request: HttpRequest, code: str) -> HttpResponse:
    """The questionnaire of a school, one screen after another; the last one is counted.

    No key of the usual kind: what answers twice is kept for weeks with its time, which a sheet must not be.
    """
    row = _code(code)
    if row.retired_on is not None:
        return render(request, "inspections/survey_closed.html", {"is_old": True}, status=410)
    survey = _window(row)
    if survey is None:
        return render(request, "inspections/survey_closed.html", {"school": row.school, "next": _next(row)})
    if _has_answered(request, survey, row):
        return render(request, "inspections/survey_thanks.html", _thanks(row, again=True))
    filling = Filling.read(survey, row.school, request.POST)
    if request.method == "GET":
        return _show(request, row, filling, 0, StageForm(stages=stages_of(row.school)))
    if request.POST.get("go") == "back":
        return _show(request, row, filling, max(filling.screen - 1, 0))
    form = _form(row, filling, filling.screen, request.POST)
    if not form.is_valid():
        return _show(request, row, filling, filling.screen, form)
    if filling.screen < len(filling.screens):
        return _show(request, row, filling, filling.screen + 1)
    if filling.first_missing:  # whoever came here past a screen
        return _show(request, row, filling, filling.first_missing)
    return _count(request, row, survey, filling)


def _count(request: HttpRequest, code: SurveyCode, survey: Survey, filling: Filling) -> HttpResponse:
    a_day = Rate("survey-day", max(LEAST_A_DAY, code.school.school.pupil_count), timedelta(days=1))
    wait = rate_limits.wait_for(request, A_MINUTE)
    wait = wait or rate_limits.wait_for(request, a_day, about=code.school.code)
    if wait:
        response = _show(request, code, filling, filling.screen, wait=wait)
        response.status_code = 429
        response.headers["Retry-After"] = str(wait)
        return response
    counting.add(
        survey=survey, school=code.school, stage=filling.stage, answers=filling.answers, key=filling.key
    )
    response = redirect("survey-thanks", code=code.text)
    response.set_cookie(
        ANSWERED,
        _signer.sign(_words(survey, code)),
        max_age=(survey.closes_on - clock.today()).days * 86_400 + 86_400,
        path=reverse("survey-answer", args=[code.text]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _words(survey: Survey, code: SurveyCode) -> str:
    """What the cookie says, on every phone the same: answered, for this school in this window."""
    return f"{survey.pk}:{code.school_id}"


def _has_answered(request: HttpRequest, survey: Survey, code: SurveyCode) -> bool:
    try:
        return _signer.unsign(request.COOKIES.get(ANSWERED, "")) == _words(survey, code)
    except BadSignature:
        return False


def _next(code: SurveyCode) -> Survey | None:
    """The window that was opened but has not begun."""
    rows = Survey.objects.filter(
        state=Survey.State.OPEN, opens_on__gt=clock.today(), units__school=code.school
    )
    return rows.order_by("opens_on").first()


def _form(code: SurveyCode, filling: Filling, screen: int, data: object) -> forms.Form:
    if not screen:
        return StageForm(data, stages=stages_of(code.school))
    return ScreenForm(data, questions=filling.on(screen), numbers=filling.numbers(screen))


def _show(
    request: HttpRequest,
    code: SurveyCode,
    filling: Filling,
    screen: int,
    form: forms.Form | None = None,
    *,
    wait: int = 0,
) -> HttpResponse:
    """A screen, with what was said on it before."""
    if form is None:
        form = _form(code, filling, screen, None)
        form.initial = {**filling.answers, "stage": filling.stage}
    questions = filling.on(screen)
    context = {
        "school": code.school,
        "filling": filling,
        "form": form,
        "screen": screen,
        "total": len(filling.screens),
        "title": sheet().parts[questions[0].part] if questions else "",
        "is_last": screen == len(filling.screens),
        "carried": filling.elsewhere(screen),
        "wait_minutes": -(-wait // 60),
    }
    return render(request, "inspections/survey_screen.html", context)


def _thanks(code: SurveyCode, *, again: bool) -> dict[str, object]:
    return {"school": code.school, "tips": sheet().tips, "again": again}


@access(roles=PUBLIC, counts_as_use=False)
def survey_thanks(request: HttpRequest, code: str) -> HttpResponse:
    """Thanks and tips for the family, whether or not the phone keeps cookies."""
    return render(request, "inspections/survey_thanks.html", _thanks(_code(code), again=False))
