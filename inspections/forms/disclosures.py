"""Forms of 公开: an entry of the exposure list, a circular, and what each decision asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from inspections.forms.fields import day_field, number_field, words_field
from inspections.models import Disclosure, Sanction
from inspections.workflows.disclosures import Named
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.unit_forms import line_field, name_and_code

PUBLIC_FOR = timedelta(days=365)  # proposed; the county's own term stands in the decision
_FACTS = "公众读到的全文：做了什么、怎样处理；不写人名、电话、举报人和学生"


class NamedForm(forms.Form):
    """What is common to a circular and an entry: the words, the decision, the day on which it comes down."""

    facts = words_field("公开的内容", _FACTS, most=1000)
    document_no = number_field("文书或决定文号")
    decided_by_office = line_field("作出决定的机关", max_length=60, required=True)
    decided_on = day_field("决定日期")
    down_on = day_field("下线日期", "到这一天自动下线，公开的页面不再显示内容")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facts"].widget.attrs["rows"] = 6
        self.fields["down_on"].initial = lambda: clock.today() + PUBLIC_FOR

    def _common(self) -> dict[str, Any]:
        names = ("facts", "document_no", "decided_by_office", "decided_on", "down_on")
        return {name: self.cleaned_data[name] for name in names}


class ExposureForm(NamedForm):
    """An entry of the exposure list: an institution of the register, or a place without licence."""

    field_order = ("organisation", "name", "address", "offence")
    organisation = forms.ModelChoiceField(
        label="名册里的机构",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="不在名册里（无证）",
        error_messages={"invalid_choice": "请从列出的机构里选择"},
    )
    name = line_field(
        "名称", max_length=60, required=False, help_text="不在名册里的才填：招牌上的名称，不写个人姓名"
    )
    address = line_field("地址", max_length=120, required=True)
    offence = forms.ChoiceField(
        label="类别",
        choices=Disclosure.Offence.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择类别"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["organisation"]
        unit.queryset = Organisation.objects.units().filter(kind=Organisation.Kind.INSTITUTION)  # type: ignore[attr-defined]
        unit.label_from_instance = name_and_code  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("organisation") and not data.get("name"):
            self.add_error("name", "请选择名册里的机构，或填写招牌上的名称")
        return data

    def named(self) -> Named:
        unit = self.cleaned_data["organisation"]
        return Named(
            name=unit.name if unit else self.cleaned_data["name"],
            organisation=unit,
            address=self.cleaned_data["address"],
            offence=self.cleaned_data["offence"],
            **self._common(),
        )


class CircularForm(NamedForm):
    """A 通报 that was issued: its own number and office stand filled in."""

    def __init__(self, *args: Any, sanction: Sanction, **kwargs: Any) -> None:
        stands = {
            "facts": sanction.facts,
            "document_no": sanction.document_no,
            "decided_by_office": sanction.issuer,
            "decided_on": sanction.issued_on,
        }
        super().__init__(*args, initial=stands, **kwargs)
        self.sanction = sanction

    def named(self) -> Named:
        unit = self.sanction.organisation
        return Named(name=f"关于{unit.name}的通报", organisation=unit, **self._common())


class StateForm(MoveForm):
    words = words_field("意见", "认为不属实、不应公开的，写明理由", most=500)


class PublishForm(MoveForm):
    """The decision, with the answer to what the unit said."""

    answer = words_field("对单位意见的答复", "单位会看到", most=500, required=False)

    def prepare(self) -> None:
        if not self.row.statement:
            del self.fields["answer"]


class ReasonForm(MoveForm):
    words = words_field("理由", "下线的，公众会看到这一句", most=200)


class RepairForm(MoveForm):
    document_no = number_field("信用修复决定文号")
