"""The world of tests/access, for whoever walks over all pages."""

from tests.access.conftest import browsers, world

__all__ = ["browsers", "world"]
