"""减负典型案例 inside the bureau and at the units: the list, nominating, one case, its moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from inspections import model_checks
from inspections.exports.office import MODEL_CASES
from inspections.forms import model_cases as forms
from inspections.model_words import words_in_force
from inspections.models import ModelCase, ModelObjection, ModelReading
from inspections.permissions_models import NOMINATORS
from inspections.selectors import story_of_model
from inspections.workflows import model_cases as workflow
from inspections.workflows import model_objections
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.move_pages import MovePage, look, serve
from shuangjian.accounts.roles import COUNTY_ROLES, OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.workflows import counting

PAGE_SIZE = 50
EVERYBODY = MODEL_CASES.roles
# Who reads what the readers said: never the unit, never the public.
INSIDERS = COUNTY_ROLES | {Role.AREA_INSPECTOR}
S = ModelCase.State


@access(roles=EVERYBODY, scope="list")
def model_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The cases that exist for this person, those on their way first, newest on top."""
    reading = MODEL_CASES.read(request.user, request.GET)
    context = {
        "page_obj": Paginator(reading.rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tabs": reading.tabs,
        "nominates": request.user.has_role(*NOMINATORS),
        "is_county": request.user.has_role(*COUNTY_ROLES),
        "said": words_in_force(),
    }
    return render(request, "inspections/model_list.html", context)


def _units(request: AuthenticatedHttpRequest) -> QuerySet[Organisation]:
    """The units that the person may nominate."""
    user = request.user
    units = Organisation.objects.units().active()
    if user.has_role(*OFFICE_ROLES):
        return units
    own = user.unit_ids(UNIT_ROLES)
    return units.filter(Q(pk__in=own) | Q(filer__in=own) | Q(area__in=user.unit_ids([Role.AREA_INSPECTOR])))


@access(roles=NOMINATORS, methods=("GET", "POST"), scope="list", audit="change")
def model_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Nominate a case; a unit its own, with the unit and its kind filled in."""
    units = _units(request)
    only = list(units[:2])
    initial = {"unit": only[0].code, "kind": only[0].kind} if len(only) == 1 else {}
    form = forms.NominationForm(request.POST or None, request.FILES or None, units=units, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            case = workflow.nominate(
                unit=form.cleaned_data["unit"],
                kind=form.cleaned_data["kind"],
                nomination=form.nomination(_consent(request, form)),
                files=_received(request, form, "attached"),
                actor=request.user,
            )
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已保存，编号{case.no}，核对后提交申报")
            return redirect(case)
    context = {"form": form, "said": words_in_force(), "label": "申报典型案例"}
    return render(request, "inspections/model_edit.html", context)


def _received(request: AuthenticatedHttpRequest, form: forms.NominationForm, name: str) -> list[StoredFile]:
    uploads = form.cleaned_data.get(name) or []
    return [files.receive(upload=one, uploader=request.user) for one in uploads]


def _consent(request: AuthenticatedHttpRequest, form: forms.NominationForm) -> StoredFile | None:
    return next(iter(_received(request, form, "consent")), None)


def _case(request: AuthenticatedHttpRequest, no: str) -> ModelCase:
    rows = ModelCase.objects.select_related(
        "organisation", "nominated_by", "notice_by", "published_by", "consent"
    ).prefetch_related("readings__reader")
    case: ModelCase = get_visible(rows, request.user, no=no)
    return case


@dataclass(frozen=True)
class Spread:
    """How the readers' marks of one criterion lie: lowest, middle, highest."""

    label: str
    lowest: int
    middle: float
    highest: int


def spread_of(readings: Sequence[ModelReading]) -> list[Spread]:
    """By criterion; empty where nobody has read yet."""
    found = []
    for key, label in ModelReading.CRITERIA if readings else ():
        marks = [getattr(one, key) for one in readings]
        found.append(Spread(label, min(marks), median(marks), max(marks)))
    return found


@access(roles=EVERYBODY, scope="own", audit="read")
def model_page(request: AuthenticatedHttpRequest, no: str) -> HttpResponse:
    """One case: what is said of it, what speaks against it, what was decided, its course.

    A reader sees the others' readings after his own; the leader, who decides, sees them as they come.
    """
    case = _case(request, no)
    user = request.user
    is_insider = user.has_role(*INSIDERS)
    readings = list(case.readings.all())
    reads_them = (
        user.has_role(Role.LEADER)
        or case.state != S.READING
        or user.pk in {one.reader_id for one in readings}
    )
    is_office = user.has_role(*COUNTY_ROLES)
    objections = list(case.objections.select_related("case", "answered_by")) if is_office else []
    moves = workflow.MACHINE.open_moves(case, user)
    context = {
        "case": case,
        "moves": [(key, workflow.TRANSITIONS[key].label, key in _FORWARD) for key in moves],
        "evidence": list(case.evidence.select_related("stored_file")),
        "speaks": model_checks.against(case) if is_insider and not case.is_over else [],
        "is_insider": is_insider,
        "is_office": is_office,
        "readings": readings if is_insider and reads_them else [],
        "spread": spread_of(readings) if is_insider and reads_them else [],
        "count": len(readings),
        "fewest": workflow.FEWEST_READERS,
        "objections": [
            (one, [(key, move.label) for key, move in model_objections.TRANSITIONS.items()])
            if model_objections.MACHINE.open_moves(one, user)
            else (one, [])
            for one in objections
        ],
        "counted": counting.words_of(case, "notice_until") if case.notice_until else "",
        "course": story_of_model(case),
        "said": words_in_force(),
    }
    return render(request, "inspections/model_case.html", context)


_FORWARD = ("submit", "admit", "read", "announce", "publish")
MOVE_PAGES = {
    "submit": MovePage(
        forms.ConfirmForm, workflow.submit, "已提交，等待初审", "提交后不能再改，退回才能改。"
    ),
    "admit": MovePage(forms.ConfirmForm, workflow.admit, "已通过初审，请评读人评读"),
    "send-back": MovePage(forms.WordsForm, workflow.send_back, "已退回修改"),
    "read": MovePage(
        forms.ReadingForm,
        workflow.read,
        "已提交评读意见",
        "1为很不够，5为很充分。只作内部参考，不公布，不排名次；提交后能看到其他人的意见。",
    ),
    "pictures": MovePage(forms.PicturesForm, workflow.choose_pictures, "已选用"),
    "announce": MovePage(forms.AnnounceForm, workflow.announce, "已开始公示"),
    "object": MovePage(forms.ObjectForm, model_objections.key_in, "已登记，请核实答复"),
    "publish": MovePage(forms.PublishForm, workflow.publish, "已公布"),
    "decline": MovePage(forms.WordsForm, workflow.decline, "已决定不入选"),
    "propose": MovePage(forms.WordsForm, workflow.propose, "已建议撤下，由分管领导决定"),
    "keep": MovePage(forms.WordsForm, workflow.keep, "已决定不予撤下"),
    "withdraw": MovePage(forms.WithdrawForm, workflow.withdraw, "已撤下"),
    "revoke": MovePage(
        forms.ConfirmForm,
        workflow.revoke,
        "已撤下",
        "家庭可以随时要求撤下，不用说明理由；公开的页面只留一句话。",
    ),
    "retract": MovePage(forms.ConfirmForm, workflow.retract, "已撤回申报", "撤回后这个案例不再办理。"),
}


@access(roles=EVERYBODY, methods=("GET", "POST"), scope="own", audit="change")
def model_move(request: AuthenticatedHttpRequest, no: str, move: str) -> HttpResponse:
    """The page of one move and the move itself: POST /model-cases/<no>/<move>/."""
    case = _case(request, no)
    if move == "edit":
        return _edit_page(request, case)
    return serve(
        request,
        workflow.MACHINE,
        MOVE_PAGES,
        move,
        case,
        noun="case",
        template="inspections/model_move.html",
    )


def _edit_page(request: AuthenticatedHttpRequest, case: ModelCase) -> HttpResponse:
    way_back = look(request, workflow.MACHINE, "edit", case)
    if way_back is not None:
        return way_back
    stored = {name: getattr(case, name) for name in ("title", "practice", "effect", "family_name")}
    form = forms.NominationForm(
        request.POST or None, request.FILES or None, units=None, case=case, initial=stored
    )
    if request.method == "POST" and form.is_valid():
        try:
            workflow.edit(
                case_id=case.pk,
                actor=request.user,
                version=posted_version(request),
                nomination=form.nomination(_consent(request, form)),
                files=_received(request, form, "attached"),
                removed=form.cleaned_data.get("removed", ()),
            )
        except files.Rejected as rejected:
            form.add_error("attached", str(rejected))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已保存")
            return redirect(case)
    context = {"form": form, "case": case, "said": words_in_force(), "label": "修改申报"}
    return render(request, "inspections/model_edit.html", context)


OBJECTION_PAGES = {
    "uphold": MovePage(forms.AnswerForm, model_objections.uphold, "已认定属实，这个案例不能公布"),
    "dismiss": MovePage(forms.AnswerForm, model_objections.dismiss, "已核实答复"),
}


@access(roles=OFFICE_ROLES, methods=("GET", "POST"), scope="own", audit="change")
def objection_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """Answer what was said during the notice."""
    if move not in OBJECTION_PAGES:
        raise Http404(move)
    objection: Any = get_object_or_404(ModelObjection.objects.select_related("case__organisation"), pk=pk)
    return serve(
        request,
        model_objections.MACHINE,
        OBJECTION_PAGES,
        move,
        objection,
        noun="objection",
        template="inspections/model_objection.html",
    )
