"""System checks of the project: what must be true before the portal may serve."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register


@register()
def every_view_declares_its_access(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """portal.E001: a route whose view carries no ``@access(...)`` would be refused for everybody."""
    from shuangjian.accounts.access import all_routes, declaration_of

    return [
        Error(f"/{route} ({entry.name}) declares no access", hint="add @access(...)", id="portal.E001")
        for route, entry in all_routes()
        if declaration_of(entry.callback) is None
    ]
