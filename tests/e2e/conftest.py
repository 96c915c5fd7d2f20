"""The journeys' common ground: every test of this folder sees the whole portal in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.people import Office
from tests.stack import Stack


@pytest.fixture
def office(stack: Stack, new_context: Callable[..., BrowserContext]) -> Iterator[Office]:
    """Browsers for the people of one test. At its end no page may have erred or reached outside."""
    people = Office(stack, new_context)
    yield people
    assert people.unexpected() == []
