"""Rows by term, the terms by their short names, the latest first."""

from __future__ import annotations

from typing import Any

import django_filters
from django_filters.fields import ModelChoiceField

from shuangjian.policy.models import Term


class _TermField(ModelChoiceField):
    def label_from_instance(self, obj: Term) -> str:  # type: ignore[override]
        return obj.short_title


class TermFilter(django_filters.ModelChoiceFilter):
    field_class = _TermField

    def __init__(self, **kwargs: Any) -> None:
        terms = Term.objects.order_by("-first_on")
        super().__init__(queryset=terms, to_field_name="code", **kwargs)
