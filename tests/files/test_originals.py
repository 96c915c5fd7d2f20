"""Pictures as they came: sealed, for two roles, opened for a reason that the journal keeps."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from inspections.models import Visit
from shuangjian.files import blobs, originals, services
from shuangjian.files.models import StoredFile
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.models import AuditEntry
from tests.files.samples import pdf, phone_photo, picture
from tests.registry import signed_in, submit

pytestmark = pytest.mark.onsite
SENT = phone_photo()
WORDS = "核对照片是否改过"


@pytest.fixture
def photo(cast, receive) -> StoredFile:
    """A photo in the record of a visit to school A1."""
    stored = receive(SENT, "现场.jpg", cast.inspector_a)
    baker.make(Visit, organisation=cast.a1, state="ongoing", no="2026-V0001", scan=stored)
    return stored


def page(stored: StoredFile) -> str:
    return reverse("file-original", args=[stored.pk])


def test_a_picture_is_kept_as_it_came_beside_its_copy(photo):
    assert photo.original_sha256 == hashlib.sha256(SENT).hexdigest() != photo.sha256
    assert photo.original_size == len(SENT)
    with blobs.open_by_digest(photo.original_sha256) as stream:
        assert stream.read() == SENT
    with services.open_blob(photo) as stream:
        assert b"SECRETPHONE" not in stream.read()


def test_a_pdf_is_its_own_original(receive):
    assert not receive(pdf(), "文件.pdf").has_original


@pytest.mark.parametrize("name", ["leader", "supervision"])
def test_two_roles_open_it_and_it_stands_in_the_journal(cast, photo, name):
    client = signed_in(cast.people[name])
    assert WORDS not in client.get(page(photo)).content.decode()
    answer = submit(client, page(photo), {"reason": WORDS})
    assert answer.status_code == 200
    assert answer.getvalue() == SENT
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.actor_id, entry.subject_id) == (
        "files.original.opened", cast.people[name].pk, str(photo.pk)
    )  # fmt: skip
    assert entry.text.text == WORDS
    shown = client.get(page(photo)).content.decode()
    assert WORDS in shown and cast.people[name].name in shown


@pytest.mark.parametrize(
    "name", ["task_force", "inspector_a", "clerk_a1", "head_a1", "partner", "system_admin", "auditor"]
)
def test_nobody_else_does_not_even_whoever_sent_it(cast, photo, name):
    client = signed_in(cast.people[name])
    assert client.get(page(photo)).status_code == 403
    assert submit(client, page(photo), {"reason": WORDS}).status_code == 403
    with pytest.raises(NotAllowed):
        originals.open_original(stored=photo, actor=cast.people[name], reason=WORDS)
    assert not AuditEntry.objects.filter(action="files.original.opened").exists()


def test_without_a_reason_it_stays_sealed(cast, photo):
    answer = submit(signed_in(cast.leader), page(photo), {"reason": "  "})
    assert "请写明打开原件的理由" in answer.content.decode()
    with pytest.raises(Refused):
        originals.open_original(stored=photo, actor=cast.leader, reason=" ")
    assert not AuditEntry.objects.filter(action="files.original.opened").exists()


def test_what_a_person_does_not_see_has_no_original_for_him(cast, receive):
    hidden = receive(SENT, "没有用到.jpg", cast.clerk_b1)
    assert signed_in(cast.leader).get(page(hidden)).status_code == 404


def test_a_pdf_has_no_such_page(cast, receive):
    stored = receive(pdf(), "文件.pdf", cast.leader)
    assert signed_in(cast.leader).get(page(stored)).status_code == 404


def test_lost_bytes_are_a_page_that_is_absent_and_nothing_in_the_journal(cast, photo, caplog):
    blobs.path_of(photo.original_sha256).unlink()
    assert submit(signed_in(cast.leader), page(photo), {"reason": WORDS}).status_code == 404
    assert f"the original of file {photo.pk} is missing" in caplog.text
    assert not AuditEntry.objects.filter(action="files.original.opened").exists()


def test_the_form_is_carried_out_once(cast, photo):
    client = signed_in(cast.leader)
    sent = {"reason": WORDS, "_key": "a" * 32}
    assert client.post(page(photo), sent).status_code == 200
    assert client.post(page(photo), sent).status_code == 204
    assert AuditEntry.objects.filter(action="files.original.opened").count() == 1


# --- The place ---
def test_the_place_is_thrown_away_unless_the_county_keeps_it(cast, receive):
    client: Client = signed_in(cast.system_admin)
    before = receive(SENT)
    assert (before.latitude, before.longitude) == (None, None)
    html = client.get(reverse("settings")).content.decode()
    assert "保留照片的拍摄位置" in html
    from shuangjian.accounts.models import County

    County.objects.update(keep_photo_place=True)
    kept = receive(SENT)
    kept.refresh_from_db()
    assert (str(kept.latitude), str(kept.longitude)) == ("26.57000", "106.70028")
    with services.open_blob(kept) as stream:
        assert b"Exif" not in stream.read(), "the copy never carries it"
    assert receive(picture()).latitude is None
