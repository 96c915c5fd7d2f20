"""Forms of the moves where a case leaves its straight way. They clean shapes; rules live in workflows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from inspections.forms.fields import WRONG_DATE, DateInput, day_field, number_field, words_field
from inspections.forms.problems import TaskForm
from inspections.workflows.parking import MOST_DAYS
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import Role
from shuangjian.files.forms import FilesField


class ConfirmForm(TaskForm):
    """A move with nothing to fill in."""


class ObjectForm(TaskForm):
    """提出异议."""

    words = words_field("异议和理由", "写明哪一点与事实不符、依据是什么，不写学生姓名", most=500)
    files = FilesField(label="材料", required=False, most=1)  # type: ignore[assignment]


class AnswerForm(TaskForm):
    """The answer to an objection: the reasons must be given."""

    words = words_field("答复的理由", "单位会看到")


class WithdrawProblemForm(TaskForm):
    """撤销问题."""

    words = words_field("撤销的理由", "撤销的问题不计入发现，也不计入销号")


class ParkForm(TaskForm):
    """挂账, or to go on with it."""

    words = words_field("挂账的理由", "写明单位为什么解决不了、卡在哪里")
    review_on = day_field("复核日期", "每季度复核一次")

    def clean_review_on(self) -> Any:
        day, today = self.cleaned_data["review_on"], clock.today()
        if not today < day <= today + timedelta(days=MOST_DAYS):
            raise forms.ValidationError(f"复核日期要晚于今天，最长{MOST_DAYS}天（每季度复核一次）")
        return day


class GoOnForm(TaskForm):
    """恢复整改, 收回移交: the work goes on at the unit, by a new date."""

    due_on = day_field("新的整改期限")
    words = forms.CharField(
        label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_due_on(self) -> Any:
        if self.cleaned_data["due_on"] <= clock.today():
            raise forms.ValidationError("新的整改期限要晚于今天")
        return self.cleaned_data["due_on"]


class TransferForm(TaskForm):
    """移交其他部门."""

    department = forms.ModelChoiceField(
        label="移交给",
        queryset=Organisation.objects.none(),
        empty_label="请选择部门",
        error_messages={"required": "请选择部门", "invalid_choice": "请从列表中选择部门"},
    )
    letter_no = number_field("移交函文号", "办公室编的发文字号，例如云教函〔2026〕12号")
    words = words_field("移交理由", "写明由该部门办理的依据")
    report_by = day_field("请于何日前反馈", missing="请填写反馈日期")

    def prepare(self) -> None:
        departments = Organisation.objects.active().filter(kind=Organisation.Kind.OFFICE)
        self.fields["department"].queryset = departments.order_by("pinyin_key", "pk")  # type: ignore[attr-defined]

    def clean_report_by(self) -> Any:
        if self.cleaned_data["report_by"] <= clock.today():
            raise forms.ValidationError("反馈日期要晚于今天")
        return self.cleaned_data["report_by"]


class _PaperOfDepartment(TaskForm):
    """Number and scan of the department's paper: demanded of the office that types it in, not of itself."""

    def _demand(self, number: str) -> None:
        transfer = self.row.transfer
        own = transfer is not None and transfer.department_id in self.user.unit_ids([Role.PARTNER])
        for name in (number, "files"):
            self.fields[name].required = not own
            if own:
                self.fields[name].help_text = ""  # its label says 选填


class ReceiptForm(_PaperOfDepartment):
    """接收移交, with the 回执."""

    receipt_no = number_field("回执文号")
    files = FilesField(label="回执扫描件", most=1)  # type: ignore[assignment]

    def prepare(self) -> None:
        self._demand("receipt_no")


class ContestForm(ReceiptForm):
    """不予接收, with the reason."""

    words = words_field("不予接收的理由", "写明依据和应由哪个部门办理")
    field_order = ("words", "receipt_no", "files")


class InsistForm(TaskForm):
    """维持移交."""

    words = words_field("维持移交的理由")


class ReportTransferForm(_PaperOfDepartment):
    """反馈办理结果."""

    result = words_field("办理结果", "写明做了什么、依据和日期", most=500)
    result_no = number_field("结果文号")
    files = FilesField(label="结果文件", most=1)  # type: ignore[assignment]

    def prepare(self) -> None:
        self._demand("result_no")


class AskSuperiorForm(TaskForm):
    """报请上级同意销号."""

    document_no = number_field("上报文号")


class SuperiorAgreedForm(TaskForm):
    """登记上级同意."""

    document_no = number_field("上级批复文号")
    words = forms.CharField(
        label="批复意见", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class SuperiorRefusedForm(TaskForm):
    """登记上级不同意."""

    document_no = number_field("上级批复文号")
    missing = words_field("还缺什么")
    missing_by = day_field("何时补齐", missing="请写明何时补齐")

    def clean_missing_by(self) -> Any:
        if self.cleaned_data["missing_by"] <= clock.today():
            raise forms.ValidationError("补齐的日期要晚于今天")
        return self.cleaned_data["missing_by"]


class RecheckForm(forms.Form):
    """The result of looking again: 巩固, or 反弹 with a new date."""

    result = forms.ChoiceField(
        label="结果",
        choices=[
            ("kept", "巩固：仍按整改后的做法"),
            ("relapsed", "反弹：整改过，又出现同样的问题"),
            ("not_fixed", "未改即销：销号时就没有改正"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择结果"},
    )
    words = words_field("看到的情况", "写明时间、地点和事实，不写学生姓名")
    due_on = forms.DateField(
        label="重新整改的期限",
        required=False,
        widget=DateInput(),
        help_text="反弹和未改即销的必填；原编号进入下一次整改，由分管领导销号",
        error_messages={"invalid": WRONG_DATE},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("result") in ("relapsed", "not_fixed") and "due_on" not in self.errors:
            if data.get("due_on") is None:
                self.add_error("due_on", "请填写重新整改的期限")
            elif data["due_on"] <= clock.today():
                self.add_error("due_on", "重新整改的期限要晚于今天")
        return data
