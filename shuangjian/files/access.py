"""Who may see a file: whoever sees a record that uses it. Each use registers its link when its app loads."""

from __future__ import annotations

from django.db.models import Model

_links: list[tuple[type[Model], str]] = []


def register_link(model: type[Model], field_name: str) -> None:
    """Let a file be seen by everybody for whom a row of ``model`` exists that points to it by ``field_name``.

    ``model.objects`` must offer ``visible_to(user)``. Registering the same link twice changes nothing.
    """
    if (model, field_name) not in _links:
        _links.append((model, field_name))


def links() -> tuple[tuple[type[Model], str], ...]:
    """All registered uses as (model, field name)."""
    return tuple(_links)
