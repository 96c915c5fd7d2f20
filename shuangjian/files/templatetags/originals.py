"""The way to the sealed original, beside a picture, for whoever may open it."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shuangjian.files.originals import may_open

register = template.Library()


@register.simple_tag(takes_context=True)
def original_link(context: template.Context, stored: Any) -> SafeString | str:
    """「原件」 with the name of the file for who only hears it; nothing where there is none or no right."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated or not may_open(user, stored):
        return ""
    return format_html(
        ' <a class="nw" href="{}">原件<span class="vh">：{}</span></a>',
        reverse("file-original", args=[stored.pk]),
        stored.original_name,
    )
