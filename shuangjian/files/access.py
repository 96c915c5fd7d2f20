"""Who may see a file: whoever sees a record that uses it. Each use registers its link when its app loads."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Model


class Link(NamedTuple):
    """One use of files: the record, its field, and the roles that it asks for besides seeing the record."""

    model: type[Model]
    field_name: str
    roles: frozenset[str] | None = None


_links: dict[tuple[type[Model], str], Link] = {}


def register_link(model: type[Model], field_name: str, *, roles: Collection[str] | None = None) -> None:
    """Let a file be seen by everybody for whom a row of ``model`` exists that points to it by ``field_name``.

    ``model.objects`` must offer ``visible_to(user)``. With ``roles`` only those who also hold one of them see
    it: a draft stays inside although its record goes out. Registering the same field again replaces its link.
    """
    _links[model, field_name] = Link(model, field_name, None if roles is None else frozenset(roles))


def links() -> tuple[Link, ...]:
    """All registered uses."""
    return tuple(_links.values())
