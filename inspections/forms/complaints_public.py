"""我要反映, step by step: each step a small form, all of them judged again at the end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from inspections.models import Complaint
from shuangjian.accounts.models import Organisation
from shuangjian.files.forms import FilesField

MOST_FOUND = 20
UNKNOWN = "-"  # 「不清楚，或不在名单里」


class WhoForm(forms.Form):
    """1 反映谁: what is typed finds units; one of them is chosen, or none."""

    q = forms.CharField(
        label="学校或机构的名称",
        max_length=60,
        required=False,
        help_text="填几个字再点“查找”，例如“城关小学”",
    )
    unit = forms.ChoiceField(
        label="您反映的是",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请选择一个"},
    )
    township = forms.ModelChoiceField(
        label="在哪个乡镇",
        queryset=Organisation.objects.filter(kind=Organisation.Kind.TOWNSHIP).order_by("pinyin_key", "pk"),
        to_field_name="code",
        required=False,
        empty_label="不清楚",
        help_text="名单里没有的填这里",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = list(self._find())
        unit: Any = self.fields["unit"]
        unit.choices = [(one.code, one.name) for one in self.found] + [(UNKNOWN, "不清楚，或不在名单里")]

    def _find(self) -> Any:
        typed = self.data if self.is_bound else self.initial
        words = str(typed.get("q", "")).replace("\x00", "").strip()[:60]
        code = str(typed.get("unit", "")).replace("\x00", "")
        units = (
            Organisation.objects.units()
            .active()
            .only("code", "name", "township")
            .order_by("pinyin_key", "pk")
        )
        named = Q(name__icontains=words) | Q(pinyin_key__contains=words.lower()) if words else Q(pk__in=[])
        return units.filter(named | Q(code=code))[:MOST_FOUND]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("unit") and "unit" not in self.errors:
            self.add_error("unit", "请查找后选择一个；不清楚的选“不清楚，或不在名单里”")
        return data

    def arguments(self) -> dict[str, Any]:
        chosen = self.cleaned_data["unit"]
        unit = next((one for one in self.found if one.code == chosen), None)
        return {"organisation": unit, "township": None if unit else self.cleaned_data["township"]}


class TopicForm(forms.Form):
    """2 哪类事."""

    topic = forms.ChoiceField(
        label="是哪类事",
        choices=Complaint.Topic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是哪类事", "invalid_choice": "请选择是哪类事"},
    )

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class WordsForm(forms.Form):
    """3 发生了什么."""

    words = forms.CharField(
        label="发生了什么",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="请写明时间、地点和经过，500字以内。不要写孩子的姓名、班级和身份证号",
        error_messages={"required": "请写明发生了什么，例如“10月8日晚自习后三年级还留了4张卷子”"},
    )

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ContactForm(forms.Form):
    """4 联系方式: may be left out."""

    leaves = forms.ChoiceField(
        label="要不要留联系方式",
        choices=[("no", "不留。不留也会办理，但无法向您追问细节"), ("yes", "留手机号，只有经办人能看到")],
        widget=forms.RadioSelect,
        initial="no",
        error_messages={"required": "请选择留不留联系方式"},
    )
    name = forms.CharField(label="怎样称呼您（选填）", max_length=20, required=False)
    phone = forms.RegexField(
        label="手机号",
        regex=r"^\+?[0-9][0-9 -]{5,18}$",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"invalid": "请填写手机号或带区号的电话，例如13800000000"},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("leaves") == "yes" and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", "请填写手机号，或改选“不留”")
        return data

    def arguments(self) -> dict[str, Any]:
        data = self.cleaned_data
        keeps = data["leaves"] == "yes"
        return {"name": data["name"] if keeps else "", "phone": data["phone"] if keeps else ""}


class SendForm(forms.Form):
    """5 核对: with the material, which a browser cannot carry from step to step."""

    material = FilesField(label="照片或PDF（选填）", most=3, required=False)


STEPS: tuple[tuple[str, type[Any]], ...] = (
    ("反映谁", WhoForm),
    ("哪类事", TopicForm),
    ("发生了什么", WordsForm),
    ("联系方式", ContactForm),
    ("核对", SendForm),
)


class TrackForm(forms.Form):
    """Number and code."""

    no = forms.CharField(label="受理编号", max_length=20, error_messages={"required": "请填写受理编号"})
    code = forms.CharField(
        label="查询码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写查询码"},
    )


class ReverifyForm(TrackForm):
    """对答复不满意: why."""

    words = forms.CharField(
        label="对答复哪里不满意",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明对答复哪里不满意"},
    )
