"""A form field for several files at once (it checks how many; ``services.receive`` judges the bytes), and the
form that asks why an original is opened.
"""

from __future__ import annotations

from typing import Any

from django import forms


class FilesInput(forms.FileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans to a list of uploads, empty where nothing was chosen. At most ``most`` files."""

    widget = FilesInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"})

    def __init__(self, *, most: int = 9, **kwargs: Any) -> None:
        self.most = most
        hint = f"图片或PDF，最多{most}个，每个不超过10MB。请勿拍到学生正脸、姓名和分数"
        kwargs.setdefault("help_text", hint)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        uploads = list(data) if isinstance(data, (list, tuple)) else [data] if data else []
        if self.required and not uploads:
            raise forms.ValidationError("请选择文件")
        if len(uploads) > self.most:
            raise forms.ValidationError(f"最多选{self.most}个文件，现在是{len(uploads)}个")
        # An empty file passes here: the entrance names it, in the words that people get for every bad file.
        return uploads


class OriginalForm(forms.Form):
    """Why a sealed original is opened."""

    reason = forms.CharField(
        label="打开原件的理由",
        max_length=200,
        help_text="例如“核对拍摄时间”。理由和打开人记入审计日志",
        error_messages={"required": "请写明打开原件的理由"},
    )
