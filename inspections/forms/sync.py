"""Forms about what phones brought: which version stands, what was done about what could not be written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from inspections.models import FieldConflict
from shuangjian.files.names import in_megabytes


class SettleForm(forms.Form):
    """One of the two versions of a field."""

    chosen = forms.ChoiceField(
        label="选定哪一版",
        choices=FieldConflict.Chosen.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选定一版", "invalid_choice": "请选定一版"},
    )


class HandleForm(forms.Form):
    """What was done about an operation that was refused."""

    words = forms.CharField(
        label="处理情况",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：已在网页上补填、单位已另行登记、不用补",
        error_messages={"required": "请写明怎样处理"},
    )


class ImportForm(forms.Form):
    """The backup that a phone exported."""

    file = forms.FileField(
        label="备份文件",
        widget=forms.FileInput(attrs={"accept": "application/json,.json"}),
        help_text="督导手机“待上传”页导出的文件，每个不超过10MB",
        error_messages={"required": "请选择备份文件", "empty": "备份文件是空的，请在手机上重新导出"},
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        limit = settings.UPLOAD_LIMIT_BYTES
        if upload.size > limit:
            size = in_megabytes(upload.size)
            raise forms.ValidationError(
                f"备份文件有{size}，每个不超过{in_megabytes(limit)}，请在手机上分次导出"
            )
        return upload
