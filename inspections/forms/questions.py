"""Forms of 填报答疑: asking, answering, leading to an answer that is there."""

from __future__ import annotations

from django import forms

from inspections.forms.fields import number_field, words_field
from shuangjian.accounts.move_pages import MoveForm


class AskForm(forms.Form):
    """What is not clear; the item stands in the address."""

    text = words_field("问题", "写清楚哪里拿不准；不写学生、教师的姓名", missing="请写明问题")


class AnswerForm(MoveForm):
    """The answer, which every unit reads."""

    words = words_field("答复", "所有单位都能看到，不写提问单位和个人的名字", most=1000, missing="请写明答复")


class LeadForm(MoveForm):
    """The number of the question that was answered already."""

    no = number_field("已答复的疑问编号", "例如2026-Q0003")


class WithdrawForm(MoveForm):
    """Nothing but the confirmation."""
