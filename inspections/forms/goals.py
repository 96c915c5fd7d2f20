"""Forms of the goals' figures."""

from __future__ import annotations

from django import forms

from inspections.forms.fields import words_field


class CorrectionForm(forms.Form):
    """Why a frozen figure is counted again."""

    reason = words_field("更正的理由", most=300, missing="请写明更正的理由，例如哪条记录当时漏登")
