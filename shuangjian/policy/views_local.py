"""The county's own rules and items as settings, and whom one of the rules does not concern."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import COUNTY_ROLES, Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.forms_local import ExemptionForm, LocalItemForm, LocalRuleForm, PublishForm
from shuangjian.policy.models import Exemption, LocalItem, LocalRule, LocalState
from shuangjian.policy.models.rulebook import short_code
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.workflows import local_rules as workflow

READERS = COUNTY_ROLES | {Role.SYSTEM_ADMIN}
PAGE_SIZE = 50
_NOUNS: dict[str, tuple[Any, Any, Any, str]] = {
    "rule": (LocalRule, LocalRuleForm, workflow.add_rule, "本县条目"),
    "item": (LocalItem, LocalItemForm, workflow.add_item, "本县检查项"),
}


@access(roles=READERS)
def local_rules(request: AuthenticatedHttpRequest) -> HttpResponse:
    """What the county added, and what it is about to add or drop."""
    rules, items = list(LocalRule.objects.all()), list(LocalItem.objects.all())
    pending = (LocalState.DRAFT, LocalState.DROPPING)
    context = {
        "rules": rules,
        "items": items,
        "pending": sum(row.state in pending for rows in (rules, items) for row in rows),
        "book": current_rulebook(),
        "may_change": request.user.has_role(*workflow.KEEPERS),
    }
    return render(request, "policy/local_rules.html", context)


def _noun(noun: str) -> tuple[Any, Any, Any, str]:
    if noun not in _NOUNS:
        raise Http404(noun)
    return _NOUNS[noun]


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def local_new(request: AuthenticatedHttpRequest, noun: str) -> HttpResponse:
    """Add a rule or an item as a draft."""
    _, form_class, add, label = _noun(noun)
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已增加{label}，发布后施行")
            return redirect("local-rules")
    return render(request, "policy/local_form.html", {"form": form, "label": f"增加{label}"})


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def local_edit(request: AuthenticatedHttpRequest, noun: str, pk: int) -> HttpResponse:
    """Change a draft."""
    model, form_class, _, label = _noun(noun)
    row = get_object_or_404(model, pk=pk)
    form = form_class(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.edit(row=row, actor=request.user, version=posted_version(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "已修改，发布后施行")
            return redirect("local-rules")
    return render(request, "policy/local_form.html", {"form": form, "label": f"修改{label}", "row": row})


@access(roles=workflow.KEEPERS, methods=("POST",), audit="change")
def local_remove(request: AuthenticatedHttpRequest, noun: str, pk: int) -> HttpResponse:
    """Take a draft away, mark what is in force to be dropped, or leave it after all."""
    row = get_object_or_404(_noun(noun)[0], pk=pk)
    workflow.remove(row=row, actor=request.user, version=posted_version(request))
    messages.success(request, "已删去" if row.state == LocalState.DRAFT else "已更改，发布后施行")
    return redirect("local-rules")


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def local_publish(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Make the next version of the rulebook."""
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            book = workflow.publish(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已发布{book.version}版，进行中的自查和督导仍用原来的版本")
            return redirect("rulebook-versions")
    return render(request, "policy/local_form.html", {"form": form, "label": "发布新版本"})


# --- Whom it does not concern -------------------------------------------------------------------------


@access(roles=READERS)
def exemptions(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Every unit that is left out of a rule or an item, those in force first."""
    rows = Exemption.objects.select_related("organisation", "made_by", "ended_by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(row, _written(row.code)) for row in page],
        "may_change": request.user.has_role(*workflow.KEEPERS),
    }
    return render(request, "policy/exemptions.html", context)


def _written(code: str) -> str:
    return short_code(code) if "-" in code else f"第{int(code[1:])}条"


@access(roles=workflow.KEEPERS, methods=("GET", "POST"), audit="change")
def exemption_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Leave a unit out."""
    form = ExemptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = workflow.exempt(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, f"{row.organisation.name}今后的自查和督导不再问{_written(row.code)}")
            return redirect("exemptions")
    return render(request, "policy/local_form.html", {"form": form, "label": "确定不在适用范围"})


@access(roles=workflow.KEEPERS, methods=("POST",), audit="change")
def exemption_end(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Ask the unit again."""
    get_object_or_404(Exemption, pk=pk)
    row = workflow.end_exemption(exemption_id=pk, actor=request.user, version=posted_version(request))
    messages.success(request, f"{row.organisation.name}今后的自查和督导恢复问{_written(row.code)}")
    return redirect("exemptions")
