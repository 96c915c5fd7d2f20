"""The portal writes form controls itself; every one must read as Django's own templates print it.

Only white space between elements may differ, which no browser shows where options stand.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer

from shuangjian.controls import ControlRenderer

NASTY = """<b>"甲"&'乙'\n\u3000</textarea>"""
ODD_ATTRS = {
    "required": True,
    "disabled": False,
    "maxlength": 200,
    'data-"x': NASTY,
    "aria-label": "书面作业，不超过60分钟/天",
    "lang": None,
}
CHOICES = [
    ("", "请选择"),
    ("a", NASTY),
    (7, "七"),
    ("中学", [("b", "初中"), (NASTY, "高中")]),
]
TEXTS = [None, "", 0, 0.5, False, "城关小学𠮷", NASTY, 1234567]


def tight(html: str) -> str:
    return re.sub(r"(?<=>)\s+|\s+(?=<)", "", html)


def same(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> None:
    ours = widget.render('x"1', value, attrs, renderer=ControlRenderer())
    djangos = widget.render('x"1', value, attrs, renderer=DjangoTemplates())
    if isinstance(widget, forms.widgets.ChoiceWidget):
        ours, djangos = tight(ours), tight(djangos)
    assert ours == djangos


def test_the_portal_uses_its_own_writer() -> None:
    assert isinstance(get_default_renderer(), ControlRenderer)


@pytest.mark.parametrize("value", TEXTS)
@pytest.mark.parametrize(
    "kind",
    [
        forms.TextInput,
        forms.NumberInput,
        forms.EmailInput,
        forms.URLInput,
        forms.TelInput,
        forms.SearchInput,
        forms.PasswordInput,
        forms.HiddenInput,
        forms.FileInput,
        forms.CheckboxInput,
        forms.Textarea,
    ],
)
def test_a_control_reads_as_djangos(kind: type[forms.Widget], value: Any) -> None:
    for attrs in ({}, {"id": "id_x"}, ODD_ATTRS):
        same(kind(), value, attrs)


@pytest.mark.parametrize("kind", [forms.DateInput, forms.DateTimeInput, forms.TimeInput])
def test_a_date_reads_as_djangos(kind: type[forms.Widget]) -> None:
    for value in (None, "2026-11-16", date(2026, 11, 16), NASTY):
        same(kind(), value, {"id": "id_x"})


@pytest.mark.parametrize(
    "kind", [forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple]
)
@pytest.mark.parametrize("value", [None, "", "b", 7, NASTY, ["a", "b"]])
def test_choices_read_as_djangos(kind: Any, value: Any) -> None:
    for attrs in ({}, {"id": "id_x"}, ODD_ATTRS):
        same(kind(choices=CHOICES), value, attrs)


@pytest.mark.parametrize("kind", [forms.RadioSelect, forms.CheckboxSelectMultiple])
@pytest.mark.parametrize("wrap_label", [True, False])
def test_a_single_choice_reads_as_djangos(kind: Any, wrap_label: bool) -> None:
    class Form(forms.Form):
        x = forms.ChoiceField(choices=CHOICES, widget=kind)

    def drawn(renderer: DjangoTemplates) -> list[str]:
        return [
            tight(option.tag(wrap_label)) for option in Form({"x": "b"}, renderer=renderer)["x"].subwidgets
        ]

    assert drawn(ControlRenderer()) == drawn(DjangoTemplates())
