"""The rules and check items of a rulebook with prohibitions, indicators and limits: read once a process.

A version that is in use is never rewritten, and one that is replaced unused gets a new key (see
``workflows.loading``): what was read stays true as long as the process lives. The rows are shared by all
requests, so whoever gets them only reads.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Prefetch

from shuangjian.policy.models import CheckItem, Indicator, Limit, Rule
from shuangjian.policy.scope import is_asked_of


class Read(NamedTuple):
    """All that is kept of a rulebook, each list in order. Only to be read."""

    rules: list[Rule]
    items: list[CheckItem]
    indicators: dict[int, Indicator]


_read: dict[int, Read] = {}


def items_of(rulebook_id: int, kind: str | None = None) -> list[CheckItem]:
    """All items in the order of the rules, or those that one kind of unit could be asked."""
    items = book_of(rulebook_id).items
    if kind is None:
        return list(items)
    return [item for item in items if is_asked_of(item, kind)]


def indicators_of(rulebook_id: int) -> dict[int, Indicator]:
    """The indicators of all items by their key. Only to be read."""
    return book_of(rulebook_id).indicators


def forget() -> None:
    """Read anew from now on: for tests, which rewrite what the portal never does."""
    _read.clear()


def book_of(rulebook_id: int) -> Read:
    """The rulebook as it was read."""
    known = _read.get(rulebook_id)
    if known is None:
        rules, items = list(Rule.objects.filter(rulebook=rulebook_id)), _from_database(rulebook_id)
        known = Read(rules, items, {one.pk: one for item in items for one in item.asked_figures})
        if items:  # a rulebook without items is one that is being written
            _read[rulebook_id] = known
    return known


def _from_database(rulebook_id: int) -> list[CheckItem]:
    limits = Limit.objects.select_related("indicator").order_by("pk")
    return list(
        CheckItem.objects.filter(rule__rulebook=rulebook_id)
        .select_related("rule")
        .prefetch_related("prohibitions", Prefetch("indicators__limits", queryset=limits))
        .order_by("rule__number", "ordinal")
    )
