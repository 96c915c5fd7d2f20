"""Reads the forms off a page as a browser would: where each is sent, and with which fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

GUARD = ("csrfmiddlewaretoken", "_key", "_version")
TEXT = ("text", "textarea", "search", "password", "tel")


@dataclass
class Field:
    """One name of a form: its kind, what it holds, what it offers."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT

    def filled(self) -> str | list[str] | None:
        """What a person would send who fills in the form without much thought."""
        if self.kind == "file":
            return None
        if self.kind in ("select", "radio", "button"):
            return next((value for value in [*self.values, *self.options] if value), "")
        if self.kind == "checkbox":
            return self.values or self.options[:1]
        if self.values and self.values[0]:
            return self.values[0]
        return {"date": "2026-12-18", "number": "3"}.get(self.kind, "已公示三天")


@dataclass
class Form:
    """One form of a page."""

    page: str
    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    accepts_json: bool = False

    def data(self, **changed: object) -> dict[str, object]:
        """The fields as a browser sends them, some of them changed; None leaves one out."""
        sent = {name: one.filled() for name, one in self.fields.items()} | changed
        return {name: value for name, value in sent.items() if value is not None}

    def names(self, *, text: bool) -> list[str]:
        """The fields that take words, or those that take anything else; guards and files are neither."""
        return [
            name
            for name, one in self.fields.items()
            if one.is_text == text and one.kind != "file" and name not in GUARD
        ]

    def files(self) -> list[str]:
        return [name for name, one in self.fields.items() if one.kind == "file"]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: Field | None = None
        self.area: Field | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in attributes}
        if tag == "form" and attrs.get("method", "").lower() == "post":
            self._open(attrs)
        elif self.form is None:
            return
        elif tag == "input":
            self._input(attrs)
        elif tag == "button" and attrs.get("name"):
            self._field(attrs["name"], "button").options.append(attrs.get("value", ""))
        elif tag == "textarea" and attrs.get("name"):
            self.area = self._field(attrs["name"], "textarea")
            self.area.values = [""]
        elif tag == "select" and attrs.get("name"):
            self.select = self._field(attrs["name"], "select")
        elif tag == "option" and self.select is not None:
            self.select.options.append(attrs.get("value", ""))
            if "selected" in attrs:
                self.select.values.append(attrs.get("value", ""))

    def _open(self, attrs: dict[str, str]) -> None:
        self.form = Form(self.page, urljoin(self.page, attrs.get("action") or self.page))
        self.forms.append(self.form)
        if attrs.get("data-autosave"):
            twin = Form(self.page, attrs["data-autosave"], self.form.fields, accepts_json=True)
            self.forms.append(twin)

    def _field(self, name: str, kind: str) -> Field:
        assert self.form is not None
        return self.form.fields.setdefault(name, Field(name, kind))

    def _input(self, attrs: dict[str, str]) -> None:
        kind, name = attrs.get("type", "text"), attrs.get("name", "")
        if not name or kind in ("submit", "reset", "image"):
            return
        one = self._field(name, kind)
        value = attrs.get("value", "on" if kind == "checkbox" else "")
        if kind in ("radio", "checkbox"):
            one.options.append(value)
            if "checked" in attrs:
                one.values.append(value)
        else:
            one.values.append(value)

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.values[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None


def forms_of(page: str, html: str) -> list[Form]:
    """The forms of a page that are sent by POST, with their fields."""
    reader = _Reader(page)
    reader.feed(html)
    return [form for form in reader.forms if not urlsplit(form.action).netloc]
