"""Forms of the parents' questionnaire: drafting a window, opening it, a new code, one screen of a sheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from inspections.forms.fields import day_field, words_field
from inspections.models import Survey
from inspections.parents.questions import Question, sheet
from shuangjian.policy.models import Term
from shuangjian.policy.selectors import current_term


class SurveyForm(forms.Form):
    """A window as it is drafted: term, dates, what is asked besides, permission (P2)."""

    term = forms.ModelChoiceField(
        label="学期",
        queryset=Term.objects.order_by("-first_on"),
        empty_label="请选择学期",
        error_messages={"required": "请选择学期", "invalid_choice": "请从列表中选择学期"},
    )
    opens_on = day_field("开始日期")
    closes_on = day_field("截止日期", "最长45天；汇总每周一和结束后第一天更新")
    asks_goals = forms.BooleanField(
        label="加问负担变化和满意度（选答）",
        required=False,
        help_text="作业负担、培训费用和上学期比，对本县工作是否满意，共3题，可以不答",
    )
    plan_name = forms.CharField(
        label="计划名称", max_length=80, required=False, help_text="列入年度督查检查计划的名称"
    )
    approval_no = forms.CharField(
        label="批准文号", max_length=60, required=False, help_text="或写“上级交办”和文号"
    )
    off_plan_reason = words_field(
        "计划外发起理由",
        "没有计划名称和批准文号的，由分管领导开放，并写明理由",
        most=200,
        required=False,
    )

    def __init__(self, data: Any = None, *, survey: Survey | None = None) -> None:
        initial: dict[str, Any] = {"term": current_term()}
        if survey is not None:
            initial = {name: getattr(survey, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        if survey is not None:
            del self.fields["term"]  # a window is of one term for ever


class OpenForm(forms.Form):
    """The leader's reason for a window off the yearly list."""

    off_plan_reason = words_field("计划外发起理由", most=200, missing="请写明计划外发起的理由")


class ReplaceForm(forms.Form):
    """Why a school's code is replaced."""

    reason = words_field("更换原因", "例如海报被撕毁、码被转发到校外", most=100)


class ScreenForm(forms.Form):
    """Some questions of a sheet, each with its answers and 「不想回答」; an optional one may be left out."""

    def __init__(self, data: Any = None, *, questions: Iterable[Question], numbers: Iterable[int]) -> None:
        super().__init__(data)
        for number, question in zip(numbers, questions, strict=True):
            please = f"请选择第{number}题的一个回答，不想说的选“不想回答”"
            self.fields[question.code] = forms.ChoiceField(
                label=f"{number}. {question.text}",
                choices=question.choices,
                widget=forms.RadioSelect,
                required=not question.is_optional,
                help_text=question.hint,
                error_messages={"required": please, "invalid_choice": please},
            )


class StageForm(forms.Form):
    """The first screen: which stage the child is in; it decides what is asked and which limit judges."""

    stage = forms.ChoiceField(
        label="孩子现在上",
        widget=forms.RadioSelect,
        help_text="家里有几个孩子在本校的，请按其中一个填写",
        error_messages={"required": "请选择孩子的学段", "invalid_choice": "请选择孩子的学段"},
    )

    def __init__(self, data: Any = None, *, stages: Iterable[str]) -> None:
        super().__init__(data)
        words = sheet().stages
        self.fields["stage"].choices = [(code, words[code]) for code in stages]  # type: ignore[attr-defined]
