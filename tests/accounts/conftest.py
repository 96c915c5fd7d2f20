"""The cast, and somebody who signs in through the page as a person does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def try_to_sign_in() -> Callable[..., Any]:
    """``try_to_sign_in(name, password, address=…)``: the answer of the sign-in page to a fresh browser."""

    def attempt(
        username: str,
        password: str = PASSWORD,
        *,
        address: str = "10.0.0.1",
        client: Client | None = None,
        **more: Any,
    ) -> Any:
        return (client or Client()).post(
            reverse("login"), {"username": username, "password": password, **more}, REMOTE_ADDR=address
        )

    return attempt
