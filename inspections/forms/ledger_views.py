"""The form of a named view of the ledger."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.models import LedgerView


class LedgerViewForm(forms.Form):
    name = forms.CharField(
        label="名称",
        max_length=LedgerView._meta.get_field("name").max_length,
        help_text="例如“城关镇逾期”",
        error_messages={"required": "请填写名称"},
    )
    readers = forms.ChoiceField(
        label="谁能用",
        choices=[("own", "只有自己"), ("office", "双减专班、督导室和分管领导")],
        initial="own",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择谁能用", "invalid_choice": "请从列表中选择谁能用"},
    )

    @classmethod
    def of(cls, view: LedgerView, data: Any) -> LedgerViewForm:
        """The form of a view that there is."""
        return cls(data, initial={"name": view.name, "readers": "office" if view.is_shared else "own"})

    def arguments(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "is_shared": self.cleaned_data["readers"] == "office"}
