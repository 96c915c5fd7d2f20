"""Forms of 固定文字: the next version of a text, and which earlier one to restore."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections import standing
from inspections.forms.fields import AskedForLater


class StandingTextForm(forms.Form):
    """The text with its placeholders; the reason is asked for when it is saved, not for a preview."""

    use_required_attribute = False

    text = AskedForLater(label="文字", max_length=standing.LONGEST, widget=forms.Textarea(attrs={"rows": 6}))
    reason = AskedForLater(
        label="修改原因",
        max_length=200,
        help_text="写明依据或为什么改，各版里看得到",
    )
    do = forms.ChoiceField(
        choices=[("save", "保存"), ("preview", "预览")], required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, kind: str, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind, self._key = kind, key
        paper = standing.PAPERS[kind]
        self.fields["text"].required = paper.slots[key].is_required
        self.fields[
            "text"
        ].help_text = f"{paper.slots[key].hint}。可以用的占位：{standing.placeholders(paper.examples)}"

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        wrong = standing.faults(self._kind, self._key, text)
        if wrong:
            raise forms.ValidationError(wrong)
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["do"] = data.get("do") or "save"
        if data["do"] == "save" and not data.get("reason", "").strip() and "reason" not in self.errors:
            self.add_error("reason", "请填写修改原因")
        return data


class RestoreForm(forms.Form):
    old = forms.IntegerField(min_value=0, max_value=32767)
