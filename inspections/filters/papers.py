"""Papers by number or unit, by kind, and by how far they are."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q
from django.http import QueryDict

from inspections.models import Paper
from shuangjian.accounts.list_filters import ListFilter, Tabs, tabs_of

S = Paper.State


class PaperFilter(ListFilter):
    """By words and kind."""

    texts = ("no", "document_no", "title", "organisation__name")

    kind = django_filters.ChoiceFilter(label="文种", choices=Paper.Kind.choices, empty_label="全部文种")

    class Meta:
        model = Paper
        fields: tuple[str, ...] = ()


def paper_tabs(queryset: Any, query: QueryDict, *, is_office: bool) -> Tabs:
    """Each count equals its list. A unit has only what went out to it."""
    out = Q(state=S.ISSUED) & ~Q(kind__in=Paper.RECORDS)
    tabs = {
        "all": ("全部", Q()),
        "waiting": ("待送达", out & Q(served_on__isnull=True)),
        "served": ("已送达", out & Q(served_on__isnull=False)),
        "withdrawn": (S.WITHDRAWN.label, Q(state=S.WITHDRAWN)),
    }
    if is_office:
        tabs = {
            "all": tabs["all"],
            "draft": (S.DRAFT.label, Q(state=S.DRAFT)),
            "review": (S.REVIEW.label, Q(state__in=[S.REVIEW, S.ISSUING])),
            **{key: tabs[key] for key in ("waiting", "served", "withdrawn")},
            "discarded": (S.DISCARDED.label, Q(state=S.DISCARDED)),
        }
    return tabs_of(queryset, query, tabs, default="all")
