"""The journal's tests: the cast, checkpoints in a folder of their own, a Redis that can be frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.broker import redis as redis
from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path
