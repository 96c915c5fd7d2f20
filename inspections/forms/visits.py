"""Forms of visits: planning one, one item of the checklist, the summary and its confirmation."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections import visit_kinds, visit_limits
from inspections.forms.fields import DateInput
from inspections.models import Visit, VisitFinding
from inspections.workflows.visit_findings import DUE_DAY_CHOICES
from inspections.workflows.visit_planning import INSPECTORS
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.field_words import errors_of
from shuangjian.files.forms import FilesField

APART = "apart"


class PermissionForm(forms.Form):
    """On whose permission visits are made (P2): the yearly list and its number, or the leader's reason."""

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
    over_budget_reason = forms.CharField(
        label="超上限理由",
        max_length=200,
        required=False,
        help_text="单位本学期入校已达上限、仍要安排的，由分管领导填写",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.has_role(Role.LEADER):
            del self.fields["off_plan_reason"], self.fields["over_budget_reason"]
            for name, words in (("plan_name", "请填写计划名称"), ("approval_no", "请填写批准文号")):
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = f"{words}；没有的，请分管领导发起"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        on_plan = data.get("plan_name") and data.get("approval_no")
        if "off_plan_reason" in self.fields and not on_plan and not data.get("off_plan_reason"):
            self.add_error("off_plan_reason", "没有计划名称和批准文号的，请写明计划外理由")
        return data


class VisitForm(PermissionForm):
    """Planning a visit: unit, kind, day, people, permission (P2).

    Where another visit to the unit is planned in the same days the form asks whether both are made at once:
    ``cleaned_data["join"]`` is then that visit, else None.
    """

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

    field_order = ("organisation", "kind", "planned_on", "inspectors", *PermissionForm.base_fields)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user).units().active()  # type: ignore[attr-defined]
        self.user = user
        people = holders(*INSPECTORS)
        if not user.sees_county:
            people = people.filter(pk=user.pk)
            self.initial.setdefault("inspectors", [user.pk])
            kinds = [kind for kind in Visit.Kind if visit_kinds.kind_of(kind).least == 1]
            self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["inspectors"].queryset = people.order_by("username")  # type: ignore[attr-defined]
        self.initial.setdefault("planned_on", clock.today())

    def clean_planned_on(self) -> Any:
        planned_on = self.cleaned_data["planned_on"]
        if planned_on < clock.today():
            raise forms.ValidationError("计划日期不能早于今天")
        return planned_on

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind, inspectors = data.get("kind"), data.get("inspectors")
        if kind and inspectors is not None and (words := visit_kinds.too_few(kind, len(inspectors))):
            self.add_error("inspectors", words)
        data["join"] = self._joined(data)
        return data

    def _joined(self, data: dict[str, Any]) -> Visit | None:
        """The visit to join; asks where there is one and nothing was said."""
        unit, day = data.get("organisation"), data.get("planned_on")
        if unit is None or day is None:
            return None
        near = visit_limits.joinable([unit], day, day).get(unit.pk, [])
        near = [visit for visit in near if visit.kind != data.get("kind")]
        if not near:
            return None
        offered = [
            (one.no, f"合并到{one.no}（{one.get_kind_display()}，{one.planned_on:%Y-%m-%d}）") for one in near
        ]
        field = forms.ChoiceField(
            label="同一单位近日已有安排",
            choices=[*offered, (APART, "另行安排，分开入校")],
            widget=forms.RadioSelect,
            help_text="能合并的合并入校，减少单位负担",
        )
        self.fields["join"] = field
        answer = self.data.get("join", "")
        if answer == APART:
            return None
        chosen = next((one for one in near if one.no == answer), None)
        if chosen is None:
            self.add_error("join", "该单位近日已有安排，请选择合并入校或另行安排")
        return chosen


class FindingForm(forms.Form):
    """One item of the checklist. The page draws its controls itself (``_visit_item.html``)."""

    value = forms.ChoiceField(
        label="检查结果",
        choices=VisitFinding.Value.choices,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "请选择符合、有问题或不适用"},
    )
    text = forms.CharField(label="问题说明", max_length=300, required=False, widget=forms.Textarea)
    breaks_prohibition = forms.BooleanField(label="触碰严禁或不得", required=False)
    at_once = forms.BooleanField(label="须当场停止", required=False)
    due_days = forms.TypedChoiceField(
        label="整改期限",
        choices=[(days, f"{days}天") for days in DUE_DAY_CHOICES],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "请选择整改期限：7天、15天或30天"},
    )
    methods = forms.MultipleChoiceField(
        label="检查方式",
        choices=VisitFinding.Method.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "请从列表中选择检查方式"},
    )

    def sentences(self) -> dict[str, str]:
        """Field name → what is wrong and how to mend it."""
        return {bound.name: "；".join(errors_of(bound)) for bound in self if bound.errors}


class PhotosForm(forms.Form):
    """Pictures of one item; never compulsory where it is met (P1)."""

    photos = FilesField(label="照片", most=9, help_text="请勿拍到学生正脸、姓名和分数")


class EndForm(forms.Form):
    """The inspector's opinion at the end of the visit."""

    summary = forms.CharField(
        label="现场意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="向单位负责人当面宣读",
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
        help_text="单位对记录的说明或申辩",
    )
    refused_reason = forms.CharField(
        label="拒绝确认的理由", max_length=200, required=False, help_text="单位拒绝确认时填写"
    )
    witness = forms.CharField(label="见证人", max_length=30, required=False, help_text="单位拒绝确认时填写")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        person, reason, witness = (
            data.get(name, "") for name in ("unit_person", "refused_reason", "witness")
        )
        if person and (reason or witness):
            self.add_error("unit_person", "单位确认和拒绝确认只能填一种，请删去另一种")
        elif reason and not witness:
            self.add_error("witness", "请填写见证人")
        elif witness and not reason:
            self.add_error("refused_reason", "请写明拒绝确认的理由")
        elif not person and not reason:
            self.add_error("unit_person", "请填写单位确认人；单位拒绝确认的，写明理由和见证人")
        return data


class CancelForm(forms.Form):
    """Why a planned visit does not take place."""

    words = forms.CharField(
        label="取消的理由", max_length=200, error_messages={"required": "请写明取消的理由"}
    )


class ScanForm(forms.Form):
    """The scan of the hand-signed record."""

    files = FilesField(  # type: ignore[assignment]
        label="手签扫描件", most=1, help_text="PDF或图片，不超过10MB"
    )
