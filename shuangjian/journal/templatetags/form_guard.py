"""The hidden fields that every unsafe form carries."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def _token(request: Any) -> str:
    """The request's CSRF token, masked once an answer: a checklist has a hundred forms."""
    secret, token = getattr(request, "guard_token", (None, ""))
    if secret is None or secret != request.META.get("CSRF_COOKIE"):
        token = get_token(request)
        request.guard_token = request.META["CSRF_COOKIE"], token
    return token


@register.simple_tag(takes_context=True)
def form_guard(context: dict[str, Any], row: Any = None) -> SafeString:
    """CSRF token, a fresh idempotency key and, for an existing row, the version that the person sees.

    A form that is shown again after a mistake gets a new key: the old one was dropped with the request.
    """
    guard = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="_key" value="{}">',
        _token(context["request"]),
        uuid.uuid4().hex,
    )
    version = getattr(row, "version", None)
    if version is not None:
        guard += format_html('<input type="hidden" name="_version" value="{}">', version)
    return guard
