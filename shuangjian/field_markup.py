"""How a form field is written: label, note, hint, error and control, tied together for screen readers.

Written in Python, not as a template: a page of a form has dozens of fields, and a template with its parts
costs three times as much as the control in it. What a field says stands in ``field_words``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_NOTHING = SafeString("")
_ASKS_TO_MEND = SafeString('<span class="vh">需修改：</span>')


@dataclass(frozen=True, kw_only=True)
class Words:
    """What stands around a control. ``name`` is its id, from which the ids of the words are made."""

    name: str
    label: Any = ""
    note: Any = ""
    hint: Any = ""
    errors: Sequence[str] = ()

    @property
    def described(self) -> str:
        """The ids of what describes the control."""
        hint, error = f"{self.name}-hint" if self.hint else "", f"{self.name}-error" if self.errors else ""
        return f"{hint} {error}".strip()

    def hint_line(self, classes: str = "hint mb8") -> SafeString:
        if not self.hint:
            return _NOTHING
        return format_html('<p class="{}" id="{}-hint">{}</p>', classes, self.name, self.hint)

    def error_line(self) -> SafeString:
        if not self.errors:
            return _NOTHING
        words = "；".join(self.errors)
        return format_html('<p class="emsg" id="{}-error">{}{}</p>', self.name, _ASKS_TO_MEND, words)

    def label_words(self) -> SafeString:
        note = format_html("<small>{}</small>", self.note) if self.note else _NOTHING
        return format_html("{}{}", self.label, note)

    def described_attribute(self) -> SafeString:
        described = self.described
        return format_html(' aria-describedby="{}"', described) if described else _NOTHING


def _box(words: Words, inside: SafeString, *, is_set: bool = False) -> SafeString:
    """The frame of a field; ``is_set``: of several controls under one legend."""
    classes = "field err" if words.errors else "field"
    if not is_set:
        return format_html('<div class="{}">\n{}\n</div>', classes, inside)
    legend = format_html('<legend class="lab">{}</legend>', words.label_words())
    return format_html(
        '<fieldset class="{}"{}>\n{}\n{}\n</fieldset>', classes, words.described_attribute(), legend, inside
    )


def single(words: Words, control: str, target: str, *, select: bool, limit: int | None) -> SafeString:
    """A control under its label: text, numbers, dates, lists, long text with what is left of its limit."""
    if select:
        control = format_html('<span class="sel">{}</span>', control)
    count = _NOTHING
    if limit:
        count = format_html('<p class="hint r count" data-count="{}" data-limit="{}"></p>', target, limit)
    label = format_html('<label class="lab" for="{}">{}</label>', target, words.label_words())
    inside = format_html("{}\n{}{}{}{}", label, words.hint_line(), words.error_line(), control, count)
    return _box(words, inside)


def tick(words: Words, control: str) -> SafeString:
    """One box to tick, its label after it."""
    label = format_html('<label class="tick">{}<span>{}</span></label>', control, words.label)
    inside = format_html("{}{}{}", words.error_line(), label, words.hint_line("hint"))
    return _box(words, inside)


def choices_set(words: Words, options: SafeString) -> SafeString:
    """Radios or boxes under their question."""
    return _box(words, format_html("{}{}{}", words.hint_line(), words.error_line(), options), is_set=True)


def choices_alone(words: Words, options: SafeString, *, labelled_by: str, boxes: bool) -> SafeString:
    """Radios or boxes whose question stands elsewhere; ``labelled_by`` is its id."""
    labelled = format_html(' aria-labelledby="{}"', labelled_by) if labelled_by else _NOTHING
    return format_html(
        '<div class="{}" role="{}"{}{}>{}{}</div>',
        "choices field err" if words.errors else "choices",
        "group" if boxes else "radiogroup",
        labelled,
        words.described_attribute(),
        words.error_line(),
        options,
    )


def options_of(options: Sequence[Any], *, columns: str, boxes: bool, bad: str) -> SafeString:
    """Big radios or boxes side by side; ``bad`` is the value drawn as needing action."""
    rows = (
        (
            "opt" + (" box" if boxes else "") + (" bad" if bad and str(option.data["value"]) == bad else ""),
            option.tag(),
            option.choice_label,
        )
        for option in options
    )
    labels = format_html_join("", '<label class="{}">{}<span>{}</span></label>', rows)
    return format_html('<div class="seg {}">{}</div>', columns, labels)


def files_set(words: Words, bound: BoundField) -> SafeString:
    """Choosing files: from the camera where pictures are taken, and from the album or the folders."""
    attrs, name, target = bound.field.widget.attrs, bound.html_name, bound.id_for_label
    accept = str(attrs.get("accept", ""))
    takes_photos = "image" in accept
    camera = _NOTHING
    if takes_photos:
        camera = format_html(
            '<label class="btn camera"><span>拍照</span><input type="file" name="{}" id="{}_camera"'
            ' accept="image/*" capture="environment"></label>',
            name,
            target,
        )
    pick = format_html(
        '<div class="pick" data-pick>{}<label class="btn"><span>{}</span><input type="file" name="{}" id="{}"'
        '{}{}></label><ul class="picked" data-picked aria-live="polite"></ul></div>',
        camera,
        "相册/文件" if takes_photos else "选择文件",
        name,
        target,
        format_html(' accept="{}"', accept) if accept else _NOTHING,
        SafeString(" multiple") if attrs.get("multiple") else _NOTHING,
    )
    inside = format_html("{}{}{}", words.error_line(), pick, words.hint_line("hint mt8"))
    return _box(words, inside, is_set=True)
