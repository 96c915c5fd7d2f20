"""The world of tests/access, for whoever attacks its forms."""

from tests.access.conftest import browsers, world

__all__ = ["browsers", "world"]
