"""乡镇、督学责任区、科室和部门 as settings: the three lists, entering, renaming, closing, moving units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from shuangjian import clock
from shuangjian.accounts import places as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.models import Membership, Organisation
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

READERS = COUNTY_ROLES | {Role.SYSTEM_ADMIN}
_NOUNS = {
    Organisation.Kind.TOWNSHIP: "乡镇（街道）",
    Organisation.Kind.AREA: "督学责任区",
    Organisation.Kind.OFFICE: "科室和部门",
}


class PlaceForm(forms.Form):
    """The name that papers print."""

    name = forms.CharField(label="名称", max_length=60, error_messages={"required": "请填写名称"})


class ClosePlaceForm(forms.Form):
    """By which paper it is taken out of use."""

    document_no = forms.CharField(
        label="依据文号", max_length=60, error_messages={"required": "请填写依据文号"}
    )


class MoveUnitsForm(forms.Form):
    """Which units come to the area."""

    units = forms.ModelMultipleChoiceField(
        label="划入的学校和机构",
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一个单位", "invalid_choice": "请从列表中选择单位"},
    )

    def __init__(self, *args: Any, area: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Organisation.objects.active().units().exclude(area=area).select_related("area")
        field: Any = self.fields["units"]
        field.queryset = others.order_by("area__code", "pinyin_key", "pk")
        field.label_from_instance = lambda unit: f"{unit.name}（{unit.area or '没有划定'}）"


@access(roles=READERS)
def place_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The three lists with how many units and people each has."""
    context = {
        "groups": [(kind, noun, list(workflow.places(kind))) for kind, noun in _NOUNS.items()],
        "may_change": request.user.has_role(*workflow.KEEPERS),
    }
    return render(request, "accounts/places.html", context)


def _place(pk: int, kind: str | None = None) -> Organisation:
    kinds = [kind] if kind else list(workflow.KINDS)
    place: Organisation = get_object_or_404(Organisation.objects.active().filter(kind__in=kinds), pk=pk)
    return place


def _answer(
    request: AuthenticatedHttpRequest, form: forms.Form, label: str, place: Any = None
) -> HttpResponse:
    context = {"form": form, "label": label, "place": place}
    return render(request, "accounts/place_form.html", context)


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def place_new(request: AuthenticatedHttpRequest, kind: str) -> HttpResponse:
    """Enter one of a kind."""
    if kind not in workflow.KINDS:
        raise Http404(kind)
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            place = workflow.open_place(kind=kind, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, f"已登记{place.name}，代码{place.code}")
            return redirect("places")
    return _answer(request, form, f"登记{_NOUNS[Organisation.Kind(kind)]}")


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def place_rename(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Give one another name."""
    place = _place(pk)
    form = PlaceForm(request.POST or None, initial={"name": place.name})
    if request.method == "POST" and form.is_valid():
        try:
            workflow.rename_place(
                place_id=pk, actor=request.user, version=posted_version(request), **form.cleaned_data
            )
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, "已修改")
            return redirect("places")
    return _answer(request, form, f"修改{place.name}的名称", place)


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def place_close(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Take one out of use."""
    place = _place(pk)
    form = ClosePlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.close_place(
                place_id=pk, actor=request.user, version=posted_version(request), **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已撤销{place.name}")
            return redirect("places")
    return _answer(request, form, f"撤销{place.name}", place)


@access(roles=READERS)
def zone(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """One supervision area: its inspectors and its units."""
    area = _place(pk, Organisation.Kind.AREA)
    posts = Membership.objects.filter(organisation=area, role=Role.AREA_INSPECTOR)
    context = {
        "area": area,
        "posts": posts.not_over(clock.today()).select_related("user").order_by("from_on", "pk"),
        "units": area.area_units.active().units().select_related("township").order_by("kind", "pinyin_key"),
        "may_change": request.user.has_role(*workflow.KEEPERS),
        "reads_units": request.user.sees_county,
    }
    return render(request, "accounts/zone.html", context)


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def zone_move(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Put units to the area."""
    area = _place(pk, Organisation.Kind.AREA)
    form = MoveUnitsForm(request.POST or None, area=area)
    if request.method == "POST" and form.is_valid():
        chosen = [unit.pk for unit in form.cleaned_data["units"]]
        count = workflow.move_units(area_id=pk, unit_ids=chosen, actor=request.user)
        messages.success(request, f"已划入{count}个单位")
        return redirect("zone", pk)
    return _answer(request, form, f"划入{area.name}", area)
