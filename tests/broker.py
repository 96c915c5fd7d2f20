"""A broker of a test's own: Celery publishes there, and it can be stopped, frozen, filled or emptied."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from redis import Redis as Client

from script.lib.places import ROOT, Places
from script.lib.redis import Redis
from shuangjian.journal import doorbell


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


def client_of(redis: Redis) -> Client:
    return Client(unix_socket_path=str(redis.socket))


@contextmanager
def frozen(redis: Redis) -> Iterator[None]:
    """Inside, it takes connections and answers nothing, as a machine does that swaps or was suspended."""
    assert redis._server is not None
    os.kill(redis._server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(redis._server.pid, signal.SIGCONT)
