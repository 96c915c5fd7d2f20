"""Where evidence lies: the folder of this machine, and a bucket of a real server that speaks S3."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from shuangjian import settings as product
from shuangjian.files import blobs, checks, services
from shuangjian.files.models import StoredFile
from shuangjian.files.rejections import StoreUnavailable
from shuangjian.files.stores import BUCKET, FOLDER, Bucket, Folder
from tests.files.samples import pdf, phone_photo, picture

pytestmark = pytest.mark.onsite


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server of its own process, stopped by its id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 90
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None and time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket of its own, set up as the portal's settings do it; not yet in use."""
    name = f"evidence-{time.monotonic_ns()}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=server, **keys).create_bucket(Bucket=name)
    options = product.evidence_options(
        bucket=name, endpoint=server, region="us-east-1", access_key="key", secret_key="secret"
    )
    evidence = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "evidence": evidence}
    return name


@pytest.fixture(params=[FOLDER, BUCKET])
def in_use(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each of the two stores in turn."""
    if request.param == BUCKET:
        request.getfixturevalue("bucket")
    settings.EVIDENCE_STORE = request.param
    return str(request.param)


def command(name: str, *args: str) -> tuple[bool, str]:
    """Did it pass, and what did it print."""
    out = io.StringIO()
    try:
        call_command(name, *args, stdout=out)
    except CommandError:
        return False, out.getvalue()
    return True, out.getvalue()


def damage(kind: str, sha256: str, data: bytes | None) -> None:
    """Change what lies under a digest behind the portal's back; None takes it away."""
    if kind == FOLDER:
        path = blobs.path_of(sha256)
        path.chmod(0o640)
        path.unlink() if data is None else path.write_bytes(data)
        return
    item = Bucket().storage.bucket.Object(f"{sha256[:2]}/{sha256[2:4]}/{sha256}")
    item.delete() if data is None else item.put(Body=data)


def test_what_comes_in_comes_out_again_byte_by_byte(in_use, receive, in_store, client, cast):
    stored = receive(pdf(), "作业公示.pdf")
    with services.open_blob(stored) as stream:
        assert stream.read() == pdf()
    client.force_login(cast.clerk_a1, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("file", args=[stored.pk])).getvalue() == pdf()
    assert len(in_store()) == (1 if in_use == FOLDER else 0)


def test_the_bucket_holds_the_same_names_as_the_folder(bucket, settings, receive, store):
    here = receive(picture())
    settings.EVIDENCE_STORE = BUCKET
    there = receive(picture())
    assert there.sha256 == here.sha256
    assert sorted(Bucket().digests()) == sorted(Folder().digests())
    assert len(list(Bucket().digests())) == 2, "the copy and the sealed original"
    names = {item.key for item in Bucket().storage.bucket.objects.all()}
    assert names == {str(blobs.path_of(one).relative_to(store)) for one in Folder().digests()}


def test_every_file_is_hashed_again_and_what_is_wrong_is_named(in_use, receive):
    flipped, gone, swapped, sound = (receive(picture(size=(100 + n, 90)), f"照片{n}.jpg") for n in range(4))
    assert command("verify_evidence") == (
        True,
        "8 blobs checked, 0 rows at fault, 0 blobs without a row\n",
    )
    with services.open_blob(flipped) as stream:
        data = bytearray(stream.read())
    data[-1] ^= 1
    damage(in_use, flipped.sha256, bytes(data))
    damage(in_use, gone.sha256, None)
    damage(in_use, swapped.sha256, pdf())
    damage(in_use, sound.original_sha256, None)
    passed, words = command("verify_evidence")
    assert not passed
    assert f"file {flipped.pk}: damaged" in words
    assert f"file {gone.pk}: missing" in words
    assert f"file {swapped.pk}: damaged" in words
    assert f"original of file {sound.pk}: missing" in words
    assert "8 blobs checked, 4 rows at fault" in words
    sound.refresh_from_db()
    assert sound.state == StoredFile.State.STORED, "what everybody sees is whole"


@pytest.mark.parametrize("to", [BUCKET, FOLDER])
def test_all_moves_over_and_a_second_run_finds_it_there(bucket, settings, receive, to):
    settings.EVIDENCE_STORE = FOLDER if to == BUCKET else BUCKET
    rows = [receive(phone_photo(), "照片.jpg"), receive(pdf(), "甲.pdf"), receive(pdf(), "乙.pdf")]
    assert command("move_evidence", "--to", to) == (True, "3 copied, 0 there already, 0 at fault\n")
    late = receive(picture(), "后来.png")
    settings.EVIDENCE_STORE = to
    assert not command("verify_evidence")[0], "one came in between"
    assert command("move_evidence", "--to", to) == (True, "2 copied, 3 there already, 0 at fault\n")
    assert command("verify_evidence")[0]
    for stored in (*rows, late):
        with services.open_blob(stored) as stream:
            assert blobs.digest_of(stream) == stored.sha256


def test_a_move_mends_what_is_damaged_there_and_names_what_is_damaged_here(bucket, receive):
    sound, broken = receive(pdf(), "甲.pdf"), receive(picture(), "乙.png")
    command("move_evidence", "--to", BUCKET)
    damage(BUCKET, sound.sha256, b"rotten")
    damage(BUCKET, broken.sha256, None)
    damage(FOLDER, broken.sha256, b"rotten")
    passed, words = command("move_evidence", "--to", BUCKET)
    assert not passed
    assert f"missing or changed at the source: sha256 {broken.sha256}" in words
    assert "1 copied, 1 there already, 1 at fault" in words
    with Bucket().open(sound.sha256) as stream:
        assert stream.read() == pdf()


def test_without_a_bucket_there_is_nowhere_to_move(db):
    with pytest.raises(CommandError, match="EVIDENCE_BUCKET"):
        call_command("move_evidence", "--to", BUCKET)


def test_a_store_that_does_not_answer_is_said_in_words_and_stores_nothing(
    bucket, settings, receive, client, cast, in_workshop, caplog
):
    settings.EVIDENCE_STORE = BUCKET
    stored = receive(pdf(), "甲.pdf")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
        evidence = settings.STORAGES["evidence"]
        options = {**evidence["OPTIONS"], "endpoint_url": dead}
        settings.STORAGES = {**settings.STORAGES, "evidence": {**evidence, "OPTIONS": options}}
        with pytest.raises(StoreUnavailable, match="存储暂时连不上"):
            receive(picture())
        client.force_login(cast.clerk_a1, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(reverse("file", args=[stored.pk]))
    assert answer.status_code == 400
    assert "存储暂时连不上" in answer.content.decode()
    assert StoredFile.objects.count() == 1
    assert in_workshop() == []
    assert "the evidence bucket failed" in caplog.text


def test_keys_that_are_not_ours_find_nothing_to_say_but_that(bucket, settings):
    settings.EVIDENCE_STORE = BUCKET
    evidence = settings.STORAGES["evidence"]
    options = {**evidence["OPTIONS"], "bucket_name": "nowhere"}
    settings.STORAGES = {**settings.STORAGES, "evidence": {**evidence, "OPTIONS": options}}
    with pytest.raises(StoreUnavailable):
        list(Bucket().digests())
    with pytest.raises(FileNotFoundError):
        Bucket().open("0" * 64)


@pytest.mark.parametrize("wrong", ["disk", BUCKET])
def test_a_store_that_is_not_set_up_is_named_before_the_portal_serves(settings, wrong):
    assert checks.the_store_is_known(None) == []
    settings.EVIDENCE_STORE = wrong
    assert [error.id for error in checks.the_store_is_known(None)] == ["files.E004"]
