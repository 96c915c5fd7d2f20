"""How every list of business records is narrowed: a filter, tabs with counts, both whole in the URL.

The address alone reproduces the view, so it can be sent as a link; the same filter says itself in words (for
an export's first line) and as chips that each take one condition away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Count, Model, Q, QuerySet
from django.forms.models import ModelChoiceField
from django.http import QueryDict

from shuangjian.accounts.models import Organisation

UNIT_KINDS = [(kind.value, kind.label) for kind in (Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION)]


def of_kind(kind: str) -> Any:
    """What a list of choices offers: the townships by their names, the areas in the county's order."""
    units = Organisation.objects.filter(kind=kind).order_by("pinyin_key", "pk")
    if kind == Organisation.Kind.AREA:
        units = Organisation.objects.areas()
    return lambda request: units.only("code", "name")


def township_filter(field_name: str = "township") -> django_filters.ModelChoiceFilter:
    """乡镇, of a list whose rows lead there by ``field_name``."""
    return _place_filter("乡镇", field_name, Organisation.Kind.TOWNSHIP, "全部乡镇")


def area_filter(field_name: str = "area", label: str = "督学责任区") -> django_filters.ModelChoiceFilter:
    """督学责任区, of a list whose rows lead there by ``field_name``."""
    return _place_filter(label, field_name, Organisation.Kind.AREA, "全部责任区")


def _place_filter(label: str, field_name: str, kind: str, everywhere: str) -> Any:
    return django_filters.ModelChoiceFilter(
        label=label,
        field_name=field_name,
        queryset=of_kind(kind),
        to_field_name="code",
        empty_label=everywhere,
    )


@dataclass(frozen=True)
class Chip:
    """One condition that is in force, and the address of the list without it."""

    label: str
    words: str
    url: str


class ListFilter(django_filters.FilterSet):
    """Words first, then what the list knows. ``texts`` and ``sounds`` say where the words are looked for.

    A list that names no unit has no ``sounds``.
    """

    texts: ClassVar[tuple[str, ...]] = ("no", "organisation__name")
    sounds: ClassVar[str] = "organisation__pinyin_key"

    q = django_filters.CharFilter(label="编号或单位", method="by_words")

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """A part of one of the texts, or of the pinyin (whole or initials, blanks don't matter)."""
        words = value.strip()
        found = Q()
        for text in self.texts:
            found |= Q(**{f"{text}__icontains": words})
        if self.sounds:
            found |= Q(**{f"{self.sounds}__contains": "".join(words.lower().split())})
        return queryset.filter(found)

    @property
    def is_narrowed(self) -> bool:
        """Did the person ask for something? An empty list then offers to clear it."""
        return any(self.data.get(name) for name in self.filters)

    @property
    def chips(self) -> list[Chip]:
        """The conditions in force, in the order of the form."""
        found = []
        for name, words in self._said():
            link = self.data.copy()
            for gone in (name, "page"):
                link.pop(gone, None)
            found.append(Chip(str(self.form.fields[name].label), words, f"?{link.urlencode()}"))
        return found

    @property
    def words(self) -> str:
        """「条目：第4条 严控书面作业总量；来源：自查」, empty where nothing was asked for."""
        return "；".join(f"{self.form.fields[name].label}：{words}" for name, words in self._said())

    def _said(self) -> list[tuple[str, str]]:
        if not self.form.is_bound or (not self.form.is_valid() and not self.form.cleaned_data):
            return []
        given = self.form.cleaned_data
        return [
            (name, _words_for(field, given[name]))
            for name, field in self.form.fields.items()
            if given.get(name) not in (None, "", [])
        ]


def _words_for(field: forms.Field, value: Any) -> str:
    if isinstance(field, ModelChoiceField) and isinstance(value, Model):
        return str(field.label_from_instance(value))
    if isinstance(field, forms.ChoiceField):
        labels: dict[Any, Any] = {}
        offered: Any = field.choices
        for key, label in offered:
            labels.update(label if isinstance(label, (list, tuple)) else [(key, label)])
        return str(labels.get(value, value))
    return str(value).strip()


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Tabs:
    """The tabs of the list with their counts, and the rows of the chosen one."""

    tabs: list[Tab]
    queryset: Any
    current: str

    @property
    def label(self) -> str:
        """The name of the chosen tab."""
        return next(tab.label for tab in self.tabs if tab.is_current)


def tabs_of(
    queryset: Any, query: QueryDict, conditions: Mapping[str, tuple[str, Q]], *, default: str
) -> Tabs:
    """The tabs of a list from key → (label, condition), counted in one query; ``?tab=`` chooses one."""
    counts = queryset.aggregate(
        **{
            key: Count("pk", filter=condition) if condition else Count("pk")
            for key, (_, condition) in conditions.items()
        }
    )
    chosen = query.get("tab", default)
    if chosen not in conditions:
        chosen = default
    tabs = []
    for key, (label, _) in conditions.items():
        link = query.copy()
        link["tab"] = key
        link.pop("page", None)
        tabs.append(Tab(key, label, counts[key], f"?{link.urlencode()}", key == chosen))
    return Tabs(tabs, queryset.filter(conditions[chosen][1]), chosen)


@dataclass(frozen=True)
class Reading:
    """A list as one address shows it to one person: all its rows in order, and what was asked for.

    ``rows``: a queryset, or a list of what was computed. ``dress``: what some rows come to where a line shows
    more than the row has; it is asked about a page, or about many at once. ``said``: what was asked for
    beside filter and tabs, in words.
    """

    rows: Any
    filter: ListFilter | None = None
    tabs: Tabs | None = None
    said: str = ""
    dress: Callable[[list[Any]], Iterable[Any]] = iter

    @property
    def words(self) -> str:
        """What was asked for, in words."""
        label = self.tabs.label if self.tabs is not None else ""
        narrowed = self.filter.words if self.filter is not None else ""
        return "；".join(filter(None, [label, self.said, narrowed])) or "全部"

    def count(self) -> int:
        return self.rows.count() if isinstance(self.rows, QuerySet) else len(self.rows)

    def lines(self, at_once: int) -> Iterator[Any]:
        """All lines, read so many at once."""
        rows = self.rows.iterator(chunk_size=at_once) if isinstance(self.rows, QuerySet) else iter(self.rows)
        while batch := list(islice(rows, at_once)):
            yield from self.dress(batch)
