"""The columns that every noun of a desk has in common, so that one query can read them all."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, DateField, F, QuerySet, Value
from django.db.models.functions import Cast


def columns(rows: QuerySet[Any], noun: str, *, due: Any, state: Any, **words: Any) -> QuerySet[Any]:
    """(noun, pk, number, name, date, text, state) of each, earliest date first."""
    none = Cast(Value(None), DateField())
    return (
        rows.annotate(
            w_noun=Value(noun, output_field=CharField()),
            w_due=due if due is not None else none,
            w_state=Cast(state, CharField()),
            **{f"w_{name}": Cast(word, CharField()) for name, word in words.items()},
        )
        .order_by(F("w_due").asc(nulls_last=True), "pk")
        .values_list("w_noun", "pk", "w_no", "w_name", "w_due", "w_text", "w_state")
    )
