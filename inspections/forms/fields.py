"""Fields that the forms of supervision share: a date by the browser's control, lines, a number."""

from __future__ import annotations

from typing import Any

from django import forms

WRONG_DATE = "请填写正确的日期，例如2026年10月15日"


class DateInput(forms.DateInput):
    """A date as the browser's own control; ISO on the wire."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def words_field(
    label: str, hint: str = "", *, most: int = 300, required: bool = True, missing: str = ""
) -> forms.CharField:
    """Some lines of text; ``missing``: what is said where they are not there."""
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=hint,
        error_messages={"required": missing or f"请写明{label}"},
    )


def day_field(label: str, hint: str = "", *, required: bool = True, missing: str = "") -> forms.DateField:
    """A date by the browser's own control."""
    return forms.DateField(
        label=label,
        required=required,
        widget=DateInput(),
        help_text=hint,
        error_messages={"required": missing or f"请填写{label}", "invalid": WRONG_DATE},
    )


def number_field(label: str, hint: str = "") -> forms.CharField:
    """The number of a document, as an office gives it."""
    return forms.CharField(
        label=label, max_length=60, help_text=hint, error_messages={"required": f"请填写{label}"}
    )


class AskedForLater(forms.CharField):
    """A text that must be there at the next step, not yet when its form is sent: shown as needed."""

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:
            super().validate(value)


def time_field(label: str) -> forms.TimeField:
    """A time of day by the browser's own control."""
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": f"请填写{label}", "invalid": "请填写时刻，例如9:30"},
    )
