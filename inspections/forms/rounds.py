"""Forms of a round: drafting it, the reason for publishing off the yearly list. They clean shapes only."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import DateInput
from inspections.models import Round
from inspections.workflows.rounds import UNIT_KINDS, USUAL_KINDS
from shuangjian import clock
from shuangjian.dates import cn_short
from shuangjian.policy.models import Obligation, Term
from shuangjian.policy.selectors import current_plan, current_term

_REASONS = ("off_plan_reason", "over_budget_reason")


class RoundForm(forms.Form):
    """A round as it is drafted: name, term, units, date, permission (P2)."""

    title = forms.CharField(label="批次名称", max_length=60)
    term = forms.ModelChoiceField(
        label="学期",
        queryset=Term.objects.order_by("-first_on"),
        empty_label="请选择学期",
        error_messages={"required": "请选择学期", "invalid_choice": "请从列表中选择学期"},
    )
    unit_kinds = forms.MultipleChoiceField(
        label="填报单位",
        choices=[(kind.value, kind.label) for kind in UNIT_KINDS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择填报单位"},
    )
    obligation = forms.ModelChoiceField(
        label="对应的方案任务",
        queryset=Obligation.objects.none(),
        required=False,
        empty_label="不对应方案任务",
        help_text="选了方案任务，截止日期按方案带出，可在该步骤以内调整",
    )
    due_on = forms.DateField(
        label="截止日期",
        widget=DateInput(),
        required=False,
        error_messages={"invalid": "请填写正确的日期，例如2026年12月15日写作2026-12-15"},
    )
    plan_name = forms.CharField(
        label="计划名称", max_length=80, required=False, help_text="列入年度督查检查计划的名称"
    )
    approval_no = forms.CharField(
        label="批准文号", max_length=60, required=False, help_text="或写“上级交办”和文号"
    )
    off_plan_reason = forms.CharField(
        label="计划外发起理由",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="没有计划名称和批准文号的批次，由分管领导发布，并写明理由",
    )
    over_budget_reason = forms.CharField(
        label="超预算发起理由",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="有单位当月的填报超出预算的批次，由分管领导发布，并写明理由",
    )

    def __init__(self, data: Any = None, *, round_: Round | None = None) -> None:
        names = ("title", "term", "unit_kinds", "obligation", "due_on", "plan_name", "approval_no")
        initial: dict[str, Any] = {"unit_kinds": [kind.value for kind in USUAL_KINDS]}
        if round_ is not None:
            initial = {name: getattr(round_, name) for name in (*names, *_REASONS)}
        elif term := current_term():
            initial |= {"term": term, "title": f"{term.short_title}自查"}
        super().__init__(data, initial=initial)
        duties = _duties()
        if round_ is not None and round_.obligation_id:
            duties = duties | Obligation.objects.filter(pk=round_.obligation_id)
        self.fields["obligation"].queryset = duties  # type: ignore[attr-defined]
        self.fields["obligation"].label_from_instance = _duty_words  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("due_on") and "due_on" not in self.errors:
            duty = data.get("obligation")
            if duty is not None and duty.due_on is not None:
                data["due_on"] = duty.due_on
            else:
                self.add_error("due_on", "请填写截止日期")
        return data


def _duties() -> Any:
    """What schools and institutions still owe by the plan, earliest first."""
    return (
        Obligation.objects.filter(
            phase__stage__plan=current_plan(),
            phase__ends_on__gt=clock.today(),
            who__overlap=[kind.value for kind in UNIT_KINDS],
        )
        .select_related("phase")
        .order_by("due_on", "code")
    )


def _duty_words(duty: Obligation) -> str:
    due = f"（{cn_short(duty.due_on)}）" if duty.due_on else ""
    return f"{duty.who_words}：{duty.what}{due}"


class LaunchForm(forms.Form):
    """Why a round off the yearly list or beyond the budget is published all the same; the leader's words.

    Only what is asked for stands in it: of a round that needs no reason it has no fields.
    """

    off_plan_reason = forms.CharField(
        label="计划外发起理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明计划外发起的理由"},
    )
    over_budget_reason = forms.CharField(
        label="超预算发起理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明超预算发起的理由"},
    )

    def __init__(self, data: Any = None, *, round_: Round, is_over: bool) -> None:
        super().__init__(data, initial={name: getattr(round_, name) for name in _REASONS})
        if round_.is_on_plan:
            del self.fields["off_plan_reason"]
        if not is_over:
            del self.fields["over_budget_reason"]
