"""Forms of planning: many units at once, a visit's papers and notes, an inspector's own statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from inspections.forms.fields import day_field, words_field
from inspections.forms.visits import PermissionForm
from inspections.models import DeclaredRelative, InspectorCard, Visit, VisitDocument
from inspections.workflows.visit_planning import Order
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.files.forms import FilesField
from shuangjian.policy import calendar
from shuangjian.policy.models import CheckItem


class ManyForm(PermissionForm):
    """Which units are visited, as what, between which days, on whose permission. Asked by the address too."""

    unit = forms.ModelMultipleChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        widget=forms.MultipleHiddenInput,
        error_messages={"required": "请先选择单位", "invalid_choice": "所选单位不在名单里，请重新选择"},
    )
    kind = forms.ChoiceField(label="督导类别", choices=Visit.Kind.choices)
    first = day_field("最早到校日期")
    last = day_field("最晚到校日期", "单位分散在这些天的工作日里，学校只排有课的日子")

    field_order = ("unit", "kind", "first", "last", *PermissionForm.base_fields)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        units = Organisation.objects.visible_to(user).units().active().order_by("pinyin_key", "pk")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        tomorrow = calendar.next_working_day(clock.today() + timedelta(days=1))
        self.initial.setdefault("first", tomorrow)
        self.initial.setdefault("last", tomorrow + timedelta(days=13))

    def order(self) -> Order:
        """What was asked, once the form is valid."""
        data = self.cleaned_data
        return Order(
            units=list(data["unit"]),
            kind=data["kind"],
            first=data["first"],
            last=data["last"],
            plan_name=data["plan_name"],
            approval_no=data["approval_no"],
            off_plan_reason=data.get("off_plan_reason", ""),
            over_budget_reason=data.get("over_budget_reason", ""),
        )


class DocumentForm(forms.Form):
    """One paper of a visit: number or scan."""

    kind = forms.ChoiceField(label="材料", choices=VisitDocument.Kind.choices)
    number = forms.CharField(
        label="文号或编号", max_length=60, required=False, help_text="没有文号的，上传扫描件"
    )
    dated_on = day_field("日期", required=False)
    scan = FilesField(label="扫描件", most=1, required=False, help_text="PDF或图片，不超过10MB")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("number") and not data.get("scan") and "scan" not in self.errors:
            self.add_error("number", "请填写文号，或上传扫描件")
        return data


class NoteForm(forms.Form):
    """What to look into, of one item or of the whole unit."""

    item = forms.ModelChoiceField(
        label="检查项",
        queryset=CheckItem.objects.none(),
        required=False,
        empty_label="整个单位",
        error_messages={"invalid_choice": "请从列表中选择检查项"},
    )
    text = words_field("要查的事", most=200, missing="请写明要查什么")

    def __init__(self, *args: Any, items: list[CheckItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["item"]
        rows = CheckItem.objects.filter(pk__in=[item.pk for item in items]).select_related("rule")
        field.queryset = rows.order_by("rule__number", "ordinal")
        field.label_from_instance = lambda item: f"{item.short_code} {item.text[:30]}"


class CardForm(forms.Form):
    """One's own card."""

    kind = forms.ChoiceField(label="证件", choices=InspectorCard.Kind.choices)
    number = forms.CharField(label="证号", max_length=30, error_messages={"required": "请填写证号"})
    valid_until = day_field("有效期至", "长期有效的不填", required=False)


class RelativeForm(forms.Form):
    """Where a relative of one's own works. The relative is not named."""

    organisation = forms.ModelChoiceField(
        label="近亲属任职的单位",
        queryset=Organisation.objects.none(),
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )
    relation = forms.ChoiceField(label="与本人的关系", choices=DeclaredRelative.Relation.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of all units of the county: a relative works where he works, not where one is sent.
        units = Organisation.objects.units().active().order_by("pinyin_key", "pk")
        self.fields["organisation"].queryset = units  # type: ignore[attr-defined]
