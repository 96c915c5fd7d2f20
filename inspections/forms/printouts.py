"""Forms of printouts: what is chosen besides the subject, which the address names."""

from __future__ import annotations

from typing import Any

from django import forms


class OrderForm(forms.Form):
    """Base: nothing to choose. ``arguments`` are what the order keeps, as plain words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class SheetForm(OrderForm):
    """A4, which every office prints, or A3 with more columns (P31)."""

    paper = forms.ChoiceField(
        label="纸张",
        choices=[("a4", "A4横向"), ("a3", "A3横向，另有来源、发现日期和督办人")],
        initial="a4",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择纸张", "invalid_choice": "请从列表中选择纸张"},
    )
