"""Forms about a unit's heads and its end. They clean shapes; what may be done is in the workflows."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.workflows.closing import fault_of_successor
from shuangjian import clock
from shuangjian.accounts.models import Headship, Organisation
from shuangjian.accounts.unit_forms import line_field, name_and_code


class HeadForm(forms.Form):
    """Who heads the unit from which day on (P15)."""

    name = line_field("姓名", max_length=30, required=True)
    post = line_field(
        "职务", max_length=30, required=True, help_text="正职空缺的，填主持工作的副职，例如副校长（主持工作）"
    )
    from_on = forms.DateField(
        label="任职日期", widget=forms.DateInput(), help_text="前一任到这一天的前一日为止，自动登记"
    )
    document_no = line_field("任免文号", max_length=60)


class HeadCorrectionForm(HeadForm):
    """Mending one term of office, or entering its end."""

    to_on = forms.DateField(
        label="离任日期", required=False, widget=forms.DateInput(), help_text="在任的不填；最后任职的一天"
    )
    field_order = ("name", "post", "from_on", "to_on", "document_no")

    def __init__(self, *args: Any, term: Headship, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(term, name) for name in self.field_order})
        super().__init__(*args, **kwargs)
        self.fields["from_on"].help_text = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("to_on") and data.get("from_on") and data["to_on"] < data["from_on"]:
            self.add_error("to_on", "离任日期要在任职日期之后")
        return data


class EndForm(forms.Form):
    """The day and the document of a unit's end."""

    on = forms.DateField(label="日期", widget=forms.DateInput())
    document_no = line_field(
        "文号", max_length=60, required=True, help_text="批准停办、注销或合并的文件，例如云教〔2026〕15号"
    )

    def __init__(self, *args: Any, unit: Organisation, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)

    def _offer(self, name: str) -> None:
        others = Organisation.objects.filter(kind=self.unit.kind).active().exclude(pk=self.unit.pk)
        self.fields[name].queryset = others  # type: ignore[attr-defined]
        self.fields[name].label_from_instance = name_and_code  # type: ignore[attr-defined]

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on > clock.today():
            raise forms.ValidationError("日期不能晚于今天")
        if self.unit.opened_on and on < self.unit.opened_on:
            raise forms.ValidationError("日期不能早于设立日期")
        return on


class CloseForm(EndForm):
    """停办 or 注销."""

    taken_over_by = forms.ModelChoiceField(
        label="未办结事项由谁接办",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="由原单位人员办完",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("taken_over_by")


class MergeForm(EndForm):
    """合并: into which unit."""

    into = forms.ModelChoiceField(
        label="合并到",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择合并后的单位",
    )
    field_order = ("into", "on", "document_no")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("into")

    def clean_into(self) -> Organisation:
        into = self.cleaned_data["into"]
        fault = fault_of_successor(into, self.unit)
        if fault:
            raise forms.ValidationError(fault)
        return into
