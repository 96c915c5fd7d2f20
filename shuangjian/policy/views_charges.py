"""牵头科室: which office answers each of the county's own nine rules."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from shuangjian.accounts.access import AuthenticatedHttpRequest, access
from shuangjian.accounts.models import Organisation
from shuangjian.journal.conflict import posted_version
from shuangjian.journal.errors import Refused
from shuangjian.policy.models import Rule, RuleCharge
from shuangjian.policy.selectors import rules_for
from shuangjian.policy.workflows import charges


class ChargeForm(forms.Form):
    """One office a rule; the choice is left empty where nobody is charged."""

    def __init__(self, *args: object, rules: list[Rule], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offices = Organisation.objects.active().filter(kind=Organisation.Kind.OFFICE).order_by("pinyin_key")
        for rule in rules:
            self.fields[rule.code] = forms.ModelChoiceField(
                label=str(rule), queryset=offices, required=False, empty_label="还没有确定"
            )


class _List:
    """All charges as one row with a version, for the form guard."""

    def __init__(self, rows: list[RuleCharge]) -> None:
        self.rows = rows
        self.version = charges.version_of(rows)


@access(roles=charges.KEEPERS, methods=("GET", "POST"), audit="change")
def rule_offices(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The nine rules with their offices, to be changed."""
    rules = list(rules_for(Rule.Group.GOVERNMENT))
    rows = list(RuleCharge.objects.select_related("organisation"))
    now = {row.rule_code: row.organisation for row in rows}
    form = ChargeForm(request.POST or None, rules=rules, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            changed = charges.charge(
                actor=request.user, version=posted_version(request), offices=form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"已更改{changed}条的牵头科室" if changed else "没有更改")
            return redirect("rule-offices")
    return render(request, "policy/rule_offices.html", {"form": form, "guard": _List(rows)})
