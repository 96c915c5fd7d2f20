"""Forms of the register of institutions. They clean shapes and what a person can mend at once."""

from __future__ import annotations

from typing import Any

from django import forms

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.unit_codes import fault_of_institution_code
from shuangjian.accounts.unit_forms import UnitForm, line_field, row_formset
from tutoring.models import Institution


class InstitutionForm(UnitForm):
    """An institution with the facts that decide what it is asked (P14, P16)."""

    kind = Organisation.Kind.INSTITUTION
    find_fault_of_code = staticmethod(fault_of_institution_code)

    category = forms.ChoiceField(
        label="培训类别",
        choices=Institution.Category.choices,
        widget=forms.RadioSelect,
        help_text="自查内容按类别和形式确定",
    )
    modes = forms.MultipleChoiceField(
        label="培训形式",
        choices=Institution.Mode.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择培训形式，线上线下都有的两项都选"},
    )
    subjects = line_field("培训内容", max_length=80, help_text="例如语文、数学，或舞蹈、围棋")
    authority = forms.ChoiceField(label="主管部门", choices=Institution.Authority.choices)
    licensing_office = line_field("审批机关", max_length=60)
    licence_no = line_field("办学许可证号", max_length=40)
    licence_until = forms.DateField(label="许可证有效期至", required=False, widget=forms.DateInput())
    is_nonprofit = forms.BooleanField(label="非营利性机构", required=False)
    sponsor_name = line_field("举办者", max_length=60)
    legal_person = line_field("法定代表人", max_length=30)
    principal_name = line_field("校长（行政负责人）", max_length=30)
    operating_status = forms.ChoiceField(
        label="办学状态",
        choices=Institution.Status.choices,
        help_text="注销在机构页面办理，同时处理未办结的事项",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].label = "统一社会信用代码"
            self.fields["code"].help_text = "18位；还没有的填县内编号，例如YX-J001"
            self.fields["filer"].help_text = "由其他机构（例如总部）统一填报的才选"
        if "operating_status" in self.fields and (self.unit is None or self.unit.is_active):
            status = self.fields["operating_status"]
            ended = Institution.Status.CANCELLED
            status.choices = [choice for choice in Institution.Status.choices if choice[0] != ended]  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """One teaching place (教学地点) with its papers."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = line_field("教学地点名称", max_length=40, required=True)
    address = line_field("地址", max_length=120, required=True)
    area_m2 = forms.DecimalField(
        label="建筑面积（平方米）", required=False, min_value=1, max_digits=8, decimal_places=1,
        error_messages={"max_decimal_places": "建筑面积最多写1位小数", "max_digits": "建筑面积太大，请核对"},
    )  # fmt: skip
    lease_until = forms.DateField(label="租赁到期", required=False, widget=forms.DateInput())
    fire_paper = line_field("消防手续", max_length=60, help_text="文书名称和编号")


PLACE_FIELDS = ("name", "address", "area_m2", "lease_until", "fire_paper")
PlaceFormSet = row_formset(PlaceForm)
