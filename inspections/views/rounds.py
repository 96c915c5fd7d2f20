"""Rounds (自查批次): the list, drafting one, its preview, the progress of its units, publishing, ending."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from inspections.burden import launching
from inspections.check_sheet import blank
from inspections.filters import CheckFilter, check_tabs, with_progress
from inspections.filters.rounds import read_rounds, with_counts
from inspections.forms.checks import RuleForms
from inspections.forms.rounds import LaunchForm, RoundForm
from inspections.models import Round, SelfCheck
from inspections.views.checks import words_for
from inspections.workflows import rounds as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, require
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.policy.models import RuleCharge
from shuangjian.policy.scope import facts_of

PAGE_SIZE = 50
FIRST_OVER = 20  # units beyond their budget that the draft's page names


def _round(pk: int) -> Any:
    return get_object_or_404(with_counts(), pk=pk)


@access(roles=COUNTY_ROLES, scope="list")
def round_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All rounds, drafts first, then the latest date first."""
    context = {
        "page_obj": Paginator(read_rounds(request.user, request.GET).rows, PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "states": Round.State.choices,
        "state": request.GET.get("state", ""),
        "may_draft": request.user.has_perm("inspections.edit_round", Round()),
    }
    return render(request, "inspections/round_list.html", context)


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), scope="list", audit="change")
def round_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Draft a round; publishing is a step of its own, after the preview."""
    return _edit(request, None)


def _edit(request: AuthenticatedHttpRequest, round_: Round | None) -> HttpResponse:
    form = RoundForm(request.POST or None, round_=round_)
    if request.method == "POST" and form.is_valid():
        try:
            if round_ is None:
                done = workflow.create(actor=request.user, **form.cleaned_data)
            else:
                done = workflow.edit(
                    round_id=round_.pk,
                    actor=request.user,
                    version=posted_version(request),
                    **form.cleaned_data,
                )
        except (Refused, NotAllowed) as refused:
            form.add_error(_field_of(str(refused)), str(refused))
        else:
            messages.success(request, "已保存，还没有发布。请先预览，再发布")
            return redirect("round", pk=done.pk)
    return render(request, "inspections/round_edit.html", {"form": form, "round": round_})


def _field_of(words: str) -> str | None:
    """Where a refusal is said: at the date, the duty or on top."""
    if words.startswith("截止日期"):
        return "due_on"
    return "obligation" if words.startswith("这项方案任务") else None


# Of the offices only those that are charged with a rule of the county are asked.
_CHARGES = RuleCharge.objects.filter(organisation=OuterRef("pk"))


@access(roles=COUNTY_ROLES, scope="own", audit="read")
def round_page(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One round: what it asks of whom, how far the units are, with the way to each."""
    round_ = _round(pk)
    context: dict[str, Any] = {
        "round": round_,
        "may_edit": round_.state == Round.State.DRAFT
        and request.user.has_perm("inspections.edit_round", round_),
        "may_publish": round_.state == Round.State.DRAFT
        and request.user.has_perm("inspections.publish_round", round_),
        "may_close": round_.state == Round.State.PUBLISHED
        and request.user.has_perm("inspections.edit_round", round_),
        "kinds": _kinds_of(round_),
    }
    if round_.state == Round.State.DRAFT:
        launch = launching.of_round(round_, workflow.scope_of_units(round_))
        context |= {
            "counts": _audience(round_),
            "launch": launch,
            "asked_of": [(label, launch.of_kind(kind)) for kind, label in _kinds_of(round_)],
            "over": launch.over[:FIRST_OVER],
        }
    else:
        checks = SelfCheck.objects.visible_to(request.user).filter(round=round_)
        chosen = CheckFilter(request.GET, queryset=checks, request=request)
        tabs = check_tabs(chosen.qs, request.GET)
        rows = with_progress(tabs.queryset.select_related("round", "organisation"))
        context |= {
            "tabs": tabs,
            "filter": chosen,
            "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        }
    return render(request, "inspections/round.html", context)


def _kinds_of(round_: Round) -> list[tuple[str, str]]:
    return [(kind.value, kind.label) for kind in workflow.UNIT_KINDS if kind in round_.unit_kinds]


def _audience(round_: Round) -> list[tuple[str, str, int]]:
    """(kind, label, number of active units) of those who would get it."""
    counts = dict(
        Organisation.objects.active()
        .filter(kind__in=round_.unit_kinds)
        .exclude(Q(kind=Organisation.Kind.OFFICE) & ~Exists(_CHARGES))
        .order_by()
        .values_list("kind")
        .annotate(Count("pk"))
    )
    return [(kind, label, counts.get(kind, 0)) for kind, label in _kinds_of(round_)]


@access(roles=COUNTY_ROLES, scope="own")
def round_preview(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """What one unit will be asked: chosen by ``?unit=`` or the first of ``?as=`` (school, institution)."""
    round_ = _round(pk)
    kinds = [kind for kind, _ in _kinds_of(round_)]
    kind = request.GET.get("as", "")
    kind = kind if kind in kinds else kinds[0]
    units = Organisation.objects.active().filter(kind=kind).select_related("school", "institution")
    if kind == Organisation.Kind.OFFICE:
        units = units.filter(Exists(_CHARGES))
    code = request.GET.get("unit", "").replace("\x00", "")
    unit = (units.filter(code=code).first() if code else None) or units.first()
    sheet = blank(round_.rulebook, facts_of(unit)) if unit is not None else None
    context = {
        "round": round_,
        "kind": kind,
        "kinds": _kinds_of(round_),
        "unit": unit,
        "units": list(units.values_list("code", "name")),
        "sheet": sheet,
        "pages": [(rule, RuleForms.of(rule)) for rule in sheet.rules] if sheet else [],
        **words_for(kind),
    }
    return render(request, "inspections/round_preview.html", context)


@access(roles={Role.TASK_FORCE, Role.LEADER}, methods=("GET", "POST"), scope="own", audit="change")
def round_move(request: AuthenticatedHttpRequest, pk: int, move: str) -> HttpResponse:
    """edit, publish, close: each a page of its own and the move itself."""
    if move not in ("edit", "publish", "close"):
        raise Http404(move)
    round_ = _round(pk)
    require(
        request.user, "inspections.publish_round" if move == "publish" else "inspections.edit_round", round_
    )
    wanted = Round.State.PUBLISHED if move == "close" else Round.State.DRAFT
    if request.method == "GET" and round_.state != wanted:
        messages.info(request, f"这个批次{round_.get_state_display()}，不能再办理这一步")
        return redirect("round", pk=pk)
    if move == "edit":
        return _edit(request, round_)
    form = _launch_form(request, round_) if move == "publish" else None
    refusal = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _carry_out(request, round_, move, form)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "已发布，各单位会在待办看到" if move == "publish" else "已结束")
            return redirect("round", pk=pk)
    context = {
        "round": round_,
        "move": move,
        "form": form,
        "refusal": refusal,
        "counts": _audience(round_),
        "total": sum(count for _, _, count in _audience(round_)),
    }
    return render(request, "inspections/round_move.html", context)


def _launch_form(request: AuthenticatedHttpRequest, round_: Round) -> LaunchForm | None:
    """The reasons that the leader gives; None where none is needed, or another than he publishes."""
    if not request.user.has_role(Role.LEADER):
        return None
    launch = launching.of_round(round_, workflow.scope_of_units(round_))
    form = LaunchForm(request.POST or None, round_=round_, is_over=bool(launch.over))
    return form if form.fields else None


def _carry_out(request: AuthenticatedHttpRequest, round_: Round, move: str, form: LaunchForm | None) -> None:
    version = posted_version(request)
    if move == "close":
        workflow.close(round_id=round_.pk, actor=request.user, version=version)
        return
    reasons = form.cleaned_data if form is not None else {}
    workflow.publish(round_id=round_.pk, actor=request.user, version=version, **reasons)
