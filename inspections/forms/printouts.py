"""Forms of printouts: what is chosen besides the subject, which the address names."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from inspections.forms.fields import day_field, words_field
from shuangjian import clock


class OrderForm(forms.Form):
    """Base: nothing to choose. ``arguments`` are what the order keeps, as plain words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class SheetForm(OrderForm):
    """A4, which every office prints, or A3 with more columns (P31)."""

    paper = forms.ChoiceField(
        label="纸张",
        choices=[("a4", "A4横向"), ("a3", "A3横向，另有来源、发现日期和督办人")],
        initial="a4",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择纸张", "invalid_choice": "请从列表中选择纸张"},
    )


class MatrixForm(OrderForm):
    """条目情况表: a table over sheets of A4, or a hundred units on one sheet of A3."""

    paper = forms.ChoiceField(
        label="纸张",
        choices=[("a4", "A4横向，可以多张"), ("a3", "A3横向，一张100个单位")],
        initial="a4",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择纸张", "invalid_choice": "请从列表中选择纸张"},
    )


MOST_WORDS, MOST_LINES = 120, 4  # the paper has two pages


class PeriodForm(OrderForm):
    """A half month or a term, by a day in it; what the office asks for, one demand a line."""

    span = forms.ChoiceField(
        label="种类",
        choices=[("half_month", "半月通报"), ("term", "学期简报")],
        initial="half_month",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择种类", "invalid_choice": "请从列表中选择种类"},
    )
    on = day_field("日期", "这一天所在的半月（1日至15日、16日至月底）或学期")
    words = words_field("工作要求", f"一行一条，最多{MOST_LINES}条", most=MOST_WORDS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today

    def clean_words(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(f"工作要求最多{MOST_LINES}条，现在是{len(lines)}条，请合并或删去")
        return "\n".join(lines)

    def arguments(self) -> dict[str, str]:
        data = self.cleaned_data
        return {"span": data["span"], "on": data["on"].isoformat(), "words": data["words"]}


class AddressForm(OrderForm):
    """公示: where people may object besides by telephone."""

    address = forms.CharField(
        label="受理地址", max_length=80, required=False, help_text="当面或来信反映的地址，不填不印"
    )


class ResultsForm(AddressForm):
    """公示 of results: from which day, too."""

    field_order = ("published_on", "address")
    published_on = day_field("公示日期", "公示期从次日起算5个工作日")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["published_on"].initial = clock.today

    def clean_published_on(self) -> date:
        day: date = self.cleaned_data["published_on"]
        if day < clock.today():
            raise forms.ValidationError("公示日期不能早于今天，请改选日期")
        return day

    def arguments(self) -> dict[str, str]:
        data = self.cleaned_data
        kept = {"published_on": data["published_on"].isoformat()}
        return kept | ({"address": data["address"]} if data["address"] else {})


FIRST_YEAR = 2021  # the year in which 双减 began


class YearForm(OrderForm):
    """归档: the calendar year."""

    year = forms.IntegerField(label="年度", min_value=FIRST_YEAR)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = clock.today().year

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > clock.today().year:
            raise forms.ValidationError("年度不能晚于今年，请改填")
        return year

    def arguments(self) -> dict[str, str]:
        return {"year": str(self.cleaned_data["year"])}
