"""Forms of the county's terms. They clean shapes; what a term may be lives in workflows.terms."""

from __future__ import annotations

from typing import Any

from django import forms

from shuangjian.policy.workflows.terms import Days

_INVALID = "请填写正确的日期，例如2027年3月1日"


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        error_messages={"required": f"请填写{label}", "invalid": _INVALID},
        widget=forms.DateInput(),
    )


class _InOrder(forms.Form):
    """Pairs of days, each pair in order."""

    pairs: tuple[tuple[str, str], ...]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for first, last in self.pairs:
            if data.get(first) and data.get(last) and data[last] <= data[first]:
                self.add_error(last, "放假日期要晚于开学日期")
        return data

    def days(self, first: str, last: str) -> Days:
        """The cleaned pair."""
        return Days(first_on=self.cleaned_data[first], last_on=self.cleaned_data[last])


class TermForm(_InOrder):
    """First and last day of one term."""

    first_on = _day("开学日期")
    last_on = _day("放假日期")
    pairs = (("first_on", "last_on"),)


class YearForm(_InOrder):
    """The two terms of a school year, as the published calendar has them."""

    autumn_first_on = _day("秋季学期开学日期")
    autumn_last_on = _day("秋季学期放假日期")
    spring_first_on = _day("春季学期开学日期")
    spring_last_on = _day("春季学期放假日期")
    pairs = (("autumn_first_on", "autumn_last_on"), ("spring_first_on", "spring_last_on"))
