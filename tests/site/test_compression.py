"""What leaves the portal compressed, what does not, and that its length tells nothing."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from shuangjian.compression import PageCompressionMiddleware
from tests.cast import assemble
from tests.poured import load_policy
from tests.registry import signed_in

pytestmark = pytest.mark.pages

ASKING = {"Accept-Encoding": "gzip, deflate, br"}
LONG = ("规范办学行为，减轻学生过重课业负担。" * 40).encode()


def answered(response: Any, **headers: str) -> Any:
    request = RequestFactory().get("/", headers=headers or ASKING)
    return PageCompressionMiddleware(lambda _: response)(request)


def test_a_page_is_compressed_and_reads_as_before(db: None) -> None:
    client = Client()
    plain = client.get("/login/")
    packed = client.get("/login/", headers=ASKING)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert "登录" in gzip.decompress(packed.content).decode()


@pytest.mark.parametrize("kind", ["application/json", "text/html; charset=utf-8", "text/csv"])
def test_what_the_portal_writes_is_compressed(kind: str) -> None:
    response = answered(HttpResponse(LONG, content_type=kind))
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == LONG


@pytest.mark.parametrize("kind", ["application/pdf", "image/jpeg", "application/zip"])
def test_what_is_compressed_already_is_left_alone(kind: str) -> None:
    assert "Content-Encoding" not in answered(HttpResponse(LONG, content_type=kind)).headers


def test_a_streamed_file_is_left_alone(tmp_path: Any) -> None:
    path = tmp_path / "说明.txt"
    path.write_bytes(LONG)
    for response in (FileResponse(path.open("rb")), StreamingHttpResponse([LONG], content_type="text/html")):
        assert "Content-Encoding" not in answered(response).headers


def test_a_browser_that_cannot_gets_the_plain_page() -> None:
    assert "Content-Encoding" not in answered(HttpResponse(LONG), **{"Accept-Encoding": "br"}).headers


def test_the_length_of_the_same_words_varies() -> None:
    """Against BREACH: who measures lengths measures noise (docs/decisions/0025)."""
    assert PageCompressionMiddleware.max_random_bytes >= 100
    assert len({len(answered(HttpResponse(LONG)).content) for _ in range(30)}) > 5


def test_the_heaviest_lists_are_light_on_the_line(db: None) -> None:
    """The thirty rules, all of them with their limits: the longest text that everybody may open."""
    load_policy()
    cast = assemble()
    packed = signed_in(cast.task_force).get("/rules/", headers=ASKING)
    assert packed.status_code == 200 and packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) <= 30 * 1024
