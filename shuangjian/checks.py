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


@register()
def every_route_has_its_own_name(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """portal.E002: menus, links and the table of who gets in speak of routes by name; one name, one route."""
    from shuangjian.accounts.access import all_routes

    seen: dict[str | None, str] = {}
    found: list[CheckMessage] = []
    for route, entry in all_routes():
        if entry.name is None:
            found.append(Error(f"/{route} has no name", hint="path(..., name=...)", id="portal.E002"))
        elif entry.name in seen:
            found.append(
                Error(f"/{route} and /{seen[entry.name]} are both named {entry.name}", id="portal.E002")
            )
        else:
            seen[entry.name] = route
    return found


@register()
def the_open_surface_is_one_list(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """portal.E003: what answers without signing in stands in urls_public.py, and only that."""
    from importlib import import_module

    from django.conf import settings
    from django.urls import URLResolver
    from django.urls.resolvers import RegexPattern

    from shuangjian.accounts.access import all_routes, declaration_of

    public = f"{settings.ROOT_URLCONF}_public"
    try:
        import_module(public)
    except ModuleNotFoundError:
        listed = set()
    else:
        listed = {route for route, _ in all_routes(URLResolver(RegexPattern(r"^"), public))}
    found: list[CheckMessage] = []
    for route, entry in all_routes():
        declared = declaration_of(entry.callback)
        if declared is not None and declared.is_public != (route in listed):
            words = (
                "answers to anybody but is not listed there"
                if declared.is_public
                else "is listed there but private"
            )
            found.append(Error(f"/{route}: {words}", hint=f"see {public}", id="portal.E003"))
    return found
