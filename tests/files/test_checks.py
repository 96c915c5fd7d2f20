"""The system checks of files: a forgotten link and an unwritable store are named before the portal serves."""

from __future__ import annotations

import pytest

from inspections.models import Visit
from shuangjian.accounts.models import County
from shuangjian.files import access, checks


@pytest.fixture(autouse=True)
def links(monkeypatch):
    monkeypatch.setattr(access, "_links", dict(access._links))


def test_every_use_of_a_file_in_the_portal_is_registered():
    assert checks.every_link_is_registered(None) == []


def test_a_use_that_is_not_registered_is_named():
    del access._links[Visit, "scan"]
    (error,) = checks.every_link_is_registered(None)
    assert error.id == "files.E001"
    assert "inspections.Visit.scan" in error.msg


def test_a_link_that_cannot_say_who_sees_it_is_named():
    access.register_link(County, "name")
    (error,) = checks.every_link_is_registered(None)
    assert error.id == "files.E002"


def test_registering_twice_changes_nothing():
    before = access.links()
    access.register_link(Visit, "scan")
    assert access.links() == before


def test_a_store_that_cannot_be_written_is_named(settings, tmp_path):
    assert checks.the_store_is_writable(None) == []
    (tmp_path / "a file").write_text("x")
    settings.EVIDENCE_ROOT = tmp_path / "a file" / "files"
    assert [error.id for error in checks.the_store_is_writable(None)] == ["files.E003"]
