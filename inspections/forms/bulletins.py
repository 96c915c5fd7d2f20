"""Forms of bulletins: what they say, to whom, with which attachments."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.models import Bulletin
from inspections.workflows.bulletins import MOST_FILES
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_forms import line_field, name_and_code
from shuangjian.files.forms import FilesField


class BulletinForm(forms.Form):
    """A draft."""

    title = line_field("标题", max_length=80, required=True)
    body = forms.CharField(label="正文", max_length=3000, widget=forms.Textarea(attrs={"rows": 10}))
    unit_kinds = forms.MultipleChoiceField(
        label="发给",
        choices=[("school", "学校"), ("institution", "校外培训机构")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    areas = forms.ModelMultipleChoiceField(
        label="只发给这些督学责任区",
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        to_field_name="code",
        help_text="一个也不选就是全县",
    )
    units = forms.ModelMultipleChoiceField(
        label="另加单位",
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        to_field_name="code",
    )
    attached = FilesField(
        label="附件",
        most=MOST_FILES,
        required=False,
        help_text=f"图片或PDF，最多{MOST_FILES}个，每个不超过10MB；Word文件请另存为PDF",
    )

    def __init__(self, *args: Any, bulletin: Bulletin | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = Organisation.objects.areas()  # type: ignore[attr-defined]
        units = self.fields["units"]
        units.queryset = Organisation.objects.units().active()  # type: ignore[attr-defined]
        units.label_from_instance = name_and_code  # type: ignore[attr-defined]
        if bulletin is not None:
            kept = list(bulletin.attachments.select_related("stored_file"))
            if kept:
                self.fields["removed"] = forms.TypedMultipleChoiceField(
                    label="删去现有附件",
                    choices=[(one.pk, one.stored_file.original_name) for one in kept],
                    coerce=int,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    def values(self) -> dict[str, Any]:
        """What the workflow takes, but for the files."""
        return {name: value for name, value in self.cleaned_data.items() if name != "attached"}


class RecallForm(forms.Form):
    """Why a bulletin is recalled."""

    words = line_field("撤回原因", max_length=200, required=True, help_text="收到的单位会看到")
