"""Each test has its own evidence store; everybody of the cast is at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuangjian.files import services
from shuangjian.files.models import StoredFile
from tests.cast import Cast, assemble


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.EVIDENCE_ROOT = tmp_path / "files"
    return settings.EVIDENCE_ROOT


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def receive(cast: Cast) -> Callable[..., StoredFile]:
    """Send bytes through the entrance, by the clerk of school A1 unless another is named."""

    def send(data: bytes, name: str = "照片.jpg", uploader: Any = None) -> StoredFile:
        upload = SimpleUploadedFile("x", data)
        upload._name = name  # as a script would send it, past what Django's parser already cleans
        return services.receive(upload=upload, uploader=uploader or cast.clerk_a1)

    return send


@pytest.fixture
def in_store(store: Path) -> Callable[[], list[Path]]:
    """All files in the store, blobs and workshop alike."""
    return lambda: sorted(path for path in store.rglob("*") if path.is_file())


@pytest.fixture
def in_workshop(store: Path) -> Callable[[], list[Path]]:
    return lambda: sorted((store / "incoming").glob("*"))
