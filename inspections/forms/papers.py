"""Forms of papers (公文): what to draft, each kind's own, how it was served. Workflows keep the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from inspections.forms.fields import day_field
from inspections.models import Paper, RectificationTask
from inspections.papers.registry import KINDS
from inspections.workflows.papers import Service
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.unit_forms import line_field, name_and_code

LONGEST_TERM = 180  # calendar days: a mistyped year is caught


class BeginForm(forms.Form):
    """Which kind, to which unit; the next page has what belongs to the kind."""

    kind = forms.ChoiceField(
        label="文种", widget=forms.RadioSelect, error_messages={"required": "请选择文种"}
    )
    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label="请选择单位",
        error_messages={"required": "请选择单位", "invalid_choice": "请从列表中选择单位"},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_units = [kind for kind in KINDS.values() if kind.from_unit]
        self.fields["kind"].choices = [(kind.key.value, kind.key.label) for kind in of_units]  # type: ignore[attr-defined]
        units: Any = self.fields["unit"]
        units.queryset = Organisation.objects.visible_to(user).units().active().order_by("pinyin_key", "pk")
        units.label_from_instance = name_and_code


def _case_label(task: RectificationTask) -> str:
    problem = task.problem
    return f"{problem.no}　第{problem.rule.number}条 {problem.rule.title}：{problem.fact}"


class DraftForm(forms.Form):
    """The problems that a paper speaks of, and how it is served. A kind adds what only a person knows."""

    tasks = forms.ModelMultipleChoiceField(
        label="写入的问题",
        queryset=RectificationTask.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一个问题", "invalid_choice": "请从列表中选择问题"},
    )
    delivery = forms.ChoiceField(
        label="送达方式",
        choices=Paper.Delivery.choices,
        widget=forms.RadioSelect,
        initial=Paper.Delivery.ONLINE,
        help_text="系统签收：单位在平台上签收；书面送达：打印盖章后送达，回证收回后登记",
    )

    def __init__(self, *args: Any, cases: Sequence[RectificationTask], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tasks"]
        field.queryset = RectificationTask.objects.filter(pk__in=[task.pk for task in cases]).select_related(
            "problem__rule"
        )
        field.label_from_instance = _case_label

    def given(self) -> dict[str, Any]:
        """What was typed in beside the records, as plain JSON."""
        return {}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The same back into the form's fields."""
        return {}


class OrderForm(DraftForm):
    """责令整改通知书: the two officers of law enforcement (P6)."""

    officer_1 = line_field("执法人员一", max_length=30, required=True)
    card_1 = line_field("执法证号一", max_length=40, required=True, help_text="行政执法证编号")
    officer_2 = line_field("执法人员二", max_length=30, required=True)
    card_2 = line_field("执法证号二", max_length=40, required=True, help_text="行政执法证编号")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        cards = [data.get("card_1"), data.get("card_2")]
        if cards[0] and cards[0] == cards[1]:
            self.add_error("card_2", "执法人员要两名，两个证号不能相同")
        return data

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"officers": [{"name": data[f"officer_{n}"], "card": data[f"card_{n}"]} for n in (1, 2)]}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place, one in enumerate(given.get("officers", []), 1):
            found |= {f"officer_{place}": one["name"], f"card_{place}": one["card"]}
        return found


class OpinionForm(DraftForm):
    """督导意见书: the day by which the unit reports what it has put right."""

    report_by = day_field("整改报告期限", "单位书面报送整改报告的最后一天")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"].required = False  # a supervision that found nothing ends with an opinion too

    def clean_report_by(self) -> date:
        day: date = self.cleaned_data["report_by"]
        if not clock.today() < day <= clock.today() + timedelta(days=LONGEST_TERM):
            raise forms.ValidationError(f"整改报告期限要晚于今天，最长{LONGEST_TERM}天")
        return day

    def given(self) -> dict[str, Any]:
        return {"report_by": self.cleaned_data["report_by"].isoformat()}

    @classmethod
    def initial_of(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"report_by": date.fromisoformat(given["report_by"])} if "report_by" in given else {}


DRAFT_FORMS: dict[str, type[DraftForm]] = {
    Paper.Kind.NOTICE: DraftForm,
    Paper.Kind.ORDER: OrderForm,
    Paper.Kind.OPINION: OpinionForm,
}


class ServeForm(forms.Form):
    """The 送达回证 that was brought back."""

    means = forms.ChoiceField(
        label="送达方式",
        choices=[choice for choice in Paper.Means.choices if choice[0] != Paper.Means.ONLINE],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择送达方式"},
    )
    served_on = day_field("送达日期", "回证上的收到日期；邮寄的填签收日期")
    servers = line_field("送达人", max_length=60, required=True, help_text="两人，用顿号分开")
    receiver = line_field("收件人", max_length=30, help_text="直接送达必填")
    receiver_post = line_field("收件人职务", max_length=30)
    refusal = line_field("拒收事由", max_length=200, help_text="留置送达必填")
    witness = line_field("见证人", max_length=30, help_text="留置送达必填")

    def service(self) -> Service:
        return Service(**self.cleaned_data)
