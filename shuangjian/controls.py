"""The controls of forms, written without a template each.

Django renders an ``<input>`` by three nested templates; on a page with thirty controls that costs more than
all the rest of it. The markup is the same but for white space between elements
(tests/site/test_controls.py).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_WIDGETS = "django/forms/widgets/"


def _attributes(attrs: Mapping[str, Any]) -> str:
    """An attribute that is False is left out, one that is True stands alone."""
    return "".join(
        f" {_escape(name)}" if value is True else f' {_escape(name)}="{_escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _escape(value: Any) -> str:
    if type(value) is str:  # the usual case, without asking what else it might be
        return html.escape(value)
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_escape(widget["value"])}"'
    name = _escape(widget["name"])
    return f'<input type="{widget["type"]}" name="{name}"{value}{_attributes(widget["attrs"])}>'


def _input_option(widget: Mapping[str, Any]) -> str:
    if not widget["wrap_label"]:
        return _input(widget)
    target = widget["attrs"].get("id")
    points_to = f' for="{_escape(target)}"' if target else ""
    return f"<label{points_to}>{_input(widget)} {_escape(widget['label'])}</label>"


def _textarea(widget: Mapping[str, Any]) -> str:
    text = _escape(widget["value"]) if widget["value"] else ""
    name = _escape(widget["name"])
    return f'<textarea name="{name}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget: Mapping[str, Any]) -> str:
    parts = [f'<select name="{_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _ in widget["optgroups"]:
        drawn = [_option(option) for option in options]
        if group:
            drawn = [f'<optgroup label="{_escape(group)}">', *drawn, "</optgroup>"]
        parts += drawn
    return "".join([*parts, "</select>"])


def _option(option: Mapping[str, Any]) -> str:
    value, attributes = _escape(option["value"]), _attributes(option["attrs"])
    return f'<option value="{value}"{attributes}>{_escape(option["label"])}</option>'


_WRITERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    _WIDGETS + "textarea.html": _textarea,
    _WIDGETS + "select.html": _select,
    _WIDGETS + "radio_option.html": _input_option,
    _WIDGETS + "checkbox_option.html": _input_option,
    **{
        f"{_WIDGETS}{kind}.html": _input
        for kind in ("checkbox", "date", "datetime", "email", "file", "hidden", "input", "number")
    },
    **{f"{_WIDGETS}{kind}.html": _input for kind in ("password", "search", "tel", "text", "time", "url")},
}


class ControlRenderer(DjangoTemplates):
    """Writes the controls named above itself and leaves everything else to Django's templates."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> SafeString | str:
        writer = _WRITERS.get(template_name)
        if writer is None:
            return super().render(template_name, context, request)
        return mark_safe(writer(context["widget"]))  # noqa: S308 - each part was escaped above
