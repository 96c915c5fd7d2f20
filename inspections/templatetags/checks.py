"""What only the pages of self-checks need."""

from __future__ import annotations

import uuid

from django import template

register = template.Library()


@register.simple_tag
def fresh_key() -> str:
    """An idempotency key of its own for a request that goes beside the page's form (``hx-vals``)."""
    return uuid.uuid4().hex
