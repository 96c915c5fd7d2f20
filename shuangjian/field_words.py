"""What a form field says for itself: the note beside its label and its errors in the house's words.

Refuses to touch a message that a form wrote itself: only Django's own general messages are put into the
pattern "what is wrong and how to mend it, naming the field".
"""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.forms import BoundField

_CHOICES = (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple)
_LONG_TEXT = 60  # from this length on people want to know the limit before they write


def is_choice(bound: BoundField) -> bool:
    """Is the field answered by choosing rather than by writing?"""
    return isinstance(bound.field.widget, _CHOICES)


def limit_of(bound: BoundField) -> int | None:
    """How many characters a written answer may have; None where the field sets no limit."""
    limit = getattr(bound.field, "max_length", None)
    return limit if isinstance(limit, int) else None


def note_of(bound: BoundField) -> str:
    """The small words after the label: 「必填，200字以内」, 「选填」 or nothing."""
    widget, limit = bound.field.widget, limit_of(bound)
    if isinstance(widget, forms.CheckboxInput):
        return ""
    words = [] if bound.field.required else ["选填"]
    if isinstance(widget, forms.Textarea):
        words = words or ["必填"]
        if limit and limit >= _LONG_TEXT:
            words.append(f"{limit}字以内")
    return "，".join(words)


def _in_house_words(bound: BoundField, error: ValidationError) -> str | None:
    """The house's sentence for one of Django's general messages, None where there is none."""
    label, params = bound.label, error.params or {}
    limit, shown = params.get("limit_value"), params.get("show_value")
    match error.code:
        case "required":
            if isinstance(bound.field.widget, forms.CheckboxInput):
                return f"请勾选{label}"
            chooses = is_choice(bound) or isinstance(bound.field, forms.FileField)
            return f"请选择{label}" if chooses else f"请填写{label}"
        case "invalid_choice" | "invalid_pk_value":
            return f"{label}不在可选范围内，请从列表中选择"
        case "max_length" if isinstance(shown, int) and isinstance(limit, int):
            return f"{label}最多{limit}字，现在是{shown}字，请删去{shown - limit}字"
        case "min_length" if isinstance(shown, int) and isinstance(limit, int):
            return f"{label}至少{limit}字，现在是{shown}字"
        case "max_value":
            return f"{label}不能大于{limit}"
        case "min_value":
            return f"{label}不能小于{limit}"
        case "invalid" if isinstance(bound.field, forms.DateField):
            return f"{label}要写成日期，例如2026年10月15日写作2026-10-15"
        case "invalid" if isinstance(bound.field, forms.TimeField):
            return f"{label}要写成24小时制的时间，例如14:05"
        case "invalid" if isinstance(bound.field, (forms.IntegerField, forms.FloatField, forms.DecimalField)):
            return f"{label}要写成数字"
        case "null_characters_not_allowed":
            return f"{label}中有不能保存的字符，请删去后重新输入"
        case _:
            return None


def _is_djangos_own(bound: BoundField, error: ValidationError) -> bool:
    """Was the message written by Django? A form's own words are more to the point and stay."""
    general = {
        str(message)
        for kind in type(bound.field).__mro__
        if kind.__module__.startswith("django.")
        for message in getattr(kind, "default_error_messages", {}).values()
    }
    validators = (MaxLengthValidator, MinLengthValidator, MaxValueValidator, MinValueValidator)
    general |= {str(kind.message) for kind in validators}
    return str(error.message) in general or error.code in {"max_length", "min_length"}


def _single(error: ValidationError) -> Iterator[ValidationError]:
    yield from getattr(error, "error_list", [error])


def errors_of(bound: BoundField) -> list[str]:
    """The field's errors as sentences for people, in order; empty where there are none."""
    errors = bound.form.errors.as_data().get(bound.name, []) if bound.form.is_bound else []
    return [words for error in errors for words in sentences_of(bound, error)]


def sentences_of(bound: BoundField, error: ValidationError) -> list[str]:
    """What one error of the field says, as sentences for people."""
    sentences = []
    for one in _single(error):
        words = _in_house_words(bound, one) if _is_djangos_own(bound, one) else None
        sentences.append(words or str(one.messages[0]))
    return sentences
