"""What every test can ask for: a client that fills forms as a browser does, the whole portal, the browser.

The database and Redis are those of script/test (DATABASE_URL, REDIS_URL): real servers, never a stand-in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs beside Django's ORM

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from shuangjian import clock, navigation
from shuangjian.journal import audit
from shuangjian.policy import check_items
from tests import migrated
from tests.cast import NOVEMBER
from tests.poured import load_policy
from tests.stack import Stack

LONGEST = ("access", "fuzz", "e2e", "documents", "pages")  # folders with minutes of work in a single file

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked long as well")
    parser.addoption(
        "--approve", action="store_true", help="keep the documents' pictures as they are now: look at them"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests to --all; mark what needs the whole portal, which script/test runs on its own."""
    runs_long = config.getoption("--all") or "long" in config.getoption("markexpr")
    left_out = [item for item in items if item.get_closest_marker("long") and not runs_long]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def begin_with_the_longest(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of processes that share the files, none shall begin one of the long ones when the others have ended."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.parent.name not in LONGEST)


class FormClient(Client):
    """Posts as the portal's own forms do: each with a fresh idempotency key, unless the test names one."""

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        if data is None or isinstance(data, dict):
            data = {"_key": uuid4().hex, **(data or {})}
        return super().post(path, data, *args, **kwargs)


@pytest.fixture
def client() -> FormClient:
    return FormClient()


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_audit_trail() -> Iterator[None]:
    """Empty the database after a test that commits, which the audit trail's triggers refuse otherwise.

    They are stepped past in that one transaction of the test database, never switched off.
    """
    operations = connection.ops
    plain = operations.execute_sql_flush

    def flush(statements: list[str]) -> None:
        plain(["SET LOCAL session_replication_role = replica", *statements])

    operations.execute_sql_flush = flush
    yield
    operations.execute_sql_flush = plain


@pytest.fixture(scope="session", autouse=True)
def every_recorded_action_has_a_name() -> Iterator[None]:
    """Whatever a test records must have a name for the auditor, and so must what it was done to."""
    plain = audit.record

    def record(*, action: str, subject: Model, **facts: Any) -> Any:
        named = audit.words_of(action) != action or action.startswith("tests.")
        assert named, f"name the action {action}: audit.name_actions({{…}})"
        noun = subject._meta.label_lower
        assert audit.noun_of(noun) != noun, f"name the noun {noun}: audit.name_nouns({{…}})"
        return plain(action=action, subject=subject, **facts)

    audit.record = record
    yield
    audit.record = plain


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No test sees what the process still knows of another one's rows, which may have had the same keys."""
    check_items.forget()
    navigation.forget()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """A test's database is copied from one that was migrated, once for these migrations."""
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated.template()


@pytest.fixture(scope="module")
def standing_policy(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Loads the policy once for a module none of whose tests commits; ask for it by ``usefixtures``."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.at(NOVEMBER):
            load_policy()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Stack]:
    """The whole portal (gunicorn, both workers, beat) on a database of its own with a small demo county.

    Its address is ``stack.url``; ``with stack.database():`` lets the ORM of the test look into its database.
    Do not ask for ``db`` beside it.
    """
    portal = Stack(tmp_path_factory.mktemp("stack"), django_db_blocker)
    try:
        portal.set_up()
        portal.manage("load_policy")
        portal.manage("demo_county", "--small")
        portal.start()
        yield portal
    finally:
        portal.tear_down()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium; CHROMIUM=/path names another."""
    program = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    return {**browser_type_launch_args, "executable_path": program, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
