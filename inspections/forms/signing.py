"""Forms of every signed document: its texts, the words of a move, the sealed scan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from inspections.forms.fields import AskedForLater
from shuangjian.files.forms import FilesField

SECTION_LENGTH = 4000


class SectionsForm(forms.Form):
    """The texts of a document, one box a section; those of ``required`` are asked for when it is sent."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        sections: list[tuple[str, str, str]],
        required: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        needed = dict(required)
        for key, title, hint in sections:
            self.fields[key] = AskedForLater(
                label=title,
                required=key in needed,
                max_length=SECTION_LENGTH,
                help_text=hint,
                widget=forms.Textarea(attrs={"rows": 6}),
            )


WORDS_OF_MOVES = {"return": ("退回意见", 300), "withdraw": ("撤回原因", 200), "discard": ("作废原因", 200)}


class WordsForm(forms.Form):
    """The words that a move needs: why it is returned, withdrawn or given up."""

    words = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, move: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label, length = WORDS_OF_MOVES[move]
        field = self.fields["words"]
        field.label = label
        field.max_length = length  # type: ignore[attr-defined]
        field.validators.append(MaxLengthValidator(length))
        field.widget.attrs["maxlength"] = str(length)
        field.error_messages["required"] = f"请写明{label}"


class SealedScanForm(forms.Form):
    """The scan of the sealed paper (P3)."""

    files = FilesField(  # type: ignore[assignment]
        label="盖章扫描件", most=1, help_text="PDF或图片，不超过10MB；与正式文件一起留档，不替换正式文件"
    )
