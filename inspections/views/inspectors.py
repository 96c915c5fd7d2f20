"""证件和回避: what an inspector states of himself, on a page of his own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from inspections.forms.visit_plans import CardForm, RelativeForm
from inspections.models import DeclaredRelative, InspectorCard
from inspections.workflows import inspectors as workflow
from shuangjian.accounts.access import AuthenticatedHttpRequest, access, get_visible
from shuangjian.accounts.roles import INSPECTOR_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused

WHO = INSPECTOR_ROLES | {Role.SUPERVISION_OFFICE}
_STATEMENTS: dict[str, tuple[str, Any, Any, str]] = {
    "card": ("登记证件", CardForm, workflow.save_card, "证件已登记"),
    "relative": ("申报回避", RelativeForm, workflow.declare_relative, "已申报，不会安排您到该单位"),
}


@access(roles=WHO, scope="list")
def inspector_own(request: AuthenticatedHttpRequest) -> HttpResponse:
    """One's own cards and declared relatives; nobody else reads them."""
    relatives = DeclaredRelative.objects.visible_to(request.user).select_related("organisation")
    context = {
        "cards": InspectorCard.objects.visible_to(request.user),
        "standing": [row for row in relatives if row.ended_on is None],
        "ended": [row for row in relatives if row.ended_on is not None],
    }
    return render(request, "inspections/inspector_own.html", context)


@access(roles=WHO, methods=("GET", "POST"), scope="list", audit="change")
def inspector_state(request: AuthenticatedHttpRequest, move: str) -> HttpResponse:
    """Enter a card, or declare a relative."""
    if move not in _STATEMENTS:
        raise Http404(move)
    label, form_class, act, said = _STATEMENTS[move]
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, said)
            return redirect("inspector-own")
    return render(request, "inspections/inspector_state.html", {"form": form, "label": label, "move": move})


@access(roles=WHO, methods=("POST",), scope="own", audit="change")
def inspector_end_relative(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """The relative works there no longer."""
    row = get_visible(DeclaredRelative, request.user, pk=pk)
    workflow.end_relative(relative_id=row.pk, actor=request.user, version=posted_version(request))
    messages.success(request, "申报已终止")
    return redirect("inspector-own")
