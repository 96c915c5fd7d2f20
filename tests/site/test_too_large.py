"""413: a request that is larger than allowed is refused with the limits and a way on, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from shuangjian.journal.models import IdempotencyKey
from tests.cast import Cast, assemble
from tests.registry import signed_in

KEY = "0" * 32
PAGE = "http://testserver/me/password/"


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def too_long(client: Client, **headers: str) -> HttpResponse:
    """A text beyond what all fields of a form may have together."""
    data = {"_key": KEY, "old_password": "字" * (2 * 1024 * 1024)}
    return client.post(PAGE, data, headers={"referer": PAGE, **headers})


def test_a_text_that_is_too_long_gets_the_limits_and_a_way_back(cast: Cast) -> None:
    answer = too_long(signed_in(cast.clerk_a1))
    assert answer.status_code == 413
    page = answer.content.decode()
    for words in (
        "这次提交的内容太大，没有保存",
        "填写的文字合计超过了5MB。",
        "每个文件不超过10MB，一次上传的文件合计不超过120MB",
        f'href="{PAGE}"',
    ):
        assert words in page
    assert not IdempotencyKey.objects.exists()


def test_a_foreign_address_is_no_way_back(cast: Cast) -> None:
    answer = too_long(signed_in(cast.clerk_a1), referer="https://evil.example/form")
    assert answer.status_code == 413
    assert "evil.example" not in answer.content.decode()


def test_it_needs_no_database(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        answer = client.post("/login/", {"username": "字" * (2 * 1024 * 1024)})
    assert answer.status_code == 413


def test_saving_as_one_goes_is_told_in_words(cast: Cast) -> None:
    answer = too_long(signed_in(cast.clerk_a1), accept="application/json")
    assert answer.status_code == 413
    assert answer.json() == {"error": "填写的文字合计超过了5MB，没有保存"}


def test_files_that_are_too_large_together_are_refused_whole(cast: Cast, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1024 * 100
    files = [SimpleUploadedFile(f"{at}.jpg", b"x" * 1024 * 100) for at in range(13)]
    answer = signed_in(cast.clerk_a1).post(PAGE, {"_key": KEY, "files": files})
    assert answer.status_code == 413
    assert "这次上传的文件合计超过了1.2MB。" in answer.content.decode()
    assert not IdempotencyKey.objects.exists()
