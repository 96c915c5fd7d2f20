"""For the tests of registers: the cast and the policy on a morning in November 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shuangjian import clock
from tests.cast import NOVEMBER, Cast, assemble


@pytest.fixture
def cast(standing_policy: None, db: None) -> Iterator[Cast]:
    with clock.at(NOVEMBER):
        yield assemble()
