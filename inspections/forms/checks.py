"""Forms of a self-check: one per item of a rule, the reviewer's words, the scan. They clean shapes only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from inspections.check_figures import FigureLine
from inspections.check_sheet import CheckSheet, ItemAnswer, ItemLine, RuleSheet
from inspections.earlier_answers import Earlier
from inspections.forms.fields import DateInput
from inspections.models import Answer
from inspections.workflows.check_answers import MOST_FILES
from inspections.workflows.self_check import MOST_WORDS
from shuangjian.field_words import errors_of
from shuangjian.files.forms import FilesField
from shuangjian.policy import judging


def _area(label: str, **attrs: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, **attrs})
    return forms.CharField(label=label, max_length=200, required=False, widget=widget)


class ItemForm(forms.Form):
    """What a unit answers to one item; the figures it asks for are added per line of the sheet."""

    value = forms.ChoiceField(
        label="自查结论", choices=Answer.Value.choices, widget=forms.RadioSelect, required=False
    )
    problem_text = _area("存在的问题")
    measure_text = _area("整改措施")
    person = forms.CharField(label="责任人", max_length=30, required=False)
    fix_on = forms.DateField(
        label="完成时限",
        required=False,
        widget=DateInput(),
        error_messages={"invalid": "请填写正确的日期，例如2026年12月15日写作2026-12-15"},
    )
    reason = _area("不适用的理由")
    proof = FilesField(label="佐证", required=False, most=MOST_FILES)

    def __init__(self, data: Any = None, files: Any = None, *, line: ItemLine) -> None:
        self.line = line
        self.earlier: Earlier | None = None
        given = line.said if line.given.pk else ItemAnswer()
        initial = {**given.stored()}
        for at, figure in enumerate(line.figures):
            initial[f"figure{at}"] = figure.value
        super().__init__(data, files, prefix=line.item.code, initial=initial)
        for at, figure in enumerate(line.figures):
            if not figure.is_registered:
                self.fields[f"figure{at}"] = _figure_field(figure)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for at, figure in enumerate(self.line.figures):
            name = f"figure{at}"
            if data.get(name):
                try:
                    data[name] = judging.parse(figure.indicator.value_kind, data[name])
                except judging.BadFigure as bad:
                    self.add_error(name, f"{figure.label}：{bad}")
        return data

    def answer(self) -> ItemAnswer:
        """The answer as the workflow takes it; call only when valid."""
        data = self.cleaned_data
        figures = {
            figure.key: figure.value if figure.is_registered else data.get(f"figure{at}") or ""
            for at, figure in enumerate(self.line.figures)
        }
        return ItemAnswer(
            value=data["value"],
            problem_text=data["problem_text"],
            reason=data["reason"],
            measure_text=data["measure_text"],
            person=data["person"],
            fix_on=data["fix_on"],
            figures=figures,
        )

    @property
    def question_id(self) -> str:
        """The id of the item's text, by which its radios are named."""
        return f"q-{self.line.item.code}"

    def figure_rows(self) -> list[tuple[Any, list[tuple[FigureLine, forms.BoundField | None]]]]:
        """(table, [(line, its field)]) for each indicator, in order; no field for what a register holds."""
        fields = {
            figure.key: None if figure.is_registered else self[f"figure{at}"]
            for at, figure in enumerate(self.line.figures)
        }
        return [
            (table, [(figure, fields[figure.key]) for figure in table.lines]) for table in self.line.tables
        ]


def _figure_field(figure: FigureLine) -> forms.CharField:
    words = figure.limit.words if figure.limit else ""
    attrs = {
        "class": "inp s num",
        "inputmode": "text" if ":" in (figure.limit.value if figure.limit else "") else "decimal",
        "aria-label": "，".join(dict.fromkeys((figure.indicator.name, figure.label, words))),
    }
    if figure.limit is not None:
        attrs |= {"data-limit": figure.limit.value, "data-op": figure.limit.op}
    return forms.CharField(
        label=figure.label, max_length=10, required=False, widget=forms.TextInput(attrs=attrs)
    )


# Where a gap of an answer is said.
FIELD_OF_GAP = {
    "未作答": "value",
    "缺问题说明": "problem_text",
    "缺理由": "reason",
    "数值超限": "value",
    "时限已过": "fix_on",
    "缺佐证": "proof",
}


@dataclass
class RuleForms:
    """The forms of all asked items of a rule, cleaned together."""

    sheet: RuleSheet
    forms: list[ItemForm]

    @classmethod
    def of(cls, sheet: RuleSheet, data: Any = None, files: Any = None) -> RuleForms:
        return cls(sheet, [ItemForm(data, files, line=line) for line in sheet.asked])

    def offer(self, earlier: Mapping[str, Earlier]) -> None:
        """Let each form know what was answered last time."""
        for form in self.forms:
            form.earlier = earlier.get(form.line.item.code)

    @property
    def has_errors(self) -> bool:
        return any(form.is_bound and form.errors for form in self.forms)

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])

    def answers(self) -> dict[str, ItemAnswer]:
        """By item code; call only when valid."""
        return {form.line.item.code: form.answer() for form in self.forms}

    def uploads(self) -> dict[str, list[Any]]:
        """The chosen files by item code, for items with any."""
        found = {form.line.item.code: form.cleaned_data["proof"] for form in self.forms}
        return {code: chosen for code, chosen in found.items() if chosen}

    def errors(self) -> dict[str, str]:
        """The first sentence for each faulty control, by the name it has on the page."""
        return {
            form[name].html_name: errors_of(form[name])[0]
            for form in self.forms
            for name in form.errors
            if name in form.fields
        }

    def say(self, lines: list[ItemLine]) -> None:
        """Put the gaps that the workflow found to their fields."""
        by_code = {form.line.item.code: form for form in self.forms}
        for line in lines:
            by_code[line.item.code].add_error(FIELD_OF_GAP[line.gap], line.gap_words)

    def refuse_file(self, code: str, words: str) -> None:
        form = self.form_of(code)
        if form is not None:
            form.add_error("proof", words)

    def form_of(self, code: str) -> ItemForm | None:
        return next((form for form in self.forms if form.line.item.code == code), None)

    def rows(self) -> list[tuple[ItemLine, ItemForm | None]]:
        """Every item of the rule with its form, None for one that isn't asked."""
        return [(line, self.form_of(line.item.code)) for line in self.sheet.items]


def words_name(number: int) -> str:
    """The name of the field for the words on one rule."""
    return f"rule{number}"


class ReturnForm(forms.Form):
    """退回修改: words for the rules that open again, one box a rule."""

    def __init__(self, *args: Any, sheet: CheckSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in sheet.rules:
            self.fields[words_name(rule.rule.number)] = forms.CharField(
                label=f"第{rule.rule.number}条 {rule.rule.title}",
                max_length=MOST_WORDS,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def notes(self) -> Mapping[int, str]:
        """Words by the rule's number; call only when valid."""
        return {int(name.removeprefix("rule")): text for name, text in self.cleaned_data.items()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.values()):
            raise forms.ValidationError("请至少写明1条的退回意见，没有写意见的条目不退回")
        return data


class ScanForm(forms.Form):
    """The scan of the printed, signed and sealed form."""

    scan = FilesField(label="盖章扫描件", most=1, help_text="PDF或图片，不超过10MB，含负责人签字和单位公章")
