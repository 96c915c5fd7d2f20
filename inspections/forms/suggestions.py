"""Forms of 意见建议: what is said, and the answer."""

from __future__ import annotations

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme


class SuggestionForm(forms.Form):
    """What somebody says. ``page`` is the address of the page on which he chose to say it."""

    text = forms.CharField(
        label="意见建议",
        max_length=500,
        help_text="平台哪里不好用、哪些表重复要填，都可以写。不写学生的姓名和成绩",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    page = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_page(self) -> str:
        """A path of this portal without its query; anything else is dropped: no fault of the person's."""
        path = str(self.cleaned_data["page"]).partition("?")[0]
        is_own = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        return path if is_own and len(path) <= 200 else ""


class AnswerForm(forms.Form):
    """The answer, which its author reads as it is."""

    words = forms.CharField(
        label="答复",
        max_length=500,
        help_text="写明采纳没有、怎样办、何时办好；提出人能看到",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
