"""Forms of the register of schools. They clean shapes and what a person can mend at once."""

from __future__ import annotations

from typing import Any

from django import forms

from schools.grades import fault_of_grades
from schools.models import School
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_codes import fault_of_school_code
from shuangjian.accounts.unit_forms import UnitForm, line_field, row_formset
from shuangjian.policy.scope import grade_name


class SchoolForm(UnitForm):
    """A school with the facts that decide what it is asked (P13, P16)."""

    kind = Organisation.Kind.SCHOOL
    find_fault_of_code = staticmethod(fault_of_school_code)

    school_type = forms.ChoiceField(
        label="办学类型", choices=[("", "请选择办学类型"), *School.SchoolType.choices]
    )
    sponsor = forms.ChoiceField(label="举办者", choices=School.Sponsor.choices, widget=forms.RadioSelect)
    system = forms.ChoiceField(label="学制", choices=School.System.choices, widget=forms.RadioSelect)
    grades = forms.TypedMultipleChoiceField(
        label="实际开设年级",
        choices=[(grade, grade_name(grade)) for grade in range(1, 13)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text="只选现在有学生的年级，自查内容按年级确定",
        error_messages={
            "required": "请选择实际开设的年级",
            "invalid_choice": "年级只能是一年级至高三，请从列表中选择",
        },
    )
    is_boarding = forms.BooleanField(label="寄宿制学校", required=False)
    pupil_count = forms.IntegerField(label="在校学生数", min_value=0, max_value=50_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].label = "学校标识码"
            self.fields["code"].help_text = "10位数字；还没有的填县内编号，例如YX-S001"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"grades", "school_type", "system"} <= data.keys():
            fault = fault_of_grades(data["grades"], data["school_type"], data["system"])
            if fault:
                self.add_error("grades", fault)
        return data


class CampusForm(forms.Form):
    """One campus of the school."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = line_field("校区名称", max_length=40, required=True)
    address = line_field("地址", max_length=120, required=True)


CampusFormSet = row_formset(CampusForm)
