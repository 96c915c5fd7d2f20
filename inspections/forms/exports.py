"""The form of an export: in which format."""

from __future__ import annotations

from django import forms

from inspections.models import Export


class ExportForm(forms.Form):
    """Both hold the same rows and columns."""

    format = forms.ChoiceField(
        label="格式",
        choices=Export.Format.choices,
        initial=Export.Format.XLSX,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择格式"},
    )
