"""The form of the demo county's day."""

from __future__ import annotations

from datetime import date

from django import forms

from shuangjian.journal import demo_clock


class DemoDayForm(forms.Form):
    """A day, or one of the buttons beside it (``step``: +1, +7, now)."""

    day = forms.DateField(
        label="改到",
        required=False,
        widget=forms.DateInput(),
        error_messages={"invalid": "请填写正确的日期，例如2026年12月31日"},
    )
    back = forms.BooleanField(label="我知道改回以前不会撤销已经办过的事", required=False)
    step = forms.ChoiceField(choices=[(one, one) for one in ("+1", "+7", demo_clock.NOW)], required=False)

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if not data.get("step") and not data.get("day") and "day" not in self.errors:
            self.add_error("day", "请填写日期")
        return data

    def wanted(self) -> date | None:
        """The day asked for, None for the machine's time. Raises Refused."""
        step: str = self.cleaned_data["step"]
        return demo_clock.day_of(step) if step else self.cleaned_data["day"]
