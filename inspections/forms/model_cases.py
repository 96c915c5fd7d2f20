"""Forms of 减负典型案例: the nomination, what each move asks, and what the public says on a notice."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import number_field, words_field
from inspections.models import ModelCase, ModelObjection, ModelReading
from inspections.workflows.model_cases import MOST_FILES, NOTICE_DAYS, Nomination
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.unit_forms import line_field, name_and_code
from shuangjian.files.forms import FilesField


class NominationForm(forms.Form):
    """One case as it is nominated. Everything in it may become public but the consent and the evidence."""

    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列出的单位里选择"},
    )
    kind = forms.ChoiceField(
        label="类别",
        choices=ModelCase.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择类别"},
    )
    family_name = line_field(
        "家庭的代称", max_length=12, required=False, help_text="只在推荐家庭时填，例如“张某家庭”；不写姓名"
    )
    consent = FilesField(
        label="家长的书面同意",
        most=1,
        required=False,
        help_text="只在推荐家庭时交：家长本人签字的同意书，图片或PDF；不公开",
    )
    title = line_field("主题", max_length=40, required=True, help_text="一句话说清做了什么")
    practice = words_field(
        "主要做法",
        "一段一条，写别人照着能做的具体做法；不写学生姓名、成绩、名次",
        most=3000,
    )
    effect = words_field("成效", "写前后变化和数字从哪里来；不写升学率和分数", most=1000)
    attached = FilesField(
        label="佐证材料",
        most=MOST_FILES,
        required=False,
        help_text=f"图片或PDF，最多{MOST_FILES}个。请勿拍到学生正脸、姓名和分数",
    )

    def __init__(self, *args: Any, units: Any, case: ModelCase | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("practice", "effect"):
            self.fields[name].widget.attrs["rows"] = 6
        if case is not None:
            del self.fields["unit"], self.fields["kind"]
            kept = list(case.evidence.select_related("stored_file"))
            if kept:
                self.fields["removed"] = forms.TypedMultipleChoiceField(
                    label="删去现有材料",
                    choices=[(one.pk, one.stored_file.original_name) for one in kept],
                    coerce=int,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
            if case.kind != ModelCase.Kind.FAMILY:
                del self.fields["family_name"], self.fields["consent"]
            return
        unit = self.fields["unit"]
        unit.queryset, unit.label_from_instance = units, name_and_code  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == ModelCase.Kind.FAMILY and not data.get("consent"):
            self.add_error("consent", "请上传家长本人签字的书面同意")
        return data

    def nomination(self, consent: Any = None) -> Nomination:
        data = self.cleaned_data
        return Nomination(
            title=data["title"],
            practice=data["practice"],
            effect=data["effect"],
            family_name=data.get("family_name", ""),
            consent=consent,
        )


class ConfirmForm(MoveForm):
    """Nothing but the confirmation."""


class WordsForm(MoveForm):
    """Why, in words that those concerned read."""

    words = words_field("理由", "申报单位会看到")


class WithdrawForm(MoveForm):
    """Why a published case is withdrawn: the public reads it."""

    words = words_field("撤下的原因", "公开的页面只留这一句，不写人名和办理中的事")

    def prepare(self) -> None:
        if self.row.proposed_words:
            self.initial["words"] = "出现新的问题，不再符合典型案例的条件"


def _mark_field(label: str) -> forms.TypedChoiceField:
    marks = [(one, str(one)) for one in range(ModelReading.LEAST, ModelReading.MOST + 1)]
    return forms.TypedChoiceField(
        label=label,
        choices=marks,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": f"请选择“{label}”的等次"},
    )


class ReadingForm(MoveForm):
    """One reader's opinion: 1 (not at all) to 5 (very much) by three criteria, and words."""

    def prepare(self) -> None:
        fields = {key: _mark_field(label) for key, label in ModelReading.CRITERIA}
        self.fields = {**fields, **self.fields}

    words = words_field("意见", "哪里做得好，哪里还说不清；只有双减专班、督导室和分管领导能看到")


class PicturesForm(MoveForm):
    """Which pictures the public sees."""

    chosen = forms.TypedMultipleChoiceField(
        label="公开的图片",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="逐张打开看过：没有能认出的学生、姓名、成绩、车牌和住址",
    )

    def prepare(self) -> None:
        pictures = self.row.evidence.filter(stored_file__content_type__startswith="image/")
        kept = list(pictures.select_related("stored_file"))
        self.fields["chosen"].choices = [(one.pk, one.stored_file.original_name) for one in kept]  # type: ignore[attr-defined]
        self.initial["chosen"] = [one.pk for one in kept if one.is_public]


class AnnounceForm(MoveForm):
    """What the public reads during the notice, and for how long."""

    citation = words_field("案例介绍", "公示和公布的文字，只写做法和成效，不写分数、名次、等级")
    days = forms.IntegerField(
        label="公示期（工作日）",
        min_value=NOTICE_DAYS,
        max_value=30,
        initial=NOTICE_DAYS,
        error_messages={
            "required": "请填写公示期",
            "invalid": "公示期只写数字",
            "min_value": f"公示期不少于{NOTICE_DAYS}个工作日",
            "max_value": "公示期不超过30个工作日",
        },
    )


class PublishForm(MoveForm):
    """By which document it is published."""

    document_no = number_field("公布文号", "公布名单的文件，例如云教〔2026〕45号")


_OBJECTED = "写清哪一点不属实、您怎样知道的；不写学生的姓名和成绩"


class ObjectForm(MoveForm):
    """What came by telephone, letter or visit."""

    way = forms.ChoiceField(
        label="方式",
        choices=[one for one in ModelObjection.Way.choices if one[0] != ModelObjection.Way.WEB],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择方式"},
    )
    words = words_field("反映的情况", _OBJECTED, most=1000)
    contact = line_field(
        "反映人和联系方式", max_length=60, required=False, help_text="只用来答复，案例决定以后删去"
    )


class AnswerForm(MoveForm):
    """What was found, as the person is told."""

    words = words_field("核实情况和答复", "写明查了什么、结果怎样；不写反映人", most=500)


class PublicObjectionForm(forms.Form):
    """What anybody says on the page of a case on public notice."""

    words = words_field("反映的情况", _OBJECTED, most=1000)
    contact = line_field(
        "姓名和电话",
        max_length=60,
        required=False,
        help_text="可以不填；填了我们把核实结果告诉您。只用来答复，案例决定以后删去",
    )
