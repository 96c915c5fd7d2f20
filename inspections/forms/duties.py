"""Forms of the plan's duties and dates. They clean shapes; the rules live in policy.workflows."""

from __future__ import annotations

from typing import Any

from django import forms

from inspections.forms.fields import day_field
from shuangjian import clock
from shuangjian.accounts.unit_forms import line_field
from shuangjian.files.forms import FilesField
from shuangjian.policy.models import Duty, DutyRecord, Phase
from shuangjian.policy.workflows.duties import MOST_PEOPLE, Filing
from shuangjian.policy.workflows.plan_dates import Dates, is_running


class RecordForm(forms.Form):
    """One record of studying or publicity (P5)."""

    form = forms.ChoiceField(
        label="形式",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择形式", "invalid_choice": "请从列出的形式里选择"},
    )
    held_on = day_field("日期")
    people_count = forms.IntegerField(
        label="人数",
        min_value=1,
        max_value=MOST_PEOPLE,
        help_text="到场或收到的大约人数，不用签到表",
        error_messages={
            "required": "请填写人数",
            "invalid": "人数只写数字",
            "min_value": "人数至少是1",
            "max_value": f"人数不超过{MOST_PEOPLE}，请核对",
        },
    )
    words = forms.CharField(
        label="内容",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一两句话写明学了什么、讲了什么",
        error_messages={"required": "请写明内容", "max_length": "内容最多300字"},
    )
    attached = FilesField(
        label="材料",
        most=1,
        required=False,
        help_text="图片或PDF 1个，不超过10MB。请勿拍到学生正脸、姓名和分数",
    )

    def __init__(self, *args: Any, duty: Duty, record: DutyRecord | None = None, **kwargs: Any) -> None:
        if record is not None:
            names = ("form", "held_on", "people_count", "words")
            kwargs["initial"] = {name: getattr(record, name) for name in names}
        super().__init__(*args, **kwargs)
        offered = list(duty.obligation.record_forms)
        if record is not None and record.form not in offered:
            offered.append(record.form)
        self.fields["form"].choices = [(one, one) for one in offered]  # type: ignore[attr-defined]
        if record is not None and record.stored_file is not None:
            self.fields["removed"] = forms.BooleanField(
                label=f"删去现有材料“{record.stored_file.original_name}”", required=False
            )

    def filing(self) -> Filing:
        """What was cleaned, but for the file."""
        return Filing(
            form=self.cleaned_data["form"],
            held_on=self.cleaned_data["held_on"],
            people_count=self.cleaned_data["people_count"],
            words=self.cleaned_data["words"],
        )


class MarkForm(forms.Form):
    """By which document a duty of the county is done."""

    on = day_field("办结日期")
    words = line_field(
        "文件或办理情况",
        max_length=200,
        required=True,
        help_text="文件名和文号，或公布的网址、报送的记录",
        error_messages={"required": "请写明文件或办理情况"},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"on": clock.today()})


class ReopenForm(forms.Form):
    """Until when and why one unit may file after the step's end."""

    until = day_field("补报期限")
    reason = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="单位会看到",
        error_messages={"required": "请写明开放补报的理由", "max_length": "理由最多200字"},
    )


class PhaseForm(forms.Form):
    """The dates of a step and of its obligations."""

    starts_on = day_field("开始日期")
    ends_on = day_field("结束日期")

    def __init__(self, data: Any = None, *, phase: Phase) -> None:
        self.dated = [one for one in phase.obligations.all() if one.due_on is not None]
        initial: dict[str, Any] = {"starts_on": phase.starts_on, "ends_on": phase.ends_on}
        initial |= {f"due-{one.code}": one.due_on for one in self.dated}
        super().__init__(data, initial=initial)
        for one in self.dated:
            self.fields[f"due-{one.code}"] = day_field(f"{one.who_words}：{one.what}", missing="请填写期限")
        if is_running(phase):
            self.fields["moves_open"] = forms.BooleanField(
                label="还没有完成的单位一并改到新期限，并通知它们", required=False, initial=True
            )
            self.fields["reason"] = forms.CharField(
                label="理由",
                max_length=200,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text="步骤已经开始，改日期要写明理由，记入日志",
                error_messages={"required": "步骤已经开始，改日期要写明理由", "max_length": "理由最多200字"},
            )

    @property
    def due_fields(self) -> list[forms.BoundField]:
        """Of the obligations, in their order."""
        return [self[f"due-{one.code}"] for one in self.dated]

    def dates(self) -> Dates:
        """The cleaned dates."""
        due = {one.code: self.cleaned_data[f"due-{one.code}"] for one in self.dated}
        return Dates(starts_on=self.cleaned_data["starts_on"], ends_on=self.cleaned_data["ends_on"], due=due)
