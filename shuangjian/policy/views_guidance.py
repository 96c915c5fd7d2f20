"""填报说明 of one check item: its versions, and the form that writes the next."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.roles import Role
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import CheckItem, Guidance
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.workflows import guidance as workflow

_ROWS = {"counts": 4, "good": 3, "bad": 3, "basis": 2}


class GuidanceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The four texts; only the first must be there."""

    class Meta:
        model = Guidance
        fields = Guidance.WORDS
        widgets = {name: forms.Textarea(attrs={"rows": rows}) for name, rows in _ROWS.items()}
        error_messages = {"counts": {"required": "请写明怎样算做到"}}


@access(roles={Role.TASK_FORCE}, methods=("GET", "POST"), audit="change")
def guidance_edit(request: AuthenticatedHttpRequest, number: int, code: str) -> HttpResponse:
    """Write the next version; the earlier ones stand below."""
    items = CheckItem.objects.filter(rule__rulebook=current_rulebook(), rule__number=number, code=code)
    item = items.select_related("rule").first() if "\x00" not in code else None
    if item is None:
        raise Http404(code)
    versions = list(Guidance.objects.filter(item_code=code).select_related("made_by"))
    newest = versions[0] if versions else Guidance(item_code=code, version=0)
    words = {name: getattr(newest, name) for name in Guidance.WORDS}
    form = GuidanceForm(request.POST or None, initial=words)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.rewrite(
                item=item, actor=request.user, version=posted_version(request), **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{item.short_code}的填报说明已修改")
            return redirect(reverse("rule", args=[number]) + f"#{code}")
    context = {"item": item, "form": form, "newest": newest, "versions": versions}
    return render(request, "policy/guidance_edit.html", context)
