"""The form of 填报预算."""

from __future__ import annotations

from django import forms

MOST_INPUTS = 9999


def _inputs_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=MOST_INPUTS,
        error_messages={
            "required": f"请填写{label}",
            "invalid": "只写数字，例如120",
            "min_value": "预算至少是1项",
            "max_value": f"预算不超过{MOST_INPUTS}项，请核对",
        },
    )


class BudgetForm(forms.Form):
    """The next version: inputs a month by kind of unit, and why."""

    school_inputs = _inputs_field("每所学校每月填报（项）")
    institution_inputs = _inputs_field("每家机构每月填报（项）")
    reason = forms.CharField(
        label="依据或理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明依据或理由"},
    )
