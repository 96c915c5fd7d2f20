"""Forms of visits: planning one, one item of the checklist, the summary and its confirmation."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.problems import DateInput
from inspections.models import Visit, VisitFinding
from inspections.workflows.visits import DUE_DAY_CHOICES
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.files.forms import FilesField


class VisitForm(forms.Form):
    """Planning a visit: unit, kind, day, people, permission (P2)."""

    organisation = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )
    kind = forms.ChoiceField(label="督导类别", choices=Visit.Kind.choices)
    planned_on = forms.DateField(
        label="计划日期",
        widget=DateInput(),
        error_messages={"required": "请填写计划日期", "invalid": "请填写正确的日期，例如2026年10月15日"},
    )
    inspectors = forms.ModelMultipleChoiceField(
        label="督导人员",
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择督导人员", "invalid_choice": "请从列表中选择督导人员"},
    )
    plan_name = forms.CharField(
        label="计划名称", max_length=80, required=False, help_text="列入年度督查检查计划的名称"
    )
    approval_no = forms.CharField(
        label="批准文号", max_length=60, required=False, help_text="或写“上级交办”和文号"
    )
    off_plan_reason = forms.CharField(
        label="计划外理由",
        max_length=200,
        required=False,
        help_text="没有计划名称和批准文号时，由分管领导填写",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user).units().active()  # type: ignore[attr-defined]
        people = holders(Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR)
        if not user.sees_county:
            people = people.filter(pk=user.pk)
            self.initial.setdefault("inspectors", [user.pk])
        self.fields["inspectors"].queryset = people.order_by("username")  # type: ignore[attr-defined]
        self.initial.setdefault("planned_on", clock.today())


class FindingForm(forms.Form):
    """One item of the checklist."""

    value = forms.ChoiceField(
        label="检查结果", choices=VisitFinding.Value.choices, widget=forms.RadioSelect, required=False
    )
    text = forms.CharField(
        label="问题说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明看到的事实，300字以内",
    )
    photos = FilesField(label="照片", required=False, most=9, help_text="选填。请勿拍到学生正脸、姓名和分数")
    breaks_prohibition = forms.BooleanField(label="触碰严禁或不得", required=False)
    due_days = forms.TypedChoiceField(
        label="整改期限",
        choices=[(days, f"{days}天") for days in DUE_DAY_CHOICES],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
    )


class EndForm(forms.Form):
    """The inspector's opinion at the end of the visit."""

    summary = forms.CharField(
        label="现场意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="向单位负责人当面宣读，500字以内",
        error_messages={"required": "请写明现场意见"},
    )


class ConfirmForm(forms.Form):
    """Both sides' confirmation of the record, or the unit's refusal with a witness."""

    unit_person = forms.CharField(label="单位确认人", max_length=30, required=False)
    unit_person_post = forms.CharField(label="职务", max_length=30, required=False)
    unit_remark = forms.CharField(
        label="单位意见",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="选填，单位对记录的说明",
    )
    refused_reason = forms.CharField(
        label="拒绝确认的理由", max_length=200, required=False, help_text="单位拒绝确认时填写"
    )
    witness = forms.CharField(label="见证人", max_length=30, required=False, help_text="单位拒绝确认时填写")


class CancelForm(forms.Form):
    """Why a planned visit does not take place."""

    words = forms.CharField(
        label="取消的理由", max_length=200, error_messages={"required": "请写明取消的理由"}
    )


class ScanForm(forms.Form):
    """The scan of the hand-signed record."""

    files = FilesField(label="手签扫描件", most=1, help_text="PDF或图片，不超过10MB")
