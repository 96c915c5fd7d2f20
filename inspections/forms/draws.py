"""Forms of the double random draw: announcing, drawing, taking back, entering one made elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import WRONG_DATE, day_field, number_field, words_field
from inspections.models import VisitDraw
from inspections.workflows.visit_planning import INSPECTORS
from shuangjian.accounts.list_filters import UNIT_KINDS, of_kind
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.selectors import holders
from shuangjian.files.forms import FilesField

_CHOOSE_PEOPLE = {"required": "请选择督导人员", "invalid_choice": "请从列表中选择督导人员"}


def _people_field(label: str, hint: str) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        label=label,
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=hint,
        error_messages=_CHOOSE_PEOPLE,
    )


def _count_field(label: str, most: int, hint: str = "") -> forms.IntegerField:
    words = f"请填写1至{most}的整数"
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        help_text=hint,
        error_messages={name: words for name in ("required", "invalid", "min_value", "max_value")},
    )


class _DrawForm(forms.Form):
    """What both ways of drawing are asked: name, kind, permission, days."""

    title = forms.CharField(label="名称", max_length=80, error_messages={"required": "请填写名称"})
    kind = forms.ChoiceField(label="督导类别", choices=VisitDraw.Kind.choices)
    plan_name = forms.CharField(
        label="计划名称", max_length=80, error_messages={"required": "请填写计划名称"}
    )
    approval_no = number_field("批准文号")
    from_on = day_field("最早到校日期")
    until_on = day_field("最晚到校日期", "过了这一天，名单、种子和结果向所有单位公开")


class AnnounceForm(_DrawForm):
    """Publishing a draw: from whom, how many, the seed's source, the time. The lists are frozen with it."""

    unit_kinds = forms.MultipleChoiceField(
        label="抽取范围",
        choices=UNIT_KINDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择学校或机构"},
    )
    township = forms.ModelChoiceField(
        label="乡镇", queryset=Organisation.objects.none(), required=False, empty_label="全部乡镇"
    )
    area = forms.ModelChoiceField(
        label="督学责任区", queryset=Organisation.objects.none(), required=False, empty_label="全部责任区"
    )
    unit_count = _count_field("抽取单位数", 200)
    inspectors = _people_field("督导人员名单", "应当回避的单位由平台按任职和本人申报除去")
    team_size = _count_field("每组人数", 9, "双随机抽查不少于2人")
    most_per_inspector = _count_field("每人最多到几家", 100)
    seed_source = forms.CharField(
        label="种子来源",
        max_length=120,
        help_text="公布时还不知道、到时人人查得到的数，例如某一期福利彩票双色球的开奖号码",
        error_messages={"required": "请写明种子来源"},
    )
    draws_at = forms.DateTimeField(
        label="抽取时间",
        widget=forms.DateTimeInput(),
        error_messages={"required": "请填写抽取时间", "invalid": WRONG_DATE},
    )

    field_order = (
        "title", "kind", "unit_kinds", "township", "area", "unit_count", "inspectors", "team_size",
        "most_per_inspector", "seed_source", "draws_at", "from_on", "until_on", "plan_name", "approval_no",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = of_kind(Organisation.Kind.TOWNSHIP)(None)  # type: ignore[attr-defined]
        self.fields["area"].queryset = of_kind(Organisation.Kind.AREA)(None)  # type: ignore[attr-defined]
        self.fields["inspectors"].queryset = holders(*INSPECTORS).order_by("username")  # type: ignore[attr-defined]

    def announced(self) -> dict[str, Any]:
        """The arguments of the announcement, once the form is valid."""
        data = dict(self.cleaned_data)
        units = Organisation.objects.active().filter(kind__in=data.pop("unit_kinds"))
        for name in ("township", "area"):
            if (chosen := data.pop(name)) is not None:
                units = units.filter(**{name: chosen})
        return data | {"units": list(units.order_by("code")), "inspectors": list(data["inspectors"])}


class ElsewhereForm(_DrawForm):
    """A draw that another platform made: its document, the units it drew and the team that goes there."""

    platform = forms.CharField(label="抽取平台", max_length=60, error_messages={"required": "请填写抽取平台"})
    drawn_on = day_field("抽取日期")
    document_no = number_field("文件编号")
    document = FilesField(label="抽取结果文件", most=1, help_text="PDF或图片，不超过10MB")
    units = forms.ModelMultipleChoiceField(
        label="抽中的单位",
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择抽中的单位", "invalid_choice": "请从列表中选择单位"},
    )
    inspectors = _people_field("检查人员", "同一组人员的单位一次登记，不同组的分次登记")

    field_order = (
        "title", "kind", "platform", "drawn_on", "document_no", "document", "units", "inspectors", "from_on",
        "until_on", "plan_name", "approval_no",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organisation.objects.units().active().order_by("pinyin_key", "pk")
        self.fields["units"].queryset = units  # type: ignore[attr-defined]
        self.fields["inspectors"].queryset = holders(*INSPECTORS).order_by("username")  # type: ignore[attr-defined]


class SeedForm(MoveForm):
    """The seed as its source published it, and who watched."""

    seed = forms.CharField(
        label="种子",
        max_length=80,
        help_text="照来源公布的原样填写，数字之间用一个空格",
        error_messages={"required": "请填写公布来源的种子"},
    )
    witness = forms.CharField(
        label="监督人",
        max_length=30,
        help_text="在场监督抽取的人，不能是抽取人自己",
        error_messages={"required": "请填写监督人"},
    )


class CancelForm(MoveForm):
    """Why an announced draw does not take place."""

    words = words_field("取消的理由", most=200, missing="请写明取消的理由")
