"""The form of every register, made from its definition: one form per line, cleaned together.

It blocks what is impossible (a number that is none, an end before its beginning); what is only doubtful the
workflow warns of.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms

from shuangjian import field_words
from shuangjian.accounts.unit_forms import line_field
from shuangjian.policy.scope import UnitFacts
from shuangjian.registers import identity
from shuangjian.registers.definitions import Field, Layout, Register, Type
from shuangjian.registers.records import blank_lines
from shuangjian.registers.values import Line, as_kept

BLANK_ROWS = 3
MOST_ROWS = 200
ENDS_TOO_EARLY = "结束要在开始以后，请按24小时制填写"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．：", "0123456789.:")
_YES_NO = [("yes", "是"), ("no", "否")]


class _Number(forms.DecimalField):
    """A number as people type it, in full-width digits too."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(_FULL_WIDTH) if isinstance(value, str) else value)


class _Whole(forms.IntegerField):
    def to_python(self, value: Any) -> Any:
        return super().to_python(value.translate(_FULL_WIDTH) if isinstance(value, str) else value)


class _Identity(forms.CharField):
    """身份证号: its digest comes out, the number is forgotten. Left empty, what was known stays."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identity.digest_of("person", identity.identity_number(text))
        except identity.BadIdentity as bad:
            raise forms.ValidationError(str(bad), code="bad_identity") from bad


def control(asked: Field) -> forms.Field:
    """The form field of one answer."""
    label = f"{asked.label}（{asked.unit}）" if asked.unit else asked.label
    common: dict[str, Any] = {"label": label, "required": asked.required, "help_text": asked.guidance}
    numbers: dict[str, Any] = {"min_value": asked.least, "max_value": asked.most}
    match asked.type:
        case Type.WHOLE:
            return _Whole(widget=forms.NumberInput(attrs={"inputmode": "numeric"}), **numbers, **common)
        case Type.NUMBER:
            return _Number(
                widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
                max_digits=12,
                decimal_places=2,
                error_messages={
                    "max_decimal_places": f"{asked.label}最多写两位小数",
                    "max_digits": f"{asked.label}太大，请核对",
                    "max_whole_digits": f"{asked.label}太大，请核对",
                },
                **numbers,
                **common,
            )
        case Type.CLOCK:
            return forms.TimeField(widget=forms.TimeInput(), **common)
        case Type.DATE:
            return forms.DateField(widget=forms.DateInput(), **common)
        case Type.CHOICE:
            return forms.ChoiceField(choices=[("", "请选择"), *asked.choices], **common)
        case Type.CHOICES:
            return forms.MultipleChoiceField(
                choices=asked.choices, widget=forms.CheckboxSelectMultiple, **common
            )
        case Type.YES_NO:
            return forms.TypedChoiceField(
                choices=_YES_NO,
                widget=forms.RadioSelect,
                coerce=lambda value: value == "yes",
                empty_value=None,
                **common,
            )
        case Type.IDENTITY:
            return _Identity(max_length=40, **common)
        case _:
            return line_field(
                label, max_length=asked.most or 60, required=asked.required, help_text=asked.guidance
            )


def shown(asked: Field, kept: Any) -> Any:
    """What a control begins with: the kept answer, never an identity."""
    if asked.type is Type.YES_NO and kept is not None:
        return "yes" if kept else "no"
    return None if asked.type is Type.IDENTITY else kept


class LineForm(forms.Form):
    """One line of an entry. A new row that was left blank counts as none."""

    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, prefix: str, line: Line, asked: list[Field], is_row: bool) -> None:
        self.line, self.asked = line, asked
        self.is_new_row = is_row and not line.key
        initial = {one.key: shown(one, line.answers.get(one.key)) for one in asked} | {"key": line.key}
        super().__init__(
            data,
            prefix=prefix,
            initial=initial,
            empty_permitted=self.is_new_row,
            use_required_attribute=False,
        )
        for one in asked:
            self.fields[one.key] = control(one)
            if one.type is Type.IDENTITY and line.answers.get(one.key):
                self.fields[one.key].required = False
                self.fields[one.key].help_text = "已登记，不改的不用再填"
        if is_row and not self.is_new_row:
            self.fields["gone"] = forms.BooleanField(label="删去这一行", required=False)

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        return [self[one.key] for one in self.asked]

    @property
    def counts(self) -> bool:
        """Does the line stand? Not a blank new row, nor one that is struck out. Call when valid."""
        return not self.cleaned_data.get("gone") and not (self.is_new_row and not self.has_changed())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if ends_too_early(data):
            self.add_error("ends", ENDS_TOO_EARLY)
        return data

    def kept(self) -> dict[str, Any]:
        """The line as an entry keeps it; call only when valid."""
        answers = {}
        for one in self.asked:
            value = self.cleaned_data.get(one.key)
            if one.type is Type.IDENTITY and not value:
                value = self.line.answers.get(one.key)
            kept = as_kept(one, value)
            if kept is not None:
                answers[one.key] = kept
        return {"key": self.line.key or secrets.token_hex(4), "answers": answers}


def ends_too_early(data: Mapping[str, Any]) -> bool:
    """Does what a line states (cleaned) end before it begins?"""
    begins, ends = data.get("begins"), data.get("ends")
    return isinstance(begins, time) and isinstance(ends, time) and ends <= begins


@dataclass(frozen=True)
class _Looked:
    """One text of one field, looked at: what it cleans to, how that is kept, what is wrong with it."""

    value: Any = None
    kept: Any = None
    words: str = ""


class LinesAsked:
    """What ``LineForm`` would take of thousands of lines and what it would say of the rest.

    The controls are made once, and each text of a field is looked at once. A register that asks for an
    identity is none for it: such an answer depends on what is known of the line.
    """

    def __init__(self, register: Register) -> None:
        asked = list(register.fields)
        form = LineForm(None, prefix="", line=Line("", ""), asked=asked, is_row=False)
        self._bound = {one.key: form[one.key] for one in asked}
        self._looked: dict[tuple[str, str], _Looked] = {}

    def ask(self, asked: list[Field], data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """(the answers of a line as an entry keeps them, what is wrong by field); ``data``: kept or read."""
        answers, values, faults = {}, {}, {}
        for one in asked:
            looked = self._look(one, data.get(one.key))
            if looked.words:
                faults[one.key] = looked.words
            elif looked.kept is not None:
                answers[one.key], values[one.key] = looked.kept, looked.value
        if ends_too_early(values):
            faults["ends"] = ENDS_TOO_EARLY
        return answers, faults

    def _look(self, asked: Field, text: Any) -> _Looked:
        key = asked.key, repr(text)
        if key not in self._looked:
            self._looked[key] = self._clean(asked, text)
        return self._looked[key]

    def _clean(self, asked: Field, text: Any) -> _Looked:
        bound = self._bound[asked.key]
        given = bound.field.widget.value_from_datadict({asked.key: shown(asked, text)}, {}, asked.key)
        try:
            value = bound.field.clean(given)
        except forms.ValidationError as error:
            return _Looked(words=field_words.sentences_of(bound, error)[0])
        return _Looked(value, as_kept(asked, value))


class ExplanationForm(forms.Form):
    """The unit's words on what speaks against its figures."""

    explanation = forms.CharField(
        label="情况说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="属实的写明原因和打算，随疑点交给督导人员",
    )


class _CountForm(forms.Form):
    """How many lines were sent."""

    count = forms.IntegerField(min_value=0, max_value=MOST_ROWS + BLANK_ROWS, widget=forms.HiddenInput)


@dataclass
class EntryForm:
    """The whole form: a form for each line, the explanation, and how many lines there are."""

    register: Register
    lines: list[LineForm]
    explanation: ExplanationForm
    count: _CountForm

    @classmethod
    def of(
        cls, register: Register, facts: UnitFacts, known: list[Line], explanation: str = "", data: Any = None
    ) -> EntryForm:
        """The form of a register as the unit left it (``known``), or as it was sent (``data``)."""
        is_rows = register.layout is Layout.ROWS
        if is_rows:
            lines = _rows(known, data)
        else:
            by_key = {line.key: line for line in known}
            lines = [by_key.get(line.key, line) for line in blank_lines(register, facts)]
        forms_of_lines = [
            LineForm(
                data,
                prefix=f"l{number}",
                line=line,
                asked=register.fields_for(facts, line.grade),
                is_row=is_rows,
            )
            for number, line in enumerate(lines)
        ]
        return cls(
            register,
            [one for one in forms_of_lines if one.asked],
            ExplanationForm(data, initial={"explanation": explanation}),
            _CountForm(data, initial={"count": len(lines)}),
        )

    @property
    def parts(self) -> list[forms.Form]:
        return [*self.lines, self.explanation]

    @property
    def has_errors(self) -> bool:
        return any(form.is_bound and form.errors for form in self.parts)

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in [*self.parts, self.count]])

    def kept(self) -> list[dict[str, Any]]:
        """The lines as an entry keeps them; call only when valid."""
        return [form.kept() for form in self.lines if form.counts]

    def says(self) -> str:
        return str(self.explanation.cleaned_data["explanation"])


def _rows(known: list[Line], data: Any) -> list[Line]:
    """The known rows and blank ones behind them; of what was sent, as many as it holds."""
    if data is None:
        return [*known, *[Line("", "")] * BLANK_ROWS]
    by_key: Mapping[str, Line] = {line.key: line for line in known}
    sent = _CountForm(data)
    count = sent.cleaned_data["count"] if sent.is_valid() else 0
    keys = [data.get(f"l{number}-key", "") for number in range(count)]
    return [by_key.get(key, Line("", "")) for key in keys]
