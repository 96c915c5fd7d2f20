"""The portal's few components as template tags: tags, chips, fields, bars, pagers, courses.

They are builtins of every template. A tag prints markup only: what a state means (which kind of tag a
problem's state gets) is said by the app that owns the state. Nothing here marks text of people as safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shuangjian import clock, dates, field_markup, field_words
from shuangjian.navigation import page_url

register = template.Library()

NO_DATA = "—"
# One drawing per kind, so that a state is told by glyph and word and never by colour alone.
GLYPHS = {
    "bad": "M2 2l8 8M10 2l-8 8",
    "warn": "M6 1.8L11 10.5H1z",
    "ok": "M1.5 6.5l3 3 6-7",
    "wait": "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z",
    "none": "M1.5 6h9",
    "red": "M6 1v6.5M6 9.5v1.6",
}
SOON_DAYS = 7  # a deadline this near is shown as a warning


# --- Words: dates, names, sizes ------------------------------------------------------------
def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


@register.filter
def cn_date(value: date | datetime | None) -> str:
    """2026年9月1日; 「—」 where there is no date."""
    if not value:
        return NO_DATA
    return dates.cn_date(value)


@register.filter
def cn_day(value: date | datetime | None) -> str:
    """9月1日, with the year only where it is not the current one."""
    if not value:
        return NO_DATA
    local = _local(value)
    return dates.cn_short(local) if local.year == clock.today().year else cn_date(value)


@register.filter
def cn_time(value: datetime | None) -> str:
    """14:05"""
    return f"{_local(value):%H:%M}" if value else NO_DATA


@register.filter
def cn_datetime(value: datetime | None) -> str:
    """2026年9月1日 14:05"""
    return f"{cn_date(value)} {cn_time(value)}" if value else NO_DATA


@register.filter
def mask_phone(value: Any) -> str:
    """138****1234; a number too short to hide anything is hidden whole."""
    number = str(value or "").strip()
    if not number:
        return NO_DATA
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else "****"


@register.filter
def file_size(value: int | None) -> str:
    """286KB, 1.2MB"""
    if value is None:
        return NO_DATA
    if value < 1024 * 1024:
        return f"{max(math.ceil(value / 1024), 1)}KB"
    return f"{value / 1024 / 1024:.1f}MB"


def due_kind(due_on: date) -> tuple[str, str]:
    """(kind of tag, words) of a deadline that is still open today."""
    days = (due_on - clock.today()).days
    if days < 0:
        return "bad", f"逾期{-days}天"
    if days == 0:
        return "warn", "今天截止"
    return ("warn" if days <= SOON_DAYS else "none"), f"还剩{days}天"


@register.filter
def due_words(value: date | None) -> str:
    """Both ways of saying a deadline: 「10月31日截止，还剩4天」, 「逾期5天（应于10月22日完成）」."""
    if not value:
        return NO_DATA
    due_on = value.date() if isinstance(value, datetime) else value
    kind, words = due_kind(due_on)
    if kind == "bad":
        return f"{words}（应于{cn_day(due_on)}完成）"
    return f"{cn_day(due_on)}截止，{words}" if due_on != clock.today() else f"{cn_day(due_on)}，{words}"


# --- Tags and bars ------------------------------------------------------------
_TAG = '<span class="tag t-{}"><svg viewBox="0 0 12 12" aria-hidden="true"><path d="{}"/></svg>{}</span>'


@register.simple_tag
def tag(kind: str, text: Any) -> SafeString:
    """A state: glyph and word. ``kind`` is bad, warn, ok, wait, none or red; another one is a mistake.

    Written here and not by a template: a list prints a hundred of them.
    """
    return format_html(_TAG, kind, GLYPHS[kind], text)


@register.simple_tag
def deadline(due_on: date | None, closed: bool = False) -> SafeString:
    """A chip of the days left or overdue; ``closed`` says that the date no longer presses."""
    if not due_on:
        return tag("none", "未定期限")
    if closed:
        return tag("none", f"{cn_day(due_on)}截止")
    kind, words = due_kind(due_on.date() if isinstance(due_on, datetime) else due_on)
    return tag(kind, words)


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, unit: str = "条", words: bool = True) -> dict[str, Any]:
    """「7/12条」 with its bar; ``words=False`` prints the bar alone where the page says the number itself."""
    return {"done": done, "total": total, "unit": unit, "words": words}


@register.inclusion_tag("components/limit_bar.html")
def limit_bar(value: float | None, limit: float | None, top: float, over: bool = False) -> dict[str, Any]:
    """A figure as a bar with its limit as a line, by SVG attributes (the CSP refuses a style attribute).

    ``top`` is the value at the right end, the same for all bars of one table. The words stand beside the bar,
    so it is decoration for those who see it and hidden from screen readers.
    """
    scale = 100 / top if top else 0

    def place(number: float) -> str:
        return f"{min(max(number * scale, 0), 100):.1f}%"

    return {
        "width": place(value or 0),
        "line": place(limit) if limit is not None else "",
        "over": over,
    }


@register.inclusion_tag("components/bars.html")
def bars(rows: Iterable[Mapping[str, Any]], unit: str = "") -> dict[str, Any]:
    """A list of bars with direct labels. A row: label, value, optional url and ``over`` (needs action)."""
    rows = list(rows)
    top = max((float(row["value"]) for row in rows), default=0)
    drawn = [{**row, "width": f"{(float(row['value']) / top * 100 if top else 0):.1f}%"} for row in rows]
    return {"rows": drawn, "unit": unit}


@register.inclusion_tag("components/empty_state.html")
def empty_state(text: str, url: str = "", label: str = "") -> dict[str, Any]:
    """What will stand here and why it is empty, with one way on."""
    return {"text": text, "url": url, "label": label}


@register.inclusion_tag("components/stepper.html")
def stepper(steps: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The course of states: (label, note, done|cur|todo) each. A phone gets this and the next in words."""
    rows = [{"label": label, "note": note, "status": status} for label, note, status in steps]
    current = next((at for at, row in enumerate(rows) if row["status"] == "cur"), None)
    following = rows[current + 1] if current is not None and current + 1 < len(rows) else None
    return {"steps": rows, "at": None if current is None else current + 1, "following": following}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[Any]) -> dict[str, Any]:
    """What happened, newest first. An item (mapping or object): at, text; maybe note, url, url_label, now."""
    return {"items": items}


@register.inclusion_tag("components/file_row.html")
def file_row(stored: Any, note: str = "", remove_url: str = "", row: Any = None) -> dict[str, Any]:
    """A stored file as a line of ``<ul class="files">``; with ``remove_url`` a button that takes it away."""
    try:
        url = reverse("file", args=[stored.pk])
    except NoReverseMatch:
        url = ""
    return {"stored": stored, "note": note, "remove_url": remove_url, "row": row, "url": url}


# --- Lists ------------------------------------------------------------
@register.simple_tag(takes_context=True)
def unit_name(context: template.Context, unit: Any) -> str:
    """A unit's name, leading to its page where there is one and the reader may open it."""
    url = page_url("unit", context["request"].user, unit.code) if unit.is_unit else ""
    return format_html('<a href="{}">{}</a>', url, unit.name) if url else format_html("{}", unit.name)


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page_obj: Page, measure: str = "条") -> dict[str, Any]:
    """Links to the pages of a list, keeping the rest of the address; nothing where there is one page."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None

    def address(number: int) -> str:
        if query is None:
            return f"?page={number}"
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    paginator = page_obj.paginator
    pages = [
        {"number": number, "url": address(number) if isinstance(number, int) else ""}
        for number in paginator.get_elided_page_range(page_obj.number, on_each_side=2, on_ends=1)
    ]
    return {
        "page": page_obj,
        "pages": pages,
        "total": f"{paginator.count:,}",
        "measure": measure,
        "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
    }


# --- Forms ------------------------------------------------------------
_DJANGOS_ROWS = "10"  # what Django gives a text area that says nothing: half a page of emptiness
_ISO_CONTROLS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.TimeInput, "time", "%H:%M"),
)


def _use_the_browsers_control(widget: forms.Widget) -> None:
    """Dates and times by the browser's own control, which speaks ISO whatever the page's language."""
    for kind, input_type, wire_format in _ISO_CONTROLS:
        if isinstance(widget, kind):
            vars(widget).update(input_type=input_type, format=wire_format)
            return


def _shape_of(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "tick"
    if isinstance(widget, forms.FileInput):
        return "files"
    if isinstance(widget, forms.Select):
        return "list" if widget.allow_multiple_selected else "select"
    return "area" if isinstance(widget, forms.Textarea) else "text"


def _options(bound: BoundField, bad: str) -> SafeString:
    options = [option for option in bound.subwidgets if option.data["value"] != ""]
    longest = max((len(str(option.choice_label)) for option in options), default=0)
    if len(options) <= 5:
        columns = "rows" if longest > 8 else f"c{len(options)}"
    else:
        columns = "c3" if longest <= 4 else "rows"  # many short ones (grades) stand three by three
    return field_markup.options_of(options, columns=columns, boxes=_takes_several(bound), bad=bad)


def _takes_several(bound: BoundField) -> bool:
    return isinstance(bound.field.widget, forms.CheckboxSelectMultiple)


@register.simple_tag
def field(
    bound: BoundField,
    *,
    label: str | None = None,
    hint: str | None = None,
    note: str | None = None,
    bad: str = "",
) -> SafeString:
    """A form field whole: label, note, hint, error and control, tied together for screen readers.

    ``label``, ``hint`` and ``note`` replace the field's own words; ``bad`` is the value of the radio drawn as
    needing action (「有问题」). For text, numbers, dates, selects, radios, boxes, files and long text.
    """
    widget = bound.field.widget
    if isinstance(widget, forms.HiddenInput):
        return SafeString(bound)
    _use_the_browsers_control(widget)
    shape = _shape_of(bound)
    words = field_markup.Words(
        name=bound.auto_id or bound.html_name,
        label=bound.label if label is None else label,
        note=field_words.note_of(bound) if note is None else note,
        hint=bound.help_text if hint is None else hint,
        errors=field_words.errors_of(bound),
    )
    if shape == "choices":
        return field_markup.choices_set(words, _options(bound, bad))
    if shape == "files":
        return field_markup.files_set(words, bound)
    attrs: dict[str, Any] = {}
    if words.described:
        attrs["aria-describedby"] = words.described
    if words.errors:
        attrs["aria-invalid"] = "true"
    if shape == "tick":
        return field_markup.tick(words, bound.as_widget(attrs=attrs))
    if shape == "area":
        widget.attrs.pop("maxlength", None)  # a cut-off paste is worse than a message
        rows = widget.attrs.get("rows", _DJANGOS_ROWS)
        attrs["rows"] = "3" if rows == _DJANGOS_ROWS else rows
    extra = widget.attrs.get("class", "")
    attrs["class"] = " ".join(filter(None, ["inp", "area" if shape == "area" else "", extra]))
    return field_markup.single(
        words,
        bound.as_widget(attrs=attrs),
        bound.id_for_label,
        select=shape == "select",
        limit=field_words.limit_of(bound) if shape == "area" else None,
    )


@register.simple_tag
def choices(bound: BoundField, labelled_by: str = "", bad: str = "") -> SafeString:
    """The radios or boxes alone, for a group whose question stands elsewhere (``labelled_by``: its id)."""
    words = field_markup.Words(name=bound.auto_id or bound.html_name, errors=field_words.errors_of(bound))
    options = _options(bound, bad)
    return field_markup.choices_alone(words, options, labelled_by=labelled_by, boxes=_takes_several(bound))


def _forms_in(source: Any) -> Iterable[forms.BaseForm]:
    if source is None or source == "":
        return []
    if hasattr(source, "forms"):  # a formset
        return list(source.forms)
    if isinstance(source, (list, tuple)):
        return [form for part in source for form in _forms_in(part)]
    return [source]


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """「有2处需要修改」 with a link to each field, of a form, a formset or a list of them; else nothing."""
    lines: list[dict[str, str]] = []
    if hasattr(form, "non_form_errors") and form.is_bound:
        lines += [{"href": "", "text": str(text)} for text in form.non_form_errors()]
    for one in _forms_in(form):
        if not one.is_bound:
            continue
        lines += [{"href": "", "text": str(text)} for text in one.non_field_errors()]
        for name in one.errors:
            if name not in one.fields:
                continue
            bound = one[name]
            target = bound.id_for_label or bound.auto_id
            if isinstance(bound.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
                target = f"{bound.auto_id}_0"
            href = "" if bound.is_hidden else f"#{target}"
            lines += [{"href": href, "text": text} for text in field_words.errors_of(bound)]
    return {"lines": lines}
