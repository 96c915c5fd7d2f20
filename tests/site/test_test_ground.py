"""What the tests themselves stand on: emptied databases, keyed forms, a portal that recovers."""

from __future__ import annotations

import signal
import urllib.request
from typing import Any

import pytest
from django.db import connection, transaction

from script.lib import processes
from shuangjian.journal import audit
from shuangjian.journal.models import AuditEntry
from tests.cast import assemble
from tests.conftest import FormClient
from tests.stack import Stack


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committing_test_leaves_no_audit_entry_to_the_next(turn: int) -> None:
    assert AuditEntry.objects.count() == 0
    cast = assemble()
    with transaction.atomic():
        audit.record(action="tests.turn", subject=cast.a1, actor=cast.leader)
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_the_triggers_stand_while_a_test_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_the_client_fills_in_the_key_as_a_form_does(
    client: FormClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("django.test.Client.post", lambda self, path, data, *rest, **more: sent.append(data))
    client.post("/x/", {"a": "1"})
    client.post("/x/")
    client.post("/x/", {"_key": "mine"})
    assert [set(data) for data in sent] == [{"_key", "a"}, {"_key"}, {"_key"}]
    assert sent[0]["_key"] != sent[1]["_key"]
    assert sent[2]["_key"] == "mine"


def test_the_whole_portal_serves_and_its_workers_live(stack: Stack) -> None:
    with urllib.request.urlopen(stack.url + "/login/", timeout=10) as answer:
        assert answer.status == 200
    from shuangjian.journal.models import Heartbeat

    def names() -> set[str]:
        with stack.database():
            return {
                name.split(":")[0] + ":" + name.split(":")[1]
                for name in Heartbeat.objects.values_list("name", flat=True)
            }

    stack.wait_for(lambda: {"canary:fast", "canary:pdf"} <= names(), "no canary was seen", within=30)


def test_a_killed_process_comes_back_alone(stack: Stack) -> None:
    stack.kill("fast", number=signal.SIGKILL)
    stack.start("fast")
    assert stack.address.answers()
    assert processes.is_alive(stack._running["web"].pid)
