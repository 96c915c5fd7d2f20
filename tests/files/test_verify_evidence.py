"""Every stored file is hashed again: what was flipped, deleted or swapped is named."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from shuangjian.files import blobs
from shuangjian.files.models import StoredFile
from tests.files.samples import pdf, picture


def verify() -> tuple[bool, str]:
    """Did it pass, and what did it print."""
    out = io.StringIO()
    try:
        call_command("verify_evidence", stdout=out)
    except CommandError:
        return False, out.getvalue()
    return True, out.getvalue()


def rewrite(stored: StoredFile, data: bytes) -> None:
    path = blobs.path_of(stored.sha256)
    path.chmod(0o640)
    path.write_bytes(data)


@pytest.fixture
def three(receive) -> list[StoredFile]:
    return [receive(picture(size=(100 + 10 * number, 100)), f"照片{number}.jpg") for number in range(3)]


def test_an_untouched_store_passes(three):
    passed, words = verify()
    assert passed
    assert "6 blobs checked, 0 rows at fault, 0 blobs without a row" in words


def test_one_flipped_bit_is_named_and_marked(three):
    data = bytearray(blobs.path_of(three[1].sha256).read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(three[1], bytes(data))
    passed, words = verify()
    assert not passed
    assert f"file {three[1].pk}: damaged (sha256 {three[1].sha256})" in words
    assert f"file {three[0].pk}:" not in words
    three[1].refresh_from_db()
    assert three[1].state == StoredFile.State.DAMAGED


def test_a_deleted_file_is_named(three):
    blobs.path_of(three[2].sha256).unlink()
    passed, words = verify()
    assert not passed
    assert f"file {three[2].pk}: missing" in words


def test_two_swapped_files_are_both_named(three):
    first, second = (blobs.path_of(stored.sha256).read_bytes() for stored in three[:2])
    rewrite(three[0], second)
    rewrite(three[1], first)
    passed, words = verify()
    assert not passed
    assert "2 rows at fault" in words


def test_every_row_of_a_shared_blob_is_named(receive):
    rows = [receive(pdf(), "甲.pdf"), receive(pdf(), "乙.pdf")]
    blobs.path_of(rows[0].sha256).unlink()
    _, words = verify()
    assert "1 blobs checked, 2 rows at fault" in words


def test_what_came_back_from_a_backup_is_sound_again(three):
    path = blobs.path_of(three[0].sha256)
    kept = path.read_bytes()
    path.unlink()
    assert not verify()[0]
    path.write_bytes(kept)
    assert verify()[0]
    three[0].refresh_from_db()
    assert three[0].state == StoredFile.State.STORED


def test_blobs_without_a_row_are_counted_and_no_names_are_printed(three):
    three[0].delete()
    passed, words = verify()
    assert passed
    assert "2 blobs without a row" in words
    assert "照片" not in words
