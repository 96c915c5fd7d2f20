"""Forms of judging a doubt."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import words_field
from inspections.forms.problems import ProblemForm
from inspections.models import Problem
from inspections.workflows import doubts as workflow
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.policy.models import CheckItem
from shuangjian.registers.models import Doubt


class DoubtProblemForm(ProblemForm):
    """Registering the problem that a doubt stands for: of its unit and check item, with its fact."""

    def __init__(self, *args: Any, doubt: Doubt, **kwargs: Any) -> None:
        initial = {
            "organisation": doubt.organisation_id,
            "item": doubt.item_id,
            "fact": doubt.fact,
            "breaks_prohibition": doubt.prohibition_id is not None,
        }
        super().__init__(*args, initial=initial, **kwargs)
        own = {
            "organisation": Organisation.objects.filter(pk=doubt.organisation_id),
            "item": CheckItem.objects.filter(pk=doubt.item_id).select_related("rule"),
        }
        for name, queryset in own.items():
            field: Any = self.fields[name]
            field.queryset = queryset
            field.disabled = True
            field.widget = forms.HiddenInput()


class JoinForm(MoveForm):
    """并入已有问题: which one."""

    problem = forms.ModelChoiceField(
        label="问题",
        queryset=Problem.objects.none(),
        empty_label="请选择问题",
        error_messages={"required": "请选择问题", "invalid_choice": "请从列表中选择问题"},
    )
    words = words_field("说明", required=False)

    def prepare(self) -> None:
        field: Any = self.fields["problem"]
        field.queryset = workflow.open_problems(self.row)
        field.label_from_instance = lambda one: f"{one.no} 第{one.rule.number}条 {one.fact[:30]}"


class DismissForm(MoveForm):
    words = words_field("理由", "写明核实的情况，例如“已到校核对作业公示，五年级为54分钟，填报有误”")
