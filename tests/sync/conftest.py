"""For the tests of what phones bring: the cast, the policy and the morning of tests/inspections."""

from tests.inspections.conftest import cast, november, policy

__all__ = ["cast", "november", "policy"]
