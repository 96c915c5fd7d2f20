"""One world for a whole module, built once and rolled back at its end; a browser for each person.

Modules that use it mark themselves ``django_db``: what one test changes is then taken back before the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from shuangjian import clock
from tests.access import world as worlds
from tests.registry import signed_in


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:
    """The world of world.py on its morning."""
    with django_db_blocker.unblock(), clock.at(worlds.MORNING), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def browsers(world: worlds.World) -> dict[str, Client]:
    """A browser for everybody of the cast, and ``nobody``'s."""
    found = {name: signed_in(user) for name, user in world.cast.people.items()}
    found["nobody"] = Client()
    for browser in found.values():
        browser.raise_request_exception = False
    return found
