"""Forms of 经验交流: what is written, and why it is recalled."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import day_field, words_field
from inspections.models import Experience
from inspections.workflows.experiences import MOST_PICTURES, Contribution
from shuangjian import clock
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.unit_forms import line_field
from shuangjian.files.forms import FilesField

KIND = Experience.Kind
# What each kind asks besides title, date and words.
FIELDS = {
    KIND.ARTICLE: ("body", "attached"),
    KIND.MEETING: ("place", "people_count", "body", "attached"),
    KIND.MEDIA: ("outlet", "link"),
}


class ExperienceForm(forms.Form):
    """A contribution of one kind."""

    title = line_field("标题", max_length=60, required=True)
    on = day_field("日期")
    place = line_field("地点", max_length=60, required=True)
    people_count = forms.IntegerField(
        label="参加人数",
        min_value=1,
        max_value=100_000,
        help_text="大约人数，不用签到表",
        error_messages={
            "required": "请填写参加人数",
            "invalid": "参加人数只写数字",
            "min_value": "参加人数至少是1",
            "max_value": "参加人数不超过100000，请核对",
        },
    )
    outlet = line_field("媒体", max_length=40, required=True)
    link = forms.URLField(
        label="链接",
        max_length=300,
        assume_scheme="https",
        help_text="报道的网址，平台只列出，不抓取内容",
        error_messages={
            "required": "请填写链接",
            "invalid": "请填写完整的网址，例如https://example.gov.cn/1.html",
        },
    )
    body = words_field("内容", "一段一行；不写学生姓名、成绩和名次", most=5000)
    attached = FilesField(
        label="图片",
        most=MOST_PICTURES,
        required=False,
        help_text=f"最多{MOST_PICTURES}张，发布后任何人都能看到。没有能认出的学生、姓名和成绩",
    )

    def __init__(self, *args: Any, kind: str, row: Experience | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today
        asked = ("title", "on", *FIELDS[KIND(kind)])
        self.fields = {name: self.fields[name] for name in asked}
        if "body" in self.fields:
            self.fields["body"].widget.attrs["rows"] = 10
            self.fields["body"].required = kind == KIND.ARTICLE
        kept = list(row.pictures.select_related("stored_file")) if row is not None else []
        if kept:
            self.fields["removed"] = forms.TypedMultipleChoiceField(
                label="删去现有图片",
                choices=[(one.pk, one.stored_file.original_name) for one in kept],
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def contribution(self) -> Contribution:
        data = {
            name: value for name, value in self.cleaned_data.items() if name not in ("attached", "removed")
        }
        return Contribution(**data)


class ConfirmForm(MoveForm):
    """Nothing but the confirmation."""


class RecallForm(MoveForm):
    words = words_field("撤回的原因", "公开的页面只留这一句", most=200)
