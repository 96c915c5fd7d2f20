"""Forms of the county's terms and calendar. They clean shapes; what may be lives in the workflows."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from shuangjian.policy.models import Term, TermPeriod
from shuangjian.policy.workflows.terms import Days, Period, periods_of

_INVALID = "请填写正确的日期，例如2027年3月1日"
MOST_PERIODS = 12


def _day(label: str, *, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
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
    """First and last day of one term; asks about what a break covers once something is covered."""

    _MOVES = (("move", "顺延到放假后第一个上课日，并通知学校"), ("keep", "日期不变"))

    first_on = _day("开学日期")
    last_on = _day("放假日期")
    covered = forms.ChoiceField(
        label="这些截止日期",
        choices=_MOVES,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": "请从列表中选择"},
    )
    pairs = (("first_on", "last_on"),)

    @property
    def moves_covered(self) -> bool | None:
        """What was chosen; None where nothing was."""
        chosen = self.cleaned_data.get("covered")
        return chosen == "move" if chosen else None

    def ask_of_covered(self, words: str) -> None:
        """Now it must be answered."""
        self.fields["covered"].required = True
        self.add_error("covered", words)


class YearForm(_InOrder):
    """The two terms of the next school year, as the published calendar has them."""

    start_year = forms.IntegerField(
        min_value=2000,
        max_value=2200,
        widget=forms.HiddenInput(),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "没有认出是哪一学年，请返回学期页重新打开"
        ),
    )
    autumn_first_on = _day("秋季学期开学日期")
    autumn_last_on = _day("秋季学期放假日期")
    spring_first_on = _day("春季学期开学日期")
    spring_last_on = _day("春季学期放假日期")
    pairs = (("autumn_first_on", "autumn_last_on"), ("spring_first_on", "spring_last_on"))


class PeriodForm(forms.Form):
    """An examination week or a break of a term; a row left blank is none."""

    kind = forms.ChoiceField(
        label="类别",
        choices=[("", "请选择类别"), *TermPeriod.Kind.choices],
        error_messages={"required": "请选择类别", "invalid_choice": "请从列表中选择类别"},
    )
    first_on = _day("开始日期")
    last_on = _day("结束日期")
    reason = forms.CharField(label="说明", max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first_on") and data.get("last_on") and data["last_on"] < data["first_on"]:
            self.add_error("last_on", "结束日期不能早于开始日期")
        return data


class _BasePeriodFormSet(forms.BaseFormSet):
    """The periods of a term with blank rows for new ones, that works without JavaScript."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "去掉这一段"

    def periods(self) -> list[Period]:
        """The filled rows that stay; call only when valid."""
        return [
            Period(**{name: form.cleaned_data[name] for name in ("kind", "first_on", "last_on", "reason")})
            for form in self.forms
            if form.cleaned_data.get("kind") and not form.cleaned_data.get("DELETE")
        ]


PeriodFormSet = cast(
    "type[_BasePeriodFormSet]",
    forms.formset_factory(
        PeriodForm,
        formset=_BasePeriodFormSet,
        extra=2,
        can_delete=True,
        max_num=MOST_PERIODS,
        absolute_max=MOST_PERIODS + 10,
        validate_max=True,
    ),
)


def initial_periods(term: Term) -> list[dict[str, Any]]:
    """What the rows begin with."""
    return [vars(period) for period in periods_of(term)]


class LocalDaysForm(forms.Form):
    """The county's own days within one year."""

    WORKS: dict[str, bool | None] = {"rest": False, "work": True, "national": None}
    _KINDS = (("rest", "放假"), ("work", "上班"), ("national", "恢复国家安排"))

    first_on = _day("开始日期")
    last_on = _day("结束日期", help_text="只有一天的，与开始日期相同")
    kind = forms.ChoiceField(
        label="这些天",
        choices=_KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择放假、上班或恢复国家安排", "invalid_choice": "请从列表中选择"},
    )
    name = forms.CharField(
        label="名称", max_length=20, required=False, help_text="例如台风停工、补台风停工；恢复国家安排的不填"
    )
    reason = forms.CharField(
        label="依据",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明文件或决定，例如县防指关于台风停工停课的通知",
        error_messages={"required": "请写明依据"},
    )

    def __init__(self, data: Any = None, *, year: int) -> None:
        super().__init__(data)
        self.year = year

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("first_on", "last_on"):
            if data.get(name) and data[name].year != self.year:
                self.add_error(name, f"请填写{self.year}年以内的日期，别的年份到那一年的页面登记")
        if data.get("kind") in ("rest", "work") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", "请填写名称，例如台风停工")
        return data


class WholeYearForm(forms.Form):
    """A whole year's arrangement from the notice."""

    document = forms.CharField(
        label="文号",
        max_length=60,
        help_text="国务院办公厅通知的发文字号，例如国办发明电〔2025〕7号",
        error_messages={"required": "请填写通知的文号"},
    )
    text = forms.CharField(
        label="通知原文",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="把“一、元旦”到“七、国庆节”各行原样粘贴",
        error_messages={"required": "请粘贴通知原文"},
    )
    reason = forms.CharField(
        label="录入原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明录入原因"},
    )
