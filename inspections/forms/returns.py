"""Forms of 上报: a statistic, a table's workbook, what a cell is bound to, and a return's moves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from inspections.forms.fields import day_field, words_field
from inspections.forms.imports import WorkbookForm
from inspections.models import BoundCell, ReturnLine, ReturnTemplate, Statistic
from inspections.returns.queries import QUERIES
from inspections.returns.sheets import GridCell
from inspections.workflows import returns as workflow
from shuangjian import clock
from shuangjian.accounts.move_pages import MoveForm
from shuangjian.accounts.unit_forms import line_field
from shuangjian.files import services as files
from shuangjian.files.forms import FilesField

_CODE = RegexValidator(r"^[A-Z][A-Z0-9]{1,11}$", "指标代码用大写字母开头，只有字母和数字，例如JG08")
MOST_DAYS = 60  # after a period within which an office wants its table


class StatisticForm(forms.Form):
    """A figure: what it means, and how the portal counts it or where the hand finds it."""

    code = forms.CharField(label="指标代码", max_length=12, validators=[_CODE], help_text="例如JG08")
    name = line_field("指标名称", max_length=60, required=True)
    measure = line_field("计量单位", max_length=12, required=True, help_text="例如所、家、%")
    definition = words_field("口径", "写明算什么、不算什么、截至何时", most=300)
    query = forms.ChoiceField(label="取数方式", required=False)
    source = line_field("数据来源", max_length=120, help_text="手工填报的写明从哪里来")
    since_on = day_field("启用日期")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        query: Any = self.fields["query"]
        query.choices = [("", "手工填报"), *((one.key, f"自动：{one.words}") for one in QUERIES.values())]
        self.fields["since_on"].initial = clock.today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("query") and not data.get("source") and "source" not in self.errors:
            self.add_error("source", "手工填报的指标请写明数据来源")
        return data


class EndForm(forms.Form):
    """Why a statistic is no longer asked for."""

    reason = words_field("停用的原因", most=200)


class TemplateForm(WorkbookForm):
    """The upper office's workbook and what it says of itself."""

    code = line_field(
        "表号", max_length=20, required=True, help_text="表上印的编号；同一张表换了样式，表号不变"
    )
    name = line_field("表名", max_length=60, required=True)
    demanded_by = line_field("布置单位", max_length=60, required=True)
    document_no = line_field("依据文号", max_length=60, help_text="没有文件的不填")
    span = forms.ChoiceField(
        label="报告期",
        choices=ReturnTemplate.Span.choices,
        widget=forms.RadioSelect,
        initial=ReturnTemplate.Span.MONTH,
        error_messages={"required": "请选择报告期", "invalid_choice": "请从列表中选择报告期"},
    )
    due_after = forms.IntegerField(
        label="期后几日内上报",
        min_value=1,
        max_value=MOST_DAYS,
        help_text="从报告期最后一天的次日起算；遇休息日提前到前一个工作日",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workbook = self.fields["workbook"]
        workbook.label = "上级下发的表"
        workbook.help_text = "xlsx格式的空表；样式、合并单元格、公式原样保留，平台只往选定的格里填"
        workbook.error_messages["required"] = "请选择上级下发的表"


class CellForm(forms.Form):
    """What one cell is filled with."""

    what = forms.ChoiceField(label="这一格填什么", required=False)

    def __init__(self, *args: Any, place: GridCell, bound: BoundCell | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(f"word:{key}", label) for key, label in BoundCell.Word.choices]
        offered: list[Any] = [("", "不填，保持原样"), ("文字", words)]
        if place.takes_figure:
            figures = Statistic.objects.filter(ended_on__isnull=True)
            offered.append(("指标", [(f"figure:{one.code}", f"{one}（{one.measure}）") for one in figures]))
        what: Any = self.fields["what"]
        what.choices = offered
        if bound is not None:
            self.initial["what"] = (
                f"figure:{bound.statistic.code}" if bound.statistic else f"word:{bound.word}"
            )

    def arguments(self) -> dict[str, Any]:
        kind, _, key = self.cleaned_data["what"].partition(":")
        statistic = Statistic.objects.get(code=key) if kind == "figure" else None
        return {"statistic": statistic, "word": key if kind == "word" else ""}


class StartForm(MoveForm):
    """启用: from which period on."""

    starts_on = day_field("从哪一期起", "这一天所在的一期是第一期；已经结束的各期马上建立上报表")

    def prepare(self) -> None:
        self.initial.setdefault("starts_on", clock.today())


class ConfirmForm(MoveForm):
    """A move with nothing to fill in."""


class ReasonForm(MoveForm):
    """Why a table ends, or a correction begins or is given up."""

    reason = words_field("原因", most=200)


class SubmitForm(MoveForm):
    """送审核: that nothing but noughts is no omission is said by a tick."""

    is_zero = forms.BooleanField(label="零报告：本期没有发生，不是漏填", required=False)

    def prepare(self) -> None:
        if not workflow.is_all_zero(self.row):
            del self.fields["is_zero"]


class CheckForm(MoveForm):
    """An optional word."""

    words = words_field("审核意见", required=False, most=300)


class SendBackForm(MoveForm):
    """What is to be changed."""

    words = words_field("退回意见", "写明哪一项、怎么改", most=300)


class ScanForm(MoveForm):
    """The scan of the printed and sealed table (P3)."""

    files = FilesField(  # type: ignore[assignment]
        label="盖章扫描件", most=1, help_text="PDF或图片，不超过10MB；和上报的表一起留档，不替换它"
    )

    def arguments(self) -> dict[str, Any]:
        return {"scan": files.receive(upload=self.cleaned_data["files"][0], uploader=self.user)}


class FillForm(forms.Form):
    """Every figure of a return with its reason and its explanation, line by line."""

    def __init__(self, *args: Any, lines: list[ReturnLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            name = line.statistic.name
            self.fields[f"value{line.pk}"] = forms.DecimalField(
                label="本期",
                required=False,
                max_digits=14,
                decimal_places=2,
                min_value=Decimal(0),
                initial=None if line.value is None else line.value_words,
                error_messages={"invalid": f"{name}请填数字，例如12或93.5"},
            )
            if line.taken is not None:
                self.fields[f"reason{line.pk}"] = line_field(
                    "改动理由", max_length=200, help_text="和自动取数不同的写明理由", initial=line.reason
                )
            if line.before is not None:
                self.fields[f"explanation{line.pk}"] = line_field(
                    "变化说明",
                    max_length=200,
                    help_text="比上期变化超过20%的，送审核以前写明原因",
                    initial=line.explanation,
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            value, changed = data.get(f"value{line.pk}"), f"reason{line.pk}"
            if f"value{line.pk}" in self.errors or line.taken is None or value == line.taken:
                continue
            if not data.get(changed):
                self.add_error(changed, f"{line.statistic.name}和自动取数不同，请写明改动理由")
        return data

    def rows(self) -> list[tuple[ReturnLine, list[forms.BoundField]]]:
        """Each line with its controls."""
        names = ("value", "reason", "explanation")
        return [
            (line, [self[f"{name}{line.pk}"] for name in names if f"{name}{line.pk}" in self.fields])
            for line in self.lines
        ]

    def entries(self) -> dict[int, workflow.Entry]:
        data = self.cleaned_data
        return {
            line.pk: workflow.Entry(
                data[f"value{line.pk}"],
                data.get(f"reason{line.pk}", ""),
                data.get(f"explanation{line.pk}", ""),
            )
            for line in self.lines
        }
