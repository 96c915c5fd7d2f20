"""The journal's tests: the cast, checkpoints in a folder of their own, a Redis that can be frozen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app

from script.lib.places import ROOT, Places
from script.lib.redis import Redis
from shuangjian.journal import doorbell
from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def redis(tmp_path: Path, settings: Any) -> Iterator[Redis]:
    """A broker of one's own: Celery publishes there, and it can be stopped or frozen."""
    places = Places(root=ROOT, var=tmp_path)
    places.make()
    server = Redis(places)
    usual = current_app._get_current_object()
    server.start()
    settings.REDIS_URL = server.url
    own = Celery("own", broker=server.url)
    own.conf.update(
        broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS, task_ignore_result=True
    )
    own.set_default()  # in threads too
    doorbell.forget_failure()
    try:
        yield server
    finally:
        usual.set_current()
        usual.set_default()
        server.stop()
        places.remove_runtime()
        doorbell.forget_failure()
